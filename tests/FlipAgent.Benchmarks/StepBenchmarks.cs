using BenchmarkDotNet.Attributes;

namespace FlipAgent.Benchmarks;

/// <summary>A second in the life of a healthy cluster: every node decides at its deadlines, on each advert of the others, and on what the guard and the cloud answer at once.</summary>
public class StepBenchmarks
{
    private readonly List<Effect> _effects = [];
    private ElectionState[] _nodes = null!;
    private TimeSpan _now = TimeSpan.FromSeconds(1000);

    /// <summary>Nodes of the cluster.</summary>
    [Params(2, 5)]
    public int Nodes { get; set; }

    /// <summary>Steps that were taken, for who wants the cost of one.</summary>
    public long Steps { get; private set; }

    [GlobalSetup]
    public void SetUp()
    {
        var settings = new ClusterSettings
        {
            Cluster = "web-lb",
            Me = 0,
            Nodes = [.. Enumerable.Range(1, Nodes).Select(i => new Node($"haproxy-{i}", 100 + i, 150 - i))],
            Interval = TimeSpan.FromSeconds(1),
            Checks = [new CheckWeight("haproxy", 0)],
        };
        _nodes = [.. Enumerable.Range(0, Nodes).Select(i => Election.Start(settings with { Me = i }, null, (ulong)(1 + i), _now))];
        for (var i = 0; i < Nodes; i++)
            Step(i, new Input.CheckChanged(0, true, "up"));
        for (var i = 0; i < 60; i++)
            Second();
        if (_nodes[0].Role != Role.Master || !_nodes[0].Ip.Claim.State.Equals(ClaimState.Held))
            throw new InvalidOperationException($"the cluster is not healthy after a minute: {_nodes[0].Role}, {_nodes[0].Ip.Claim.State}");
    }

    /// <summary>All nodes, a second.</summary>
    [Benchmark]
    public void Second()
    {
        var end = _now + TimeSpan.FromSeconds(1);
        while (true)
        {
            var next = 0;
            for (var i = 1; i < _nodes.Length; i++)
                if (_nodes[i].NextDeadline < _nodes[next].NextDeadline)
                    next = i;
            if (_nodes[next].NextDeadline > end)
                break;
            _now = _nodes[next].NextDeadline > _now ? _nodes[next].NextDeadline : _now;
            Step(next, new Input.Deadline());
        }
        _now = end;
    }

    private void Step(int node, Input input)
    {
        Steps++;
        _effects.Clear();
        Election.Step(_nodes[node], input, _now, _effects);
        foreach (var effect in _effects.ToArray())
            Perform(node, effect);
    }

    private void Perform(int node, Effect effect)
    {
        switch (effect)
        {
            case Effect.SendAdvert:
                var advert = Election.BuildAdvert(_nodes[node], _now);
                for (var i = 0; i < _nodes.Length; i++)
                    if (i != node)
                        Step(i, new Input.AdvertHeard(node, advert));
                break;
            case Effect.ReadHolder read:
                Step(node, new Input.HolderRead(_now, ApiStatus.Ok, 101, false, true, null, "") { Address = read.Address });
                break;
            case Effect.ProbeGuard probe:
                Step(node, new Input.GuardAnswered(true, "200") { Number = probe.Number });
                break;
            default:
                break;
        }
    }
}
