using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Why a node does not serve, and until when (rule E1, F61).</summary>
public sealed class ReasonTests
{
    [Fact]
    public void A_reason_that_was_there_first_stays_the_reason()
    {
        var settings = Pair(new CheckWeight("haproxy", 0)) with { ColdStandby = true };
        var state = Election.Start(settings, null, 1, Then);
        Take(state, new Input.UnitChanged(false, false, "masked"), 0.1);
        Assert.Equal(new Cause.UnitNotStartable(), state.Fitness.UnfitBecause);
        Take(state, new Input.Commanded(new Command.Maintenance(true, null, "kernel")), 0.2);
        Assert.Equal(new Cause.InMaintenance("kernel"), state.Fitness.UnfitBecause);
    }

    [Fact]
    public void F61_a_node_without_a_key_says_that_it_stands_by_and_listens_like_after_a_start_when_it_has_one()
    {
        var state = Alone(new CheckWeight("key", 0, OfService: false, OfKey: true));
        Take(state, new Input.CheckChanged(0, false, "the key is missing"), 0);
        List<Event> told = [];
        for (var second = 0.5; second < 20; second += 0.5)
            told.AddRange(Announced(state, new Input.Deadline(), second));
        Assert.Equal((Role.Backup, new Cause.StandsBy()), Assert.Single(told, e => e.RoleTo is not null) is var became ? (became.RoleTo, became.Cause) : default);
        Assert.True(state is { Role: Role.Backup, Fitness.Fit: false, Fitness.ListenOnly: true });
        Take(state, new Input.HolderRead(Then + TimeSpan.FromSeconds(19.9), ApiStatus.Ok, null, false, true, null, ""), 20);
        Take(state, new Input.CheckChanged(0, true, "the key can be read"), 20);
        Assert.True(state is { Role: Role.Backup, Fitness.Fit: true, Fitness.ListenOnly: false });
        Assert.Equal(Then + TimeSpan.FromSeconds(20), state.Peers.SilenceSince);
    }

    [Fact]
    public void The_end_of_a_maintenance_is_an_alert()
    {
        var state = Alone();
        Take(state, new Input.Commanded(new Command.Maintenance(true, TimeSpan.FromSeconds(300), null)), 0);
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 299.9), e => e.Kind == EventKind.Maintenance);
        var over = Assert.Single(Announced(state, new Input.Deadline(), 300), e => e.Kind == EventKind.Maintenance);
        Assert.Equal((true, true, true), (over.Alert, over.Ended, over.TimeUp));
    }
}
