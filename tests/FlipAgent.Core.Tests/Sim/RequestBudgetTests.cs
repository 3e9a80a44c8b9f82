using FlipAgent.Sim;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>How much a cluster asks of the cloud: the rate limit is the account's, and other clusters want their part (rules C5, C6).</summary>
public sealed class RequestBudgetTests
{
    [Theory]
    [InlineData(2, 24)]
    [InlineData(3, 28)]
    [InlineData(5, 36)]
    public void C6_a_healthy_cluster_asks_24_times_an_hour_and_4_for_each_further_node(int nodes, int most)
    {
        var world = Healthy(nodes);
        var before = Made(world);
        world.RunUntil(world.Now + TimeSpan.FromHours(3));
        Assert.InRange(Made(world) - before, 1, 3 * most);
        // A token that is refused is noticed by every node, though only the master looks often.
        Assert.All(world.Nodes, node => Assert.InRange(node.Api.Made, 6, 3 * 24));
    }

    [Theory]
    [InlineData(2, true, 24 + 22)]
    [InlineData(3, true, 24 + (2 * 22))]
    [InlineData(3, false, 24 + (2 * 121))]
    public void C12_each_further_address_costs_the_looks_of_the_master(int addresses, bool witnessed, int most)
    {
        var world = Healthy(2, plan: plan => plan with { Addresses = addresses, OnlyFirstWitnessed = !witnessed });
        var before = Made(world);
        world.RunUntil(world.Now + TimeSpan.FromHours(2));
        Assert.InRange(Made(world) - before, most, 2 * most);
        Assert.InRange(world.Nodes[1].Api.Made, 1, 2 * 4);
    }

    [Fact]
    public void C6_without_a_metadata_service_the_master_looks_each_30_s()
    {
        var world = Healthy(2);
        Array.ForEach(world.Nodes, node => node.MetadataUp = false);
        world.RunUntil(world.Now + TimeSpan.FromMinutes(4));
        var before = Made(world);
        world.RunUntil(world.Now + TimeSpan.FromHours(1));
        Assert.InRange(Made(world) - before, 110, 130);
    }

    [Fact]
    public void C6_a_backup_that_hears_no_news_of_the_holder_looks_itself()
    {
        var world = Healthy(2);
        world.Nodes[0].Api.Fault = CloudFault.Hang;
        world.RunUntil(world.Now + TimeSpan.FromMinutes(8));
        var before = world.Nodes[1].Api.Made;
        world.RunUntil(world.Now + TimeSpan.FromMinutes(10));
        Assert.InRange(world.Nodes[1].Api.Made - before, 1, 22);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void C6_a_failover_asks_8_times_and_once_for_each_two_seconds_of_a_slow_assign(double seconds)
    {
        foreach (var machineDies in (bool[])[false, true])
        {
            var world = Healthy(2, TimeSpan.FromSeconds(seconds));
            var before = Made(world);
            if (machineDies)
                world.Nodes[0].PowerOff();
            else
                world.Nodes[0].SetProcess(false);
            world.RunUntil(world.Now + TimeSpan.FromSeconds(seconds + 15));
            Assert.Equal(world.Nodes[1].Droplet, world.Cloud.Holder);
            Assert.InRange(Made(world) - before, 3, 8 + (int)(seconds / 2));
        }
    }

    /// <summary>Thirty pairs on an account that has a twentieth of what they may want at once: everybody waits as told, asks little, and gets its turn.</summary>
    [Fact]
    public void C5_pairs_that_share_an_account_all_fail_over_when_its_limit_is_reached()
    {
        var result = new Crowd(clusters: 30, hourly: 900, spread: TimeSpan.FromMinutes(4)).Run(TimeSpan.FromMinutes(20));
        Assert.InRange(result.PerHour / result.Clusters, 1, 24);
        Assert.True(result.Refused > 0);
        Assert.Equal(30, result.Moved.Count);
        Assert.InRange(result.Moved[^1].TotalMinutes, 1, 6);
        Assert.InRange(result.AskedInOutage, 30, 30 * 8);
    }

    private static World Healthy(int nodes, TimeSpan? move = null, Func<Plan, Plan>? plan = null)
    {
        var pair = new Plan { Nodes = Plan.MakeNodes([.. Enumerable.Range(0, nodes).Select(i => 150 - i)]), Exact = true };
        if (move is { } time)
            pair = pair with { MoveShortest = time, MoveLongest = time };
        var world = new World(plan is null ? pair : plan(pair), 1, Detail.Off);
        Array.ForEach(world.Clouds, cloud => cloud.PlaceFirst(101));
        Array.ForEach(world.Nodes, node => node.StartAgent());
        world.RunUntil(world.Now + TimeSpan.FromMinutes(1));
        Assert.Null(Liveness.Missing(world));
        return world;
    }

    private static int Made(World world) => world.Nodes.Sum(node => node.Api.Made);
}
