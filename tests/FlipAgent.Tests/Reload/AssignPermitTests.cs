using FlipAgent.Core;
using FlipAgent.Loop;

namespace FlipAgent.Tests.Reload;

/// <summary>What the worker asks right before an assign leaves (rule C1): of the term, and of the floating IP.</summary>
public sealed class AssignPermitTests
{
    [Fact]
    public void An_assign_of_an_address_that_a_reload_took_away_does_not_leave()
    {
        var settings = new ClusterSettings
        { Cluster = "web-lb", Nodes = [new Node("n1", 101, 150)], Me = 0, Checks = [new CheckWeight("haproxy", 0)], AddressIds = [10, 20], Guard = false };
        var state = Election.Start(settings, null, 1, TimeSpan.Zero);
        var permit = new AssignPermit();
        void Take(Input input, double second)
        {
            Election.Step(state, input, TimeSpan.FromSeconds(second), []);
            permit.Set(state);
        }

        Take(new Input.CheckChanged(0, true, "up"), 0.1);
        Assert.False(permit.Allows(state.Term, 20));
        for (var second = 1; second < 12; second++)
            Take(new Input.HolderRead(TimeSpan.FromSeconds(second - 0.1), ApiStatus.Ok, 101, false, true, null, ""), second);
        Assert.Equal(Role.Master, state.Role);
        Assert.Equal((true, true, false, false), (permit.Allows(state.Term), permit.Allows(state.Term, 20), permit.Allows(state.Term, 30), permit.Allows(state.Term + 1, 20)));
        Take(new Input.SettingsChanged(settings with { AddressIds = [10] }), 12);
        Assert.Equal((true, true, false), (permit.Allows(state.Term), permit.Allows(state.Term, 10), permit.Allows(state.Term, 20)));
    }
}
