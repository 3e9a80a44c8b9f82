using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Causes as phrases, to follow a colon.</summary>
internal static class CauseText
{
    /// <summary>Why the event happened; null: it says so itself.</summary>
    public static string? Of(Event e) => e switch
    {
        { Cause: { } cause } => Of(cause),
        { Rejection: { } reason } => Words.Of(reason),
        // Its detail is what was lost.
        { Kind: EventKind.AlertsSuppressed } => null,
        _ => e.Detail,
    };

    /// <summary>Null for null.</summary>
    public static string? OfMaybe(Cause? cause) => cause is null ? null : Of(cause);

    public static string Of(Cause cause) => cause switch
    {
        Cause.HolderIs c => $"the floating IP is at {c.HolderNode}",
        Cause.OfRelease c => ReleaseCause.Phrase(c),
        Cause.Heard c => c.By is { } by ? $"{by}{PlainCause.GaveUpInfix}{c.Phrase}" : c.Phrase,
        Cause.Listened => "listened long enough after the start",
        Cause.StandsBy => "stands by without a key",
        Cause.FitAgain => "fit again",
        Cause.MasterSilent c => $"{c.MasterNode} is silent{(c.ServiceDown ? " and the service is down" : "")}",
        Cause.NoMaster => "there is no master",
        Cause.PromotedHere => "promote on this node",
        Cause.Resumed => "resumed after a restart of the agent",
        Cause.MasterElsewhere c => $"{c.MasterNode} is master of term {c.OfTerm}",
        Cause.HigherTerm => "its term is higher",
        Cause.HigherRank => "it ranks higher",
        Cause.SupersededBy c => $"superseded by {c.HolderNode}",
        Cause.NamedSuccessor => "a release names this node",
        Cause.NodeRemoved => "it is no longer a node of the cluster",
        Cause.HeardAgain => "it is heard again",
        Cause.GuardFailed => "two guard probes failed: its service is down",
        Cause.WaitOver => "the waiting time is over",
        Cause.AddressLeft => "the floating IP had left",
        Cause.SeenAtCloud => "seen at the cloud",
        Cause.PeerStopped => "its agent was stopped",
        Cause.HeardByOthers => "other nodes hear it",
        Cause.SinkFailed c => c.Detail,
        Cause.StartFailed c => c.Detail,
        Cause.StopFailed c => c.Detail,
        _ => OfSlowClaim(cause),
    };

    private static string OfSlowClaim(Cause cause) => cause switch
    {
        Cause.NotSeen => "the action is completed, but the floating IP is not seen here",
        Cause.NotSeenByMetadata => "the action is completed, but the metadata service does not show the floating IP here",
        Cause.ActionOpen c => $"action {c.ActionId} is still in progress",
        Cause.RateLimited => "the API is rate-limiting requests (429)",
        Cause.Locked => "the floating IP is locked by another action",
        Cause.NotTaken c => $"the cloud does not accept the assign: {c.Detail}",
        Cause.MoveGap c => $"it waits another {Words.Seconds(c.Left)} s, because this node last moved the floating IP a moment ago",
        Cause.NotAccepted => "the API has not accepted an assign",
        _ => throw new ArgumentOutOfRangeException(nameof(cause)),
    };
}
