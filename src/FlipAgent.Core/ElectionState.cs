namespace FlipAgent.Core;

/// <summary>Where a master is with getting the IP (`claim` in the status).</summary>
public enum ClaimState
{
    None,
    Claiming,
    Held,
    Lost,
}

/// <summary>
/// All that the election knows, in one place and owned by one thread. Role (what the nodes agree on) and holder (what the cloud says) are
/// separate values with separate ages; the rules exist to make the second follow the first.
/// </summary>
public sealed class ElectionState
{
    /// <summary>A moment long before any other: "never" that can still be subtracted from.</summary>
    public static readonly TimeSpan Never = TimeSpan.FromDays(-36500);

    /// <summary>A deadline that does not come.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromDays(36500);

    internal ElectionState(ClusterSettings settings, TimeSpan now)
    {
        Settings = settings;
        Peers = [.. settings.Nodes.Select(_ => new PeerState())];
        Checks = [.. settings.Checks.Select(_ => new CheckState())];
        StartedAt = now;
        RoleSince = now;
        NextAdvertAt = now;
        SilenceSince = now;
        SessionSince = now;
    }

    public ClusterSettings Settings { get; internal set; }

    // Who am I in the election

    public Role Role { get; internal set; } = Role.Starting;

    public TimeSpan RoleSince { get; internal set; }

    /// <summary>The highest term known; a master's own.</summary>
    public uint Term { get; internal set; }

    public ulong Session { get; internal set; }

    public uint Sequence { get; internal set; }

    public TimeSpan StartedAt { get; internal set; }

    /// <summary>When the next <see cref="Input.Deadline"/> is due; a field, not a timer, so there is nothing to cancel.</summary>
    public TimeSpan NextDeadline { get; internal set; }

    // Fitness (rule E1)

    public bool Fit { get; internal set; }

    /// <summary>Why not fit, as a phrase; null when fit.</summary>
    public string? UnfitBecause { get; internal set; } = "no check has answered yet";

    /// <summary>Not fit for no other reason than that it has no key.</summary>
    public bool Mute { get; internal set; }

    public int EffectivePriority { get; internal set; }

    public CheckState[] Checks { get; internal set; }

    public bool Maintenance { get; internal set; }

    public string? MaintenanceReason { get; internal set; }

    public TimeSpan MaintenanceUntil { get; internal set; } = Forever;

    public TimeSpan HoldDownUntil { get; internal set; } = Never;

    internal TimeSpan LastFailureAt = Never;
    internal int Failures;
    internal TimeSpan FaultAt = Never;
    internal bool UnitStartable = true;
    internal bool UnitActive;
    internal bool UnitStopAsked;
    internal TimeSpan UnitStartAskedAt = Never;

    // Peers, and the master among them (rules E3, E7). The entry of this node itself is unused.

    public PeerState[] Peers { get; internal set; }

    /// <summary>Since when there is no master to listen for: start of the run, or the moment when the last one ended.</summary>
    internal TimeSpan SilenceSince;

    /// <summary>The last release known, made or heard; it counts only while its term is the highest known (rule E5).</summary>
    public Release? Release { get; internal set; }

    internal TimeSpan ReleaseAt = Never;
    internal TimeSpan StrangerToldAt = Never;

    /// <summary>The clock on the wall, in milliseconds since 1970, at <see cref="StartedAt"/>.</summary>
    internal double WallAtStart;
    internal bool ReleaseIsMine;

    internal TimeSpan SessionSince;
    internal bool AnswerNow;
    internal bool RelayNow;

    // Holder

    /// <summary>The freshest answer in the cluster, own or heard.</summary>
    public Holder Holder { get; internal set; }

    public TimeSpan HolderSeenAt { get; internal set; } = Never;

    /// <summary>This node's own last look that told anything.</summary>
    public Holder Look { get; internal set; }

    public TimeSpan LookSentAt { get; internal set; } = Never;

    /// <summary>When the answer to the own last look came.</summary>
    internal TimeSpan LookAt = Never;

    public bool Locked { get; internal set; }

    internal TimeSpan LockedSince = Never;

    public Witness Metadata { get; internal set; }

    internal TimeSpan MetadataAt = Never;

    // API

    /// <summary>The last request to the API was answered; null before the first.</summary>
    public bool? ApiOk { get; internal set; }

    public ApiStatus ApiStatus { get; internal set; }

    internal TimeSpan ApiFailingSince = Never;
    internal bool ApiFailureTold;
    internal bool ReadInFlight;
    internal TimeSpan ReadSentAt = Never;
    internal TimeSpan NextReadAt;
    /// <summary>The cloud asked for patience, or refused or failed: no request before this moment (rule C5).</summary>
    public TimeSpan ReadNotBefore { get; internal set; } = Never;

    internal bool LookWanted = true;
    internal int ReadFailures;

    // Guard (rule E6)

