namespace FlipAgent.Core;

/// <summary>
/// The kinds of things that happen, one journal MESSAGE_ID each. Closed; the numbers are stable and in <c>events --json</c>. 107 and 400 belonged to kinds that
/// were never raised. A new kind takes the number after the last one of its hundred; a gap stays one. In brackets: the fields of <see cref="Event"/> that a kind sets beside those that
/// every event has.
/// </summary>
public enum EventKind
{
    /// <summary>The agent has started (Subject: its version).</summary>
    Started = 100,
    /// <summary>This node is master of a new term (RoleFrom, RoleTo, Cause, Holder, Detect).</summary>
    BecameMaster = 101,
    /// <summary>This node is backup (RoleFrom, RoleTo, Cause, Holder).</summary>
    BecameBackup = 102,
    /// <summary>This node cannot serve (RoleFrom, RoleTo, Cause, Holder).</summary>
    BecameFault = 103,
    /// <summary>The agent was restarted and goes on as master (RoleTo, Holder).</summary>
    Resumed = 104,
    /// <summary>This master gave up (Cause, Holder, Fit: can it serve; Peer: the successor, Detect: from the fault to the release).</summary>
    Released = 105,
    /// <summary>The peers were asked to wait for a restart (Duration).</summary>
    HoldAsked = 106,
    /// <summary>The master is silent, but the service answers (Peer: the silent one, Holder, Detail: what the guard saw).</summary>
    ServiceAliveMasterSilent = 108,
    /// <summary>The floating IP arrived at a node that is not heard (Peer, Holder: that node).</summary>
    Superseded = 109,
    /// <summary>That is over (Cause, Peer: that node, unless it is configured no more).</summary>
    SupersededEnded = 110,
    /// <summary>This node asks for the mastership by its rank (Peer: the master, Priority, PeerPriority).</summary>
    Preempting = 111,
    /// <summary>The agent was not running for a while (Duration).</summary>
    Stalled = 112,
    /// <summary>Another master is heard, and this one yields (Peer, Cause).</summary>
    TwoMasters = 113,
    /// <summary>Maintenance has begun (Duration: ends by itself, Detail: the reason) or ended (Ended; TimeUp: by itself).</summary>
    Maintenance = 114,
    /// <summary>The node ranks last after repeated failures (Count, Duration).</summary>
    HoldDown = 115,
    /// <summary>The agent was asked to stop (Stop).</summary>
    Stopping = 116,
    /// <summary>A peer that asked to wait for its restart is not back (Peer).</summary>
    HoldExpired = 117,
    /// <summary>A master heard of a higher term without a master and took the next (OtherTerm).</summary>
    TermTaken = 118,
    /// <summary>This node speaks as a new session: no peer heard the last one, one had heard a later one, or the number had been used before (rule E10).</summary>
    NewSession = 119,

    /// <summary>A peer is heard (Peer; Ended: its announced silence is over).</summary>
    PeerHeard = 200,
    /// <summary>A peer is silent (Peer; Cause: it was stopped, or others hear it; null: nobody does).</summary>
    PeerSilent = 201,
    /// <summary>Adverts do not count (Rejection, Detail; Peer: null when the address is no node's; Ended: the peer is heard, and none was dropped for a minute).</summary>
    PeerRejected = 202,
    /// <summary>A peer is heard and does not hear this node (Peer; Ended: it does again).</summary>
    OneWayLink = 203,
    /// <summary>The configuration of a peer differs (Peer; Ended: it does no more).</summary>
    ConfigDrift = 204,
    /// <summary>Two machines use one node name (Peer: whose address, Rejection, Detail; Ended: no more for a minute).</summary>
    DuplicateNode = 205,
    /// <summary>The cluster has one node.</summary>
    NotRedundant = 206,
    /// <summary>The clock of a peer differs (Peer, Skew, Duration: how much).</summary>
    ClockSkew = 207,

    /// <summary>A check is down (Subject: the check, Detail: what it said).</summary>
    CheckDown = 300,
    /// <summary>A check is up (Subject: the check, Detail: what it said).</summary>
    CheckUp = 301,
    /// <summary>A check is up, and something is wrong all the same (Subject: the check, Detail).</summary>
    CheckDegraded = 302,
    /// <summary>systemd started the cold standby's unit (Subject: the unit).</summary>
    UnitStarted = 303,
    /// <summary>systemd stopped it (Subject: the unit).</summary>
    UnitStopped = 304,
    /// <summary>It could not be started or stopped (Subject: the unit, Cause), or cannot be started at present (Detail); Ended: it was, or can be.</summary>
    UnitFailed = 305,

