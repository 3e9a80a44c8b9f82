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
    public ClusterSettings Settings { get; internal set; } = null!;

    public Role Role { get; internal set; }

    /// <summary>The highest term known; a master's own.</summary>
    public uint Term { get; internal set; }

    public ulong Session { get; internal set; }

    /// <summary>When the next <see cref="Input.Deadline"/> is due; a field, not a timer, so there is nothing to cancel.</summary>
    public TimeSpan NextDeadline { get; internal set; }

    public bool Fit { get; internal set; }

    public ClaimState Claim { get; internal set; }

    public bool FlapHold { get; internal set; }
}
