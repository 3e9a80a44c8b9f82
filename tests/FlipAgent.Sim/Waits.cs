namespace FlipAgent.Sim;

/// <summary>
/// What a cluster waits for after all faults have ended: at each moment at which all is not well, the first thing in the way, in the words of docs/simulator.md.
/// </summary>
internal static class Waits
{
    /// <summary>The first thing in the way at this moment.</summary>
    public static string Cause(World world)
    {
        var masters = world.Nodes.Where(n => n is { Runs: true, IsMaster: true }).ToList();
        return masters.Count switch
        {
            0 => WithoutMaster(world),
            1 => OfMaster(world, masters[0]),
            _ => masters.Any(m => m.State!.Quarantine.On) ? "quarantine of a second master (E10)" : "two masters (E7)",
        };
    }

    private static string WithoutMaster(World world)
    {
        var nodes = world.Nodes.Where(n => n.Runs).ToList();
        if (nodes.Any(n => Held(n)))
            return "restart hold (E12)";
        if (!nodes.Any(n => n.State!.Fitness.Fit))
            return "no master: checks (E1)";
        var fit = nodes.Where(n => n.State is { Fitness.Fit: true }).ToList();
        if (fit.All(n => n.State!.Role == Role.Starting))
            return "no master: start (E11)";
        var backups = fit.Where(n => n.State!.Role == Role.Backup).ToList();
        if (backups.Count == 0)
            return "no master: checks (E1)";
        if (backups.All(n => n.State!.Quarantine.On))
            return "no master: quarantine (E10)";
        if (backups.Any(n => n.State!.Lease.WantedSince != Moment.Never))
            return "no master: the lease (E15)";
        if (backups.All(n => n.State!.Ip.Supersession.On))
            return "no master: superseded (E8b)";
        if (backups.Select(ApiWait).FirstOrDefault(w => w is not null) is { } api)
            return $"no master: {api}";
        if (backups.Any(n => n.Clock < n.State!.Peers.DownAt()))
            return "no master: D (E6)";
        if (backups.Any(n => n.State!.Ip.Guard.Alive == true && n.State.Settings.Guard))
            return "no master: the guard sees the service (E6)";
        return backups.Any(n => n.State!.Lookup().OwnAt < n.State!.Peers.SuspectAt()) ? "no master: lookup (E6)" : "no master: turn (E6)";
    }

    private static string OfMaster(World world, SimNode master)
    {
        var state = master.State!;
        var claim = state.Ip.Claim;
        if (!state.Fitness.Fit)
            return "the master is unfit (E4)";
        if (state.Quarantine.On)
            return "quarantine of the master (E10)";
        if (world.Cloud.Locked)
            return "the cloud moves";
        if (world.Cloud.Holder == master.Droplet && claim.IsHeld)
            return OfOthers(world, master);
        if (ApiWait(master) is { } api)
            return api;
        if (claim.Assign.InFlight || state.Lookup().InFlight)
            return "a request is under way";
        if (claim.Action.IsOpen)
            return "an action that is no longer there";
        if (world.Cloud.Holder == master.Droplet)
            return state.Ip.Metadata.Says == Witness.NotHere ? "the metadata service lags (C6)" : "the next lookup";
        if (state.Lookup().Locked)
            return "a lock that is over is not seen";
        if (claim.Assign.Unclear)
            return "a request of unknown outcome (C3)";
        if (master.Clock < claim.Assign.NotBefore)
            return "back-off of assigns (C5)";
        if (state.Ip.Budget.FlapHold)
            return "flap-hold (C8)";
        if (master.Clock < state.Ip.Budget.NextMoveAt(holderIsFit: true))
            return "gap between moves (C8)";
        return claim.State switch
        {
            ClaimState.Held => "the holder changed, the master has not looked (C6)",
            ClaimState.Lost => "the address was at a foreign server (E8c)",
            _ => "the claim goes on",
        };
    }

    private static string OfOthers(World world, SimNode master)
    {
        foreach (var node in world.Nodes)
        {
            if (!node.Runs)
                return "a node that does not run";
            if (node == master)
                continue;
            if (node.State!.Role == Role.Starting)
                return "a backup starts (E11)";
            if (node.State.Role == Role.Fault)
                return "a check of a backup rises (E1)";
            if (node.State.Term != master.State!.Term)
                return "a backup has not heard of the term";
        }
        return "well";
    }

    private static string? ApiWait(SimNode node)
    {
        var api = node.State!.Api;
        if (node.Clock >= api.NotBefore)
            return null;
        return api.Status switch
        {
            ApiStatus.RateLimited => "the API asked to wait, 429 (C5)",
            ApiStatus.Failed => "back-off of an API that failed (C5)",
            _ => "the API refused, 401 or 403 (C5)",
        };
    }

    private static bool Held(SimNode node)
    {
        var peers = node.State!.Peers;
        for (var i = 0; i < node.Settings.Nodes.Length; i++)
            if (i != node.Index && peers.IsMaster(i) && node.Clock < peers[i].RestartHoldUntil)
                return true;
        return false;
    }

    private static HolderLookup Lookup(this ElectionState state) => state.Ip.Lookup;
}