    /// <summary>The cloud was asked to assign the floating IP (Holder: who has it, Cause).</summary>
    AssignSent = 401,
    /// <summary>The cloud accepted (ActionId, RequestId, Assign).</summary>
    AssignAccepted = 402,
    /// <summary>The cloud refused (Detail, RequestId).</summary>
    AssignRefused = 403,
    /// <summary>Whether the cloud took the assign is not known (Detail, RequestId).</summary>
    AssignUnclear = 404,
    /// <summary>The master holds the floating IP (Holder, Cause; Peer: who had it, Detect, Assign, Verify, and Duration: since this node began to claim it, when it moved it; Ended: it came by itself, and is the end of what was told of it).</summary>
    ClaimHeld = 405,
    /// <summary>The master does not hold the floating IP after Duration (Holder, Cause; Refused: the cloud does not accept the assign; Api: it refuses the token).</summary>
    ClaimSlow = 406,
    /// <summary>The floating IP left the master (Holder: where it is).</summary>
    ClaimLost = 407,
    /// <summary>The floating IP is at another node than before (From, Holder).</summary>
    HolderChanged = 408,
    /// <summary>The mastership goes to the fit node that has the floating IP (Peer, Holder: that node).</summary>
    Followed = 409,
    /// <summary>The floating IP is at a droplet that is no node (DropletId, Reclaimed, Holder).</summary>
    ForeignHolder = 410,
    /// <summary>It is back in the cluster (Holder).</summary>
    ForeignHolderEnded = 411,
    /// <summary>The budget of moves away from a fit holder is spent (Count: of moves, Duration: in which, Holder: where the address stays).</summary>
    FlapHold = 412,
    /// <summary>The budget has room again.</summary>
    FlapHoldEnded = 413,
    /// <summary>The cloud API has failed for Duration (Detail).</summary>
    ApiFailing = 414,
    /// <summary>It answers again (Duration: for how long it had failed).</summary>
    ApiRecovered = 415,
    /// <summary>The cloud refuses the token, or what it may do (Api: which of the two, Detail).</summary>
    TokenRefused = 416,
    /// <summary>The cloud does not know the address (Detail).</summary>
    AddressNotFound = 417,
    /// <summary>The API shows the address here, the metadata service has not for Duration (Holder; Ended: both say the same again).</summary>
    MetadataDisagrees = 418,
    /// <summary>The guard fails though the master is heard, fit and holds the address (Subject: the master, Detail: what the guard saw).</summary>
    GuardPathBroken = 419,
    /// <summary>The guard works again (Blind: it could not tell before; Ended: it was turned off instead).</summary>
    GuardPathMended = 420,
    /// <summary>An accepted assign failed at the cloud (Detail: what the action says; null: the answer to the assign said so).</summary>
    ActionErrored = 421,
    /// <summary>The guard's target is this machine itself, so it counts as off (Detail).</summary>
    GuardIsLocal = 422,
    /// <summary>Nobody who can tell has seen the service answer for Duration, though the master holds the floating IP (Holder, Count: how many can tell).</summary>
    ServiceDead = 423,
    /// <summary>It answers again (Holder, Duration: for how long it had not; null: not known, as after a restart of the agent).</summary>
    ServiceAnswers = 424,
    /// <summary>No guard has seen the service since its agent was started (Holder, Detail: what the guard of this node says; Refused: all were refused, none timed out).</summary>
    ServiceNeverSeen = 425,
    /// <summary>The move to this node did not help, and the mastership goes back (Peer: to whom, Holder, Duration: for how long this node had it).</summary>
    TakenBack = 426,
    /// <summary>Nobody is served as people were told last, and no guard is on any more that could tell the end of it (Holder, Duration: since when nobody was).</summary>
    ServiceUnwatched = 427,
    /// <summary>This machine is a droplet that the file has for no node, so it is not fit (DropletId, FileDropletId).</summary>
    DropletUnknown = 430,
    /// <summary>This machine is the droplet that the file has for another node (DropletId, FileDropletId, Peer: that node).</summary>
    DropletSwapped = 431,
    /// <summary>Another node says that it is the same droplet as this machine (DropletId, Peer).</summary>
    DropletShared = 432,
    /// <summary>The file has the droplet that this machine is (DropletId).</summary>
    DropletRight = 433,
    /// <summary>The cloud does not know the droplet that the assign is for, though it knows the address (DropletId, Detail).</summary>
    DropletNotFound = 434,
    /// <summary>The cloud refused an assign that changes nothing as such, so the token may write (Detail, RequestId).</summary>
    WriteProven = 435,
    /// <summary>It refused it for want of the right (Detail, RequestId).</summary>
    WriteRefused = 436,
    /// <summary>It accepted an assign to the node that holds the address already (ActionId, RequestId).</summary>
    WriteAccepted = 437,
    /// <summary>Whether the token may write was not found out (Detail, RequestId).</summary>
    WriteUnproven = 438,
    /// <summary>The cloud API answers 429 (Detail, Ended: nothing was limited for a minute).</summary>
    ApiLimited = 440,
    /// <summary>Few requests are left to the account (Count: how many, Limit: of how many; Ended: enough again).</summary>
    ApiQuotaLow = 441,
    /// <summary>No node could take over from the master for Duration (Ended: one could again; Duration null: not known for how long none could).</summary>
    NoStandby = 442,

    /// <summary>The configuration was reloaded.</summary>
    Reloaded = 500,
    /// <summary>The reload failed and changed nothing (Detail).</summary>
    ReloadFailed = 501,
    /// <summary>A secret cannot be read (Subject: which, Detail).</summary>
    SecretMissing = 502,
    /// <summary>It can be read again (Subject: which).</summary>
    SecretRestored = 503,
    /// <summary>The state cannot be saved (Detail; Ended: it was saved again).</summary>
    StateNotSaved = 504,
    /// <summary>Adverts cannot be sent or heard (Detail).</summary>
    NetworkFault = 506,
    /// <summary>Adverts are sent and heard again.</summary>
    NetworkRestored = 507,
    /// <summary>A person asked for a test alert.</summary>
    TestAlert = 509,
    /// <summary>A sink got alerts late or not at all (Subject: the sink, Cause and Duration of an outage, Detail: what was lost, Count: how many follow).</summary>
    AlertsSuppressed = 510,
    /// <summary>A part of the agent failed (Subject: which, Detail).</summary>
    PartFailed = 511,

    /// <summary>The lease of this master ran out, or another node has it (Holder, Peer: who has it or is to be master next; Detail: what the store said).</summary>
    LeaseLost = 600,
    /// <summary>The store of the lease has failed this node for Duration (Detail).</summary>
    StoreFailing = 601,
    /// <summary>It answers again.</summary>
    StoreAnswers = 602,
    /// <summary>This node would be master, but another has had the lease for Duration (Peer).</summary>
    LeaseElsewhere = 603,
}
