using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Sentences for the events of the lease that a master needs (rule E15).</summary>
internal static class LeaseText
{
    private const string Look = "flipagentctl doctor says which endpoints of election.lease.etcd answer.";

    public static (string Text, string? Next) Of(Event e) => e.Kind switch
    {
        EventKind.LeaseLost when e.Severity == Severity.Critical => (
            $"{e.Node} could not renew its lease{Said(e)}: nobody is master; the floating IP stays at {Words.Place(e.Holder)}, which goes on serving, and nothing can fail over",
            $"Bring the store back: {Look} A node becomes master again as soon as the store answers."),
        EventKind.LeaseLost => ($"{e.Node} lost its lease{Said(e)} and is no longer master; {e.Peer} can take over", Look),
        EventKind.StoreFailing => (
            $"{e.Node} has not reached the store of the lease for {Words.Seconds(e.Duration)} s{Said(e)}; it cannot become master", Look),
        EventKind.StoreAnswers => ($"{e.Node} reaches the store of the lease again", null),
        EventKind.LeaseElsewhere when e.Peer == e.Node => (
            $"{e.Node} would be master, but for {Words.Seconds(e.Duration)} s the lease has been in the name of {e.Node}, but is not the one that it took",
            $"Is another machine also called {e.Node}, in a cluster of the same name? Otherwise somebody wrote the key by hand: delete it with etcdctl del (docs/lease.md)."),
        EventKind.LeaseElsewhere => (
            $"{e.Node} would be master, but {e.Peer} has had the lease for {Words.Seconds(e.Duration)} s, though {e.Node} does not hear it as master",
            $"Check flipagent on {e.Peer}, and the network between the nodes (flipagentctl doctor)."),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    /// <summary>The first line of an alert.</summary>
    public static string? Headline(Event e, string ip) => e.Kind switch
    {
        EventKind.LeaseLost when e.Severity == Severity.Critical => $"No failover is possible: the store of the lease does not answer, so no node is in charge; {ip} stays at {Words.Place(e.Holder)}, which goes on serving",
        EventKind.LeaseLost => $"{e.Node} could not renew its lease and is no longer in charge; {e.Peer} can take over",
        EventKind.StoreFailing => $"{e.Node} cannot reach the store of the lease, so it cannot take over",
        EventKind.StoreAnswers => $"{e.Node} reaches the store of the lease again",
        EventKind.LeaseElsewhere when e.Peer == e.Node => $"{e.Node} cannot take over: the lease is in its name, but is not the one that it took",
        EventKind.LeaseElsewhere => $"{e.Node} cannot take over: {e.Peer} has the lease, though {e.Node} does not hear it",
        _ => null,
    };

    private static string Said(Event e) => e.Detail is { Length: > 0 } detail ? $" ({detail})" : "";
}
