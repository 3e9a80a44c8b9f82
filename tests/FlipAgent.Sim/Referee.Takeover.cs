namespace FlipAgent.Sim;

/// <summary>
/// The part of the referee that asks by what right a node takes the address. It knows what no node can know: that the old master lives, serves and
/// holds the address, and that the new one could have seen it through the guard.
/// </summary>
internal sealed partial class Referee
{
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(12);

    /// <param name="known">The highest term that the new master knew when it became master.</param>
    private void CheckTakeover(SimNode node, uint known)
    {
        if (!_world.Plan.Guard || !node.GuardPath || Since(node.GuardPathSince) < Steady || LastCommandAt > _records[node.Index].MasterSince - TimeSpan.FromSeconds(10) ||
            Since(_world.Cloud.HolderSince) < Steady + _world.Plan.DataLag || GoodFor(node) < Steady || Restored(node, node))
            return;
        foreach (var other in _world.Nodes)
        {
            var record = _records[other.Index];
            // A release counts only at the highest term known (E5), and this node knows the term of a master that has released nothing.
            if (other != node && other.Runs && other.IsMaster && other.State!.Fit && other.State.Term <= known && Since(record.MasterSince) > Steady &&
                other.Droplet == _world.Cloud.Holder && record.ServesSince is { } serves && Since(serves) > Steady && GoodFor(other) > Steady)
                Fail(node, $"moves the address away from {other.Name}, which serves and released nothing, though the guard could see it (E5, E6)");
        }
    }

    private TimeSpan Since(TimeSpan moment) => _world.Now - moment;
}
