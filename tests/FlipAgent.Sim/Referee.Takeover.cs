namespace FlipAgent.Sim;

/// <summary>
/// The part of the referee that asks by what right a node takes the address. It knows what no node can know: that the old master lives, serves and
/// holds the address, and that the new one could have seen it through the guard.
/// </summary>
internal sealed partial class Referee
{
    private static readonly TimeSpan s_steady = TimeSpan.FromSeconds(12);

    /// <summary>The master that this node, which becomes master now, has no right to take the address from; null when there is none.</summary>
    /// <param name="known">The highest term that the new master knew before.</param>
    private SimNode? WouldRob(SimNode node, uint known)
    {
        if (!_world.Plan.Guard || !node.GuardPath || Since(node.GuardPathSince) < s_steady || Since(LastCommandAt) < TimeSpan.FromSeconds(10) ||
            Since(_world.Cloud.HolderSince) < s_steady + _world.Plan.DataLag || !KnowsTheDroplets || GoodFor(node) < s_steady || Restored(node, node))
            return null;
        foreach (var other in _world.Nodes)
        {
            var record = _records[other.Index];
            // A release counts only at the highest term known (E5), and this node knows the term of a master that has released nothing.
            if (other != node && other.Runs && other.IsMaster && other.State!.Fitness.Fit && !Terms.IsLater(other.State.Term, known) && Since(record.MasterSince) > s_steady &&
                other.Droplet == _world.Cloud.Holder && other.Serves && record.ServesSince is { } serves && Since(serves) > s_steady && GoodFor(other) > s_steady &&
                !TwinReleased(other, known))
                return other;
        }

        return null;
    }

    /// <summary>
    /// Each side of a partition had a master of this term, the highest known, and the one on this side has released it: that release counts, for nobody
    /// here can know of the other (E5).
    /// </summary>
    private bool TwinReleased(SimNode master, uint known) => master.State!.Term == known && _world.Nodes.Any(twin =>
        twin != master && _records[twin.Index].Released is var (term, at) && term == known && Since(at) < LongestDown + (Interval * _world.Nodes.Length / 2) + s_latest);

    /// <summary>No advert of the swarm is later.</summary>
    private static readonly TimeSpan s_latest = TimeSpan.FromSeconds(10);

    /// <summary>Every node that runs has long proven which droplet it is, so each of them can tell who a holder is (S2).</summary>
    private bool KnowsTheDroplets => _world.Plan.Droplets.IsEmpty || Since(_knownSince) > s_steady;

    private TimeSpan Since(TimeSpan moment) => _world.Now - moment;
}
