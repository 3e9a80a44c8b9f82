using System.Globalization;

namespace FlipAgent.Sim;

/// <summary>
/// What "all is well again" means, and how long it may take. Each wait that the design itself demands is named here, one by one; the time that is left
/// over is D, the cloud's own time and 5 s.
/// </summary>
internal static class Liveness
{
    /// <summary>Null when there is exactly one master, fit, with the address, and every node agrees; otherwise what is missing.</summary>
    public static string? Missing(World world)
    {
        SimNode? master = null;
        foreach (var node in world.Nodes)
        {
            if (node.State is not { } state || !node.Runs)
                return $"{node.Name} does not run";
            if (state.Role == Role.Master && master is not null)
                return $"{master.Name} and {node.Name} are both master";
            if (state.Role == Role.Master)
                master = node;
            else if (state.Role != Role.Backup && !(state.Role == Role.Fault && world.Plan.IsUnknown(node.Index)))
                return $"{node.Name} is {Describe.Role(state.Role)}";
        }

        if (master is null)
            return "nobody is master";
        if (!master.State!.Fitness.Fit)
            return $"the master {master.Name} is unfit";
        if (world.Cloud.Locked)
            return "the address is still moving";
        if (world.Cloud.Holder != master.Droplet && !IsServedByAnotherOfItsNumber(world, master, world.Cloud.Holder))
            return $"the master is {master.Name}, the address is at {world.NameOfDroplet(world.Cloud.Holder)}";
        if (master.State.Ip.Claim.State != ClaimState.Held)
            return $"the master {master.Name} does not know that it holds the address ({master.State.Ip.Claim.State})";
        for (var i = 1; i < world.Clouds.Length; i++)
            if (MissingOf(world, master, i) is { } missing)
                return missing;
        foreach (var node in world.Nodes)
            if (node.State!.Term != master.State.Term)
                return $"{node.Name} is at term {node.State.Term}, the master {master.Name} at {master.State.Term}";
        return null;
    }

    /// <summary>S2: the file has the master under the number of a server that is no node, or that number stands for it. While clients are served there, nobody takes the address away.</summary>
    private static bool IsServedByAnotherOfItsNumber(World world, SimNode master, long? droplet) =>
        world.Plan.IsUnknown(master.Index) && droplet is { } holder && IdentityRules.NodeOf(master.State!, holder) == master.Index && world.IsServed;

    /// <summary>What is missing of an address that follows the master (C12).</summary>
    private static string? MissingOf(World world, SimNode master, int address)
    {
        var (cloud, claim) = (world.Clouds[address], master.State!.Ips[address].Claim.State);
        if (cloud.Locked)
            return $"address {address + 1} is still moving";
        if (cloud.Holder != master.Droplet && !IsServedByAnotherOfItsNumber(world, master, cloud.Holder))
            return $"the master is {master.Name}, address {address + 1} is at {world.NameOfDroplet(cloud.Holder)} ({claim})";
        return claim != ClaimState.Held ? $"the master {master.Name} does not know that it holds address {address + 1} ({claim})" : null;
    }

    /// <summary>How much longer an address that follows the master stays where it is because it moved three times (C8, C12); zero: none does.</summary>
    public static TimeSpan FlapHold(World world)
    {
        var longest = TimeSpan.Zero;
        foreach (var node in world.Nodes)
            if (node is { Runs: true, IsMaster: true })
                foreach (var ip in node.State!.Ips.AsSpan()[1..])
                    if (ip.Budget.FlapHold && ip.Budget.FreeAt(node.Clock) is var free && free < Moment.Forever)
                        longest = Longest(longest, free - node.Clock);
        return longest;
    }

    /// <summary>How long after the end of all faults the cluster may take, seen at that moment.</summary>
    public static TimeSpan Allowance(World world, bool foreignBefore, bool startsAgents)
    {
        var plan = world.Plan;
        var down = 4 * plan.Interval;
        var turns = plan.Interval * plan.Nodes.Length / 2;
        var allowed = down + turns + ApiTime(world) + TimeSpan.FromSeconds(5);
        // A check that was down needs its rise.
        allowed += TimeSpan.FromSeconds(3);
        if (startsAgents)
        {
            // E11: listen first; while a session is uncounted, up to 10 s (docs/wire.md). E12: a hold may still be asked for.
            allowed += Longest(down, plan.StartupDelay, TimeSpan.FromSeconds(10));
            allowed += TimeSpan.FromSeconds(15);
        }

        // C8: 20 s between own moves.
        if (world.Clouds.Any(cloud => cloud.LastMoveAt > world.Now - TimeSpan.FromSeconds(20) || cloud.Locked))
            allowed += TimeSpan.FromSeconds(20);
        // C5: what the API told a node to wait.
        foreach (var node in world.Nodes)
            if (node.Api.LastToldToWait > world.Now - TimeSpan.FromSeconds(60))
            {
                allowed += TimeSpan.FromSeconds(60);
                break;
            }

        // E15: what a dead master had is over within its time, and a store that comes back gives it anew; the holder's head start; an attempt that was under way.
        if (plan.Ttl > TimeSpan.Zero)
            allowed += (2 * plan.Ttl) + TimeSpan.FromSeconds(2);

        // S2: which droplets the nodes are is said every 2 s, and proven when it was said three times over 10 s; only then the address can be got to where it belongs.
        if (!plan.Droplets.IsEmpty)
            allowed += TimeSpan.FromSeconds(14) + TimeSpan.FromSeconds(20) + ApiTime(world);

        // C6: nobody is in a hurry to look while the address is where nobody may take it (E8c).
        if (foreignBefore)
            allowed += TimeSpan.FromSeconds(30);
        return allowed + (8 * plan.WakeLag);
    }

    /// <summary>A request in flight that must end first, a look, a POST, the move itself, the look after it; a back-off of at most 5 s on the way.</summary>
    public static TimeSpan ApiTime(World world) =>
        TimeSpan.FromSeconds(5) + TimeSpan.FromSeconds(5) + world.Plan.AssignLag + (2 * world.Plan.MoveLongest) + world.Plan.MetadataLag + TimeSpan.FromSeconds(2);

    private static TimeSpan Longest(params ReadOnlySpan<TimeSpan> times)
    {
        var longest = TimeSpan.Zero;
        foreach (var time in times)
            if (time > longest)
                longest = time;
        return longest;
    }

    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
}
