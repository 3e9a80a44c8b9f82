using FlipAgent.Harness;

namespace FlipAgent.Lab.Demo;

/// <summary>A stretch of time in a lane of the picture, during which something was so.</summary>
/// <param name="Kind">haproxy-1 or haproxy-2 for what belongs to a node; failing, fault, down, or plain.</param>
internal sealed record Bar(string Lane, DateTimeOffset From, DateTimeOffset To, string Kind, string Text)
{
    public static IEnumerable<Bar> Of(DemoCluster cluster, DateTimeOffset from, DateTimeOffset to)
    {
        var moments = cluster.Timeline.All.Where(m => m.At <= to).ToList();
        return [
            .. cluster.Nodes.SelectMany(n => HaProxy(moments, n, from, to)),
            .. cluster.Nodes.SelectMany(n => Role(moments, n, from, to)),
            .. Holder(moments, from, to),
            .. Served(cluster.Client.Requests.Where(s => s.Start >= from && s.Start <= to), to),
        ];
    }

    private static IEnumerable<Bar> HaProxy(List<Moment> moments, DemoNode node, DateTimeOffset from, DateTimeOffset to) =>
        Stretches(moments.Where(m => m.Lane == node.Name).Select(m => (m.At, m.What == "started")), true, from, to)
            .Select(s => new Bar(node.Name, s.From, s.To, s.Value ? node.Name : "down", s.Value ? "serves" : "stopped"));

    private static IEnumerable<Bar> Role(List<Moment> moments, DemoNode node, DateTimeOffset from, DateTimeOffset to)
    {
        var changes = moments.Where(m => m.Lane == node.AgentLane).Select(m => (m.At, Role: m.What switch
        {
            "became-master" => "master",
            "became-backup" => "backup",
            "became-fault" => "fault",
            "exited" => "stopped",
            "started" => "starting",
            _ => "",
        })).Where(c => c.Role.Length > 0);
        return Stretches(changes, "backup", from, to).Select(s => new Bar(node.AgentLane, s.From, s.To, s.Value switch
        {
            "master" => node.Name,
            "fault" => "fault",
            "stopped" => "down",
            _ => "plain",
        }, s.Value));
    }

    private static IEnumerable<Bar> Holder(List<Moment> moments, DateTimeOffset from, DateTimeOffset to) =>
        Stretches(moments.Where(m => m is { Lane: "cloud", What: "moved" })
            .Select(m => (m.At, m.Text.Contains("to haproxy-2", StringComparison.Ordinal) ? "haproxy-2" : "haproxy-1")), "haproxy-1", from, to)
            .Select(s => new Bar("cloud", s.From, s.To, s.Value, $"address at {s.Value}"));

    private static IEnumerable<Bar> Served(IEnumerable<SiteRequest> samples, DateTimeOffset to)
    {
        Bar? bar = null;
        foreach (var sample in samples)
        {
            var kind = sample.Ok ? sample.ServedBy ?? "plain" : "failing";
            if (bar?.Kind == kind)
            {
                continue;
            }

            if (bar is not null)
            {
                yield return bar with { To = sample.Start };
            }

            bar = new("client", sample.Start, to, kind, sample.Ok ? $"served by {kind}" : "requests fail");
        }

        if (bar is not null)
        {
            yield return bar;
        }
    }

    /// <summary>Turns changes into the stretches between them, cut to the window.</summary>
    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To, T Value)> Stretches<T>(
        IEnumerable<(DateTimeOffset At, T Value)> changes, T first, DateTimeOffset from, DateTimeOffset to)
    {
        var (begin, value) = (from, first);
        foreach (var change in changes)
        {
            if (change.At > from)
            {
                yield return (begin, change.At, value);
                begin = change.At;
            }

            value = change.Value;
        }

        yield return (begin, to, value);
    }
}