    public bool? GuardAlive { get; internal set; }

    public string GuardDetail { get; internal set; } = "";

    /// <summary>The last probe while the master was heard succeeded: failures may shorten D.</summary>
    internal bool GuardProven;

    internal bool GuardBroken;

    /// <summary>The last probe could not tell, because its target is this machine: the guard counts as off.</summary>
    public bool GuardBlind { get; internal set; }

    internal bool GuardBlindTold;
    internal bool GuardInFlight;
    internal TimeSpan GuardSentAt = Never;
    internal TimeSpan NextGuardAt;
    internal int GuardFailures;
    internal TimeSpan GuardFailingSince = Never;
    internal TimeSpan GuardAnsweredFor = Never;
    internal bool SilenceTold;
    internal TimeSpan ReadySince = Forever;

    // Mastership and claim

    public ClaimState Claim { get; internal set; }

    public bool FlapHold { get; internal set; }

    /// <summary>The mastership was planned: it claims first, though the IP is at a fit node (rule E8a).</summary>
    internal bool Planned;

    /// <summary>A person overrode the rule that holds claims back (promote --yes).</summary>
    internal bool Override;

    internal bool PostAtOnce;
    internal TimeSpan LookBasis = Never;
    internal TimeSpan ClaimSince = Never;
    internal bool WriteInFlight;
    internal TimeSpan NextPostAt = Never;
    internal int PostFailures;
    internal bool PostUnclear;

    /// <summary>What the cloud, or the way to it, said of the last assign of this claim that was not taken; null: none was refused.</summary>
    public string? Refusal { get; internal set; }


    /// <summary>The last POST got no answer: it may have moved the IP all the same, and is not counted yet (rule C8).</summary>
    internal bool PostLost;
    internal long ActionId;
    internal TimeSpan ActionSince = Never;
    internal TimeSpan NextActionReadAt = Never;
    internal bool ActionReadInFlight;
    internal TimeSpan AcceptedAt = Never;
    internal TimeSpan CompletedAt = Never;
    internal TimeSpan PostedAt = Never;
    internal bool PostedSinceMaster;
    internal TimeSpan LastMoveAt = Never;
    internal TimeSpan MoveBefore = Never;
    internal readonly List<TimeSpan> MovesFromFit = [];
    internal bool MoveFromFit;
    internal bool ClaimSlowTold;
    internal bool MetadataDisagreementTold;
    internal TimeSpan MetadataSince = Never;
    internal string MoveFrom = "";
    internal string MoveCause = "";
    internal TimeSpan MoveDetect;

    /// <summary>The last move of the IP that this node made or saw.</summary>
    public Move? LastMove { get; internal set; }

    // Superseded (rule E8b), foreign (E8c), preempt (E9)

    /// <summary>Wire id of the node that superseded this one; 0: not superseded.</summary>
    public uint SupersededBy { get; internal set; }

    internal TimeSpan SupersededAt = Never;
    internal TimeSpan SupersededUntil = Forever;
    internal int SupersededCount;
    internal bool ForeignTold;
    internal TimeSpan OutranksSince = Forever;
    internal bool WantsToPreempt;
    internal TimeSpan AsksByCommandUntil = Never;
    internal bool AsksWithYes;

    // Stall (E10), start (E11), stop (E12)

    /// <summary>Until then nothing is sent and nothing is called; then comes a look; <see cref="Never"/> when not stalled.</summary>
    public TimeSpan QuietUntil { get; internal set; } = Never;

    internal bool QuietLooking;

    /// <summary>The highest term above its own that a master heard of while it was quiet; 0: none.</summary>
    internal uint TermHeardInQuiet;
    internal uint ResumeTerm;
    internal TimeSpan ResumeUntil = Never;
    internal bool RestartPrepared;
    internal TimeSpan RestartPreparedUntil = Never;
    internal TimeSpan HoldUntil = Never;
    internal StopKind? Stop;
    internal TimeSpan ExitAt = Forever;
    internal bool Exited;

    // Adverts

    internal TimeSpan NextAdvertAt;
    internal TimeSpan LastAdvertAt = Never;
    internal AdvertFace LastFace;
    internal int Copies;

    // Memory and chance

    internal bool Dirty = true;
    internal System.Collections.Immutable.ImmutableDictionary<string, ulong> PeerSessions = System.Collections.Immutable.ImmutableDictionary<string, ulong>.Empty;
    internal ulong Rng;

    /// <summary>Adverts that were authentic and did not count all the same, by <see cref="Rejection"/>; they only grow.</summary>
    public long[] Dropped { get; } = new long[Enum.GetValues<Rejection>().Length];

    /// <summary>Nothing may be sent or called (rule E10).</summary>
    public bool Quiet => QuietUntil != Never;

    public bool Stopping => Stop is not null;

