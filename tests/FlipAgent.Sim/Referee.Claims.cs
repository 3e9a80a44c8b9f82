namespace FlipAgent.Sim;

/// <summary>The part of the referee that watches requests to the cloud: who may send them, how many, and how often the address may move.</summary>
internal sealed partial class Referee
{
    // A prober needs this much longer than D to be sure that a holder is alive and fit, whatever it was a moment ago.
    private static readonly TimeSpan s_doubt = TimeSpan.FromSeconds(6);

    /// <summary>A request begins (+1) or is answered (-1).</summary>
    public void Requests(SimNode node, string kind, int change)
    {
        var record = _records[node.Index];
        var inFlight = record.InFlight[kind] = record.InFlight.GetValueOrDefault(kind) + change;
        // Of reads of actions there may be two: the one of an action that is given up, and the next one's.
        if (inFlight > (kind == "action" ? 2 : 1))
            Fail(node, $"has two requests {kind} in flight (C1)");
        if (change < 0)
            return;
        if (_world.Now < record.QuietUntil)
            Fail(node, $"asks the cloud ({kind}) right after a stall, before it has listened (E10)");
        if (Push(record.RequestTimes, TimeSpan.FromMinutes(1)) >= 250)
            Fail(node, "sent 250 requests within a minute (C5)");
    }

    /// <summary>A POST leaves the node: the last moment at which it can be stopped.</summary>
    public void PostLeaves(SimNode node, int address, uint term)
    {
        var state = node.State!;
        var highest = _records[node.Index].HighestTerm;
        Posts++;
        ActsAsMaster(node);
        if (state.Role != Role.Master)
            Fail(node, $"sends an assign and is {state.Role} (C1)");
        if (!state.Fitness.Fit)
            Fail(node, "sends an assign and is unfit (E4)");
        if (state.Term != term || Terms.IsLater(highest, term))
            Fail(node, $"sends an assign of term {term}, but its own is {state.Term} and it heard of {highest} (C1)");
        if (address == 0 && _records[node.Index].Robs is { IsMaster: true } robbed && robbed.Droplet == _world.Cloud.Holder)
            Fail(node, $"moves the address away from {robbed.Name}, which serves and released nothing, though the guard could see it (E5, E6)");
        if (NoMoves is { } reason)
            Fail(node, $"sends an assign, but {reason}");
    }

    public void AssignRefused(SimNode from, int address, bool holdsIt)
    {
        if (!holdsIt)
            return;
        // Who was given the address a moment ago by somebody's hand cannot know yet: only refusals while it stays are counted.
        var record = _records[from.Index].Addresses[address];
        if (record.RefusedSince != _world.Clouds[address].HolderSince)
            record.PresentHolderRefusals.Clear();
        record.RefusedSince = _world.Clouds[address].HolderSince;
        if (Push(record.PresentHolderRefusals, TimeSpan.FromMinutes(1)) >= 3)
            Fail(from, "assigns the address to itself again and again, though it holds it (C3)");
    }

    public void AssignAccepted(SimNode from, int address, TimeSpan leftAt, long id)
    {
        // What a node that has died since had sent is nobody's budget any more.
        if (!from.Runs || leftAt < from.StartedAt)
            return;
        var record = _records[from.Index].Addresses[address];
        var fromFitHolder = IsPlainlyFit(address, from);
        var commanded = _world.Now - LastCommandAt < TimeSpan.FromSeconds(40);
        if (record.Moves.Count > 0 && !commanded)
        {
            var gap = leftAt - record.Moves[^1].LeftAt;
            if (gap < TimeSpan.FromSeconds(5))
                Fail(from, $"moves the address twice within {gap.TotalSeconds:0.0} s (C8)");
            if (gap < TimeSpan.FromSeconds(20) && fromFitHolder)
                Fail(from, $"moves the address away from a fit holder {gap.TotalSeconds:0.0} s after its last move (C8)");
        }

        record.Moves.Add((leftAt, id));
        if (!fromFitHolder || commanded)
            return;
        record.MovesFromFitHolder.Add((leftAt, id));
        if (record.MovesFromFitHolder.Count(move => move.LeftAt > leftAt - TimeSpan.FromMinutes(10)) > 3)
            Fail(from, "moved the address away from a fit holder for the fourth time in 10 minutes (C8)");
    }


    /// <summary>What failed at the cloud moved nothing and costs no budget.</summary>
    public void MoveErrored(long id)
    {
        foreach (var record in _records)
        {
            foreach (var address in record.Addresses)
            {
                address.Moves.RemoveAll(move => move.Id == id);
                address.MovesFromFitHolder.RemoveAll(move => move.Id == id);
            }
        }
    }

    /// <summary>The mover cannot but know that this holder is alive and fit. Whom the API told to wait (C5) does not know where the address is.</summary>
    private bool IsPlainlyFit(int address, SimNode mover)
    {
        var cloud = _world.Clouds[address];
        return _world.NodeOfDroplet(cloud.Holder) is { } holder && holder != mover && KnowsTheDroplets && Since(cloud.HolderSince) > TimeSpan.FromSeconds(3)
            && (_world.Store is null || mover.State?.Peers[holder.Index].StoreReachable == true) && KnowsOf(mover, address, cloud.HolderSince) && Since(mover.Api.LastToldToWait) > TimeSpan.FromSeconds(60) &&
            GoodFor(holder) > LongestDown + s_doubt && GoodFor(mover) > LongestDown + s_doubt && _world.Network.CleanFor(holder, mover) > LongestDown + s_doubt;
    }

    /// <summary>
    /// Somebody has asked the cloud since then and the mover knows of the answer; or the regular lookup is overdue. A named successor posts on what it knows (rule C2).
    /// </summary>
    private bool KnowsOf(SimNode mover, int address, TimeSpan moment) =>
        Since(moment) > TimeSpan.FromSeconds(40) || (mover.State is { } state && _world.Now - (mover.Clock - state.Ips[address].Lookup.KnownAt) >= moment);
}
