namespace FlipAgent.Lab;

// The vocabulary of what can go wrong: where, what, and for whom. A fault is a trip wire across one door of the cloud.

/// <summary>Where a fault can be put.</summary>
public enum FaultPoint
{
    /// <summary>Every endpoint below /v2.</summary>
    Api,
    /// <summary>GET of one floating IP.</summary>
    IpGet,
    IpList,
    /// <summary>POST of an assign or unassign action.</summary>
    Assign,
    /// <summary>GET of one action, by either path.</summary>
    ActionGet,
    ActionList,
    /// <summary>Every GET below /v2/droplets.</summary>
    Droplet,
    Account,
    /// <summary>Creating and deleting addresses.</summary>
    Change,
    Metadata,
    Slack,
}

/// <summary>What goes wrong. The words of the control API stand in <see cref="LabFaults.Words"/>.</summary>
public enum FaultKind
{
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    Unprocessable,
    /// <summary>429 of the 250 a minute, with <c>retry-after</c>.</summary>
    RateBurst,
    /// <summary>429 of the 5,000 an hour, with <c>ratelimit-reset</c> only.</summary>
    RateHourly,
    ServerError,
    BadGateway,
    Unavailable,
    /// <summary>504 with a page of HTML.</summary>
    GatewayHtml,
    /// <summary>200 with no body.</summary>
    Empty,
    /// <summary>200, says JSON, is cut in the middle.</summary>
    BrokenJson,
    /// <summary>200, valid JSON that has nothing of what was asked for.</summary>
    OtherJson,
    /// <summary>200 with more than 256 KiB of JSON.</summary>
    Huge,
    /// <summary>302 to another host.</summary>
    Redirect,
    /// <summary>Connection reset before anything is done.</summary>
    Reset,
    /// <summary>Done, and the connection reset instead of an answer.</summary>
    AcceptThenReset,
    /// <summary>Done, and the connection closed with no answer.</summary>
    AcceptThenDrop,
    /// <summary>Done, and nothing comes.</summary>
    AcceptThenHang,
    /// <summary>Nothing is done and nothing comes.</summary>
    Hang,
    /// <summary>The right answer, a byte at a time.</summary>
    Drip,
    /// <summary>The right answer, after <see cref="Fault.Delay"/>.</summary>
    Delay,
    /// <summary>The right answer with <c>droplet: null</c>.</summary>
    DropletNull,
    /// <summary>On assign: the action ends errored.</summary>
    ActionErrored,
    /// <summary>On assign: the action ends with the status <c>done</c>.</summary>
    ActionDone,
    /// <summary>On assign: asking for the action answers 404 for ever.</summary>
    ActionNotFound,
    /// <summary>On assign: the action stays in progress until somebody finishes it.</summary>
    ActionStuck,
}

/// <summary>One fault that is switched on.</summary>
public sealed record Fault(FaultPoint On, FaultKind Kind)
{
    /// <summary>How many requests it still hits; null: until cleared.</summary>
    public int? Next { get; init; }

    /// <summary>Only callers with the token of this name; null: all.</summary>
    public string? Token { get; init; }

    /// <summary>Only callers from this address; on metadata also: only this droplet, by its id. Null: all.</summary>
    public string? Source { get; init; }

    /// <summary>Seconds in <c>retry-after</c> of a burst.</summary>
    public int RetryAfter { get; init; } = 29;

    /// <summary>Seconds until <c>ratelimit-reset</c> of the hourly limit.</summary>
    public int ResetIn { get; init; } = 1800;

    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Message of a 422 or another JSON error instead of the usual one.</summary>
    public string? Message { get; init; }
}