    internal ElectionState WithSettings(ClusterSettings settings)
    {
        var old = Settings;
        Peers = [.. settings.Nodes.Select(n => IndexOfName(old, n.Name) is var i && i >= 0 ? Peers[i] : new PeerState())];
        Checks = [.. settings.Checks.Select(c => IndexOfCheck(old, c.Name) is var i && i >= 0 ? Checks[i] : new CheckState())];
        Settings = settings;
        return this;
    }

    private static int IndexOfName(ClusterSettings settings, string name)
    {
        for (var i = 0; i < settings.Nodes.Length; i++)
            if (settings.Nodes[i].Name == name)
                return i;
        return -1;
    }

    private static int IndexOfCheck(ClusterSettings settings, string name)
    {
        for (var i = 0; i < settings.Checks.Length; i++)
            if (settings.Checks[i].Name == name)
                return i;
        return -1;
    }
}

/// <summary>A move of the IP with its times, for <c>last_move</c>.</summary>
public sealed record Move(uint Term, TimeSpan At, string From, string To, string Cause, TimeSpan? Detect, TimeSpan? Assign, TimeSpan? Verify);

/// <summary>The last verdict of a check.</summary>
public sealed class CheckState
{
    /// <summary>Null: no verdict yet.</summary>
    public bool? Up { get; internal set; }

    /// <summary>The verdict is the last run's; this run's check has not answered yet (rule E11).</summary>
    public bool Remembered { get; internal set; }

    public string Detail { get; internal set; } = "no result yet";
}

/// <summary>What of an advert makes it go out at once when it changes (rule E3).</summary>
internal readonly record struct AdvertFace(
    Role Role, uint Term, bool Fit, bool Maintenance, bool Api, bool HoldDown, int Priority, bool Wants, bool Command, bool Leaving, Release? Release, Holder Holder);

/// <summary>What is known of one peer: heard from itself, or told by others.</summary>
public sealed class PeerState
{
    /// <summary>The last advert that counted; null before the first.</summary>
    public Advert? Advert { get; internal set; }

    /// <summary>When this node itself last heard it.</summary>
    public TimeSpan HeardAt { get; internal set; } = ElectionState.Never;

    /// <summary>When it was last heard by this node or by somebody that this node hears.</summary>
    public TimeSpan KnownAt { get; internal set; } = ElectionState.Never;

    /// <summary>When two guard probes in a row had shown that its service is down; what it said of its fitness before that does not count.</summary>
    internal TimeSpan DoubtedAt = ElectionState.Never;

    internal TimeSpan ClockToldAt = ElectionState.Never;

    /// <summary>It says that it hears this node.</summary>
    public bool HearsMe { get; internal set; }

    public Role Role { get; internal set; }

    public bool Fit { get; internal set; }

    public bool ApiReachable { get; internal set; }

    public bool HoldDown { get; internal set; }

    public bool Maintenance { get; internal set; }

    public bool Leaving { get; internal set; }

    public int EffectivePriority { get; internal set; }

    /// <summary>Why its last datagram did not count, while that is the newest thing heard from it; else null.</summary>
    public Rejection? Rejected { get; internal set; }

    public string RejectedDetail { get; internal set; } = "";

    public TimeSpan RejectedAt { get; internal set; } = ElectionState.Never;

    /// <summary>The highest term of a mastership of its own that was heard of.</summary>
    public uint MasterTerm { get; internal set; }

    /// <summary>When it was last heard as master of that term, relays included.</summary>
    public TimeSpan MasterHeardAt { get; internal set; } = ElectionState.Never;

    /// <summary>Masterships of this and lower terms are over and do not come back.</summary>
    internal uint EndedTerm;
    /// <summary>It asked for patience until then (rule E12).</summary>
    public TimeSpan HoldUntil { get; internal set; } = ElectionState.Never;
    internal TimeSpan InfoAt = ElectionState.Never;
    internal ulong Session;

    /// <summary>A session that does not count yet; echoed, so that it will.</summary>
    internal ulong PendingSession;
    internal ulong HighestSession;

    /// <summary>
    /// Sessions that counted in this run and were left for another one, with their last sequence. The lower ones are over: a recording of one can
    /// echo our session, for it was made while we ran. A higher one may go on behind its last sequence.
    /// </summary>
    internal readonly List<(ulong Session, uint Sequence)> LeftSessions = [];
    internal uint Sequence;
    internal TimeSpan AnsweredAt = ElectionState.Never;
    internal bool SilentTold;
    internal TimeSpan SilentToldAt = ElectionState.Never;
    internal bool EverHeard;
    internal bool OneWayTold;
    internal TimeSpan OneWayToldAt = ElectionState.Never;
    internal TimeSpan NotHearingMeSince = ElectionState.Forever;
    internal ulong EchoedSession;
    internal TimeSpan RejectionToldAt = ElectionState.Never;
    internal bool DriftTold;
    internal bool NewSessionHeard;
}
