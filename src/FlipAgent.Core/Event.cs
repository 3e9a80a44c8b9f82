namespace FlipAgent.Core;

/// <summary>How much of a person's attention an event needs. Warnings and critical ones are alerts; so are informational ones marked <see cref="Event.Alert"/>.</summary>
public enum Severity
{
    Info,
    Warning,
    Critical,
}

/// <summary>The kinds of things that happen, one journal MESSAGE_ID each. Closed; the numbers are stable and in `events --json`.</summary>
public enum EventKind
{
    // Election
    Started = 100,
    BecameMaster = 101,
    BecameBackup = 102,
    BecameFault = 103,
    Resumed = 104,
    Released = 105,
    HoldAsked = 106,
    MasterSuspected = 107,
    ServiceAliveMasterSilent = 108,
    Superseded = 109,
    SupersededEnded = 110,
    Preempting = 111,
    Stalled = 112,
    TwoMasters = 113,
    Maintenance = 114,
    HoldDown = 115,
    Stopping = 116,
    HoldExpired = 117,
    TermTaken = 118,
    NewSession = 119,
    // Peers
    PeerHeard = 200,
    PeerSilent = 201,
    PeerRejected = 202,
    OneWayLink = 203,
    ConfigDrift = 204,
    DuplicateNode = 205,
    NotRedundant = 206,
    ClockSkew = 207,
    // Service
    CheckDown = 300,
    CheckUp = 301,
    CheckDegraded = 302,
    UnitStarted = 303,
    UnitStopped = 304,
    UnitFailed = 305,
    // Cloud
    ClaimStarted = 400,
    AssignSent = 401,
    AssignAccepted = 402,
    AssignRefused = 403,
    AssignUnclear = 404,
    ClaimHeld = 405,
    ClaimSlow = 406,
    ClaimLost = 407,
    HolderChanged = 408,
    Followed = 409,
    ForeignHolder = 410,
    ForeignHolderEnded = 411,
    FlapHold = 412,
    FlapHoldEnded = 413,
    ApiFailing = 414,
    ApiRecovered = 415,
    TokenRefused = 416,
    AddressNotFound = 417,
    MetadataDisagrees = 418,
    GuardPathBroken = 419,
    GuardPathMended = 420,
    ActionErrored = 421,
    GuardIsLocal = 422,
    // Process
    Reloaded = 500,
    ReloadFailed = 501,
    SecretMissing = 502,
    SecretRestored = 503,
    StateNotSaved = 504,
    NetworkFault = 506,
    NetworkRestored = 507,
    TestAlert = 509,
    AlertsSuppressed = 510,
    PartFailed = 511,
}

/// <summary>
/// Something that happened, with what a person woken at night needs. The same record becomes a journal entry, a line of <c>events</c> and an
/// alert. The shell adds the wall-clock time.
/// </summary>
/// <param name="Text">One sentence, complete on its own, no secret in it.</param>
public sealed record Event(EventKind Kind, Severity Severity, uint Term, string Text)
{
    /// <summary>An alert although it is only informational: a recovery that closes the loop, a move that worked.</summary>
    public bool Alert { get; init; }

    public Role? RoleFrom { get; init; }

    public Role? RoleTo { get; init; }

    /// <summary>The other node it is about.</summary>
    public string? Peer { get; init; }

    /// <summary>Who holds the floating IP, by name, as known at that moment.</summary>
    public string? Holder { get; init; }

    /// <summary>Why, as one phrase.</summary>
    public string? Cause { get; init; }

    /// <summary>What to do next, for the person who reads the alert.</summary>
    public string? Next { get; init; }

    public long? ActionId { get; init; }

    /// <summary>The cloud's own number for the request that this is about.</summary>
    public string? RequestId { get; init; }

    /// <summary>Fault to release or promotion; promotion to accepted and completed; completed to seen here.</summary>
    public TimeSpan? Detect { get; init; }

    public TimeSpan? Assign { get; init; }

    public TimeSpan? Verify { get; init; }

    public TimeSpan? Duration { get; init; }
}
