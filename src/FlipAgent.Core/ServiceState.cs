namespace FlipAgent.Core;

/// <summary>Are clients served: does the service answer through the floating IP, as all nodes see it (docs/rules.md, S1).</summary>
public enum ServiceVerdict
{
    /// <summary>No node has a guard that could tell: nothing is said of it.</summary>
    Off,
    /// <summary>Too early after a start or a move of the address.</summary>
    Early,
    /// <summary>Somebody who can tell sees it answer.</summary>
    Answers,
    /// <summary>Nobody who can tell sees it answer; for less than <see cref="ServiceState.DeadAfter"/> so far.</summary>
    Failing,
    /// <summary>The same for longer.</summary>
    Dead,
    /// <summary>No guard has succeeded since its agent was started; all were refused.</summary>
    NeverAnswered,
    /// <summary>No guard has succeeded since its agent was started; at least one got no answer at all, so it may be the path.</summary>
    NeverReached,
    /// <summary>Whoever could tell has not looked for a while.</summary>
    NobodyTells,
}

/// <summary>The verdict, since when it is so, and who says so.</summary>
/// <param name="Verdict">What is known.</param>
/// <param name="Since">Since when the service does not answer; only for <see cref="ServiceVerdict.Failing"/> and <see cref="ServiceVerdict.Dead"/>, else <see cref="Moment.Never"/>.</param>
/// <param name="Witnesses">How many nodes can tell.</param>
public readonly record struct ServiceState(ServiceVerdict Verdict, TimeSpan Since, int Witnesses)
{
    /// <summary>A service that nobody saw answer for so long is dead.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(5);
}
