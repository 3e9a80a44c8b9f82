namespace FlipAgent.Sim;

/// <summary>The part of the referee that knows whether clients are served, and holds what the nodes say of it, and do about it, against that (rules S1, C10).</summary>
internal sealed partial class Referee
{
    private static readonly TimeSpan s_oldestOk = TimeSpan.FromSeconds(10);
    /// <summary>Longer than the pause between two samples.</summary>
    private static readonly TimeSpan s_sampled = TimeSpan.FromSeconds(1);

    private TimeSpan? _deadSince;

    /// <summary>The node that a move was given back to, and the term of its mastership.</summary>
    private (string Name, uint Term) _takenBack = ("", 0);

    /// <summary>A probe was answered.</summary>
    public void Served() => _deadSince = null;

    /// <summary>A move that takes back another is never taken back itself.</summary>
    private void TakesBack(SimNode node, Event e)
    {
        if (_takenBack == (node.Name, e.Term))
            Fail(node, "takes back the move that took back its own: to and fro (C10)");
        if (!_world.Plan.Guard)
            Fail(node, "takes a move back without a guard (C10)");
        _takenBack = (e.Peer!, Terms.Next(e.Term));
    }

    /// <summary>
    /// A node that says that clients are served may be wrong for 10 s, and for what an advert takes. Nobody can know how old news is that were held up on the way, or that
    /// a machine slept over whose clocks stood still.
    /// </summary>
    private void CheckService()
    {
        if (_world.IsServed)
            _deadSince = null;
        else if (_deadSince is null || Since(_world.Network.OldNewsAt) < s_sampled || _world.Nodes.Any(n => n.IsPaused || Since(_records[n.Index].RestoredAt) < s_sampled))
            _deadSince = _world.Now;
        if (_deadSince is not { } dead || Since(dead) <= s_oldestOk + (2 * Interval) + _world.Plan.WakeLag)
            return;
        foreach (var node in _world.Nodes)
            if (node.Runs && !node.IsPaused && node.State is { } state && Election.Service(state, node.Clock).Verdict == ServiceVerdict.Answers)
                Fail(node, $"says that the service answers, and nobody was served for {Since(dead).TotalSeconds:0.0} s (S1): {Witnesses(state, node.Clock)}");
    }

    private string Witnesses(ElectionState state, TimeSpan now) => string.Join(", ", _world.Nodes.Select(n => (n.Name, Seen: Election.SightingOf(state, n.Index, now)))
        .Where(n => n.Seen.CanTell(now)).Select(n => $"{n.Name} {n.Seen.Sight} {(now - n.Seen.At).TotalSeconds:0.0} s ago"));
}
