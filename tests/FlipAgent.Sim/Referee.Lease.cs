namespace FlipAgent.Sim;

/// <summary>
/// The part of the referee that watches the lease (rule E15): never two masters at the same instant. A master is who acts as one: whose step ends as one, so that it would say so when it is asked,
/// who says so in an advert, or who has a request leave. A process that stands still with an old belief in its memory is none until it acts on it.
/// </summary>
internal sealed partial class Referee
{
    /// <summary>A mastership as far as it was seen.</summary>
    private sealed class Reign
    {
        /// <summary>Who acted as master after this one had begun; when this one acts again, there are two.</summary>
        public SimNode? Other;
        public TimeSpan OtherAt;
    }

    private void ActsAsMaster(SimNode node)
    {
        if (_world.Store is null)
            return;
        var reign = _records[node.Index].Reign ??= new Reign();
        if (reign.Other is { } other)
            Fail(node, $"acts as master, and {other.Name} did {Since(reign.OtherAt).TotalMilliseconds:0} ms ago, after it had begun (E15)");
        foreach (var one in _world.Nodes)
            if (one != node && _records[one.Index].Reign is { } shadowed)
                (shadowed.Other, shadowed.OtherAt) = (node, _world.Now);
    }

    /// <summary>A request to the store begins (+1) or is answered (-1).</summary>
    public void AsksStore(SimNode node, LeaseRequest request, int change)
    {
        var record = _records[node.Index];
        var kind = request == LeaseRequest.Release ? "release" : "other";
        var inFlight = record.StoreInFlight[kind] = record.StoreInFlight.GetValueOrDefault(kind) + change;
        if (inFlight > 1)
            Fail(node, $"has two requests to the store in flight ({request}, E15)");
        if (change > 0 && Push(record.StoreTimes, TimeSpan.FromMinutes(1)) >= 900)
            Fail(node, "sent 900 requests to the store within a minute (E15)");
    }

    private void IsNoMaster(SimNode node) => _records[node.Index].Reign = null;

    /// <summary>The process is gone, and what it believed with it.</summary>
    public void Ended(SimNode node)
    {
        IsNoMaster(node);
        _records[node.Index].StoreInFlight.Clear();
    }
}
