using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A release, its reason and whose turn it is (rules E4, E5).</summary>
public sealed class SuccessionTests
{
    /// <summary>Two peers and no name in the release: the better one first, this node half an interval later.</summary>
    [Fact]
    public void E5_the_turn_of_the_second_comes_half_an_interval_after_that_of_the_first()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, 3, peer: 2) with { EffectivePriority = 200 }), 0.1);
        var release = new Release(3, NodeId.None, false, false, "check site is down", 0);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Fault, 3) with { Release = release }), 0.2);
        Take(state, new Input.Deadline(), 0.2 + 0.499);
        Assert.Equal(Role.Backup, state.Role);
        Take(state, new Input.Deadline(), 0.2 + 0.5);
        Assert.Equal(Role.Master, state.Role);
    }

    /// <summary>n3 has the address and gives up, n2 gives up before it has got it: the words of n2 are not about n3.</summary>
    [Theory]
    [InlineData(true, "check haproxy is down", null)]
    [InlineData(false, "its cloud API fails", "n2")]
    public void The_reason_of_a_move_is_that_of_the_node_that_has_the_address_or_says_whose_it_is(bool released, string phrase, string? by)
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(103, 0.01), 0.02);
        var term = state.Term + 1;
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Master, term, peer: 2)), 0.1);
        Assert.Equal(Role.Backup, state.Role);
        if (released)
            Take(state, new Input.AdvertHeard(2, Make(state, Role.Fault, term, peer: 2) with { Release = new Release(term, state.Settings.Nodes[1].Id, false, false, "check haproxy is down", 0) }), 0.2);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, term + 1)), 0.3);
        var told = Announced(state, new Input.AdvertHeard(1, Make(state, Role.Backup, term + 1) with { Release = new Release(term + 1, state.Settings.Self.Id, false, false, "its cloud API fails", 0) }), 0.4);
        var became = Assert.Single(told, e => e.Kind == EventKind.BecameMaster);
        Assert.Equal(new Cause.Heard(phrase) { By = by }, became.Cause);
        // Clients have waited since n3 gave up.
        Assert.Equal(released ? 200 : 0, became.Detect!.Value.TotalMilliseconds, 0.5);
    }

    [Fact]
    public void E4_a_long_reason_is_cut_and_says_so()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.CheckChanged(1, false, new string('x', 100)), 0.1);
        var cause = state.Releases.Last!.Cause;
        Assert.Equal(48, System.Text.Encoding.UTF8.GetByteCount(cause));
        Assert.StartsWith("check site is down: xxx", cause);
        Assert.EndsWith("xxx...", cause);
        var fits = Grow(holder: 101, fit: true);
        Take(fits, new Input.CheckChanged(1, false, new string('x', 48 - "check site is down: ".Length)), 0.1);
        Assert.EndsWith("xxxx", fits.Releases.Last!.Cause);
    }

    [Fact]
    public void The_first_node_of_the_list_is_named_and_can_be_handed_the_mastership_to()
    {
        var state = Alone();
        Take(state, new Input.AdvertHeard(0, Make(state, Role.Master, 1, peer: 0) with { Sequence = 1 }), 0.1);
        for (var second = 0.5; second < 10; second += 0.5)
            Take(state, new Input.AdvertHeard(0, Make(state, Role.Master, 1, peer: 0) with { Sequence = (uint)(second * 10) }), second);
        Assert.Equal(new CommandResult.NotMaster("a") { Node = "b" }, Asked(state, new Command.ReleaseMaster(null), 10));

        var master = Alone();
        Take(master, new Input.HolderRead(Then, ApiStatus.Ok, 2, false, true, null, ""), 0.1);
        for (var second = 0.5; second < 10; second += 0.5)
        {
            Take(master, new Input.AdvertHeard(0, Make(master, Role.Backup, 0, peer: 0) with { Sequence = (uint)(second * 10) }), second);
            Take(master, new Input.HolderRead(Then + TimeSpan.FromSeconds(second), ApiStatus.Ok, 2, false, true, null, ""), second);
        }
        Assert.Equal(Role.Master, master.Role);
        Assert.Equal(new CommandResult.Released("a") { Node = "b" }, Asked(master, new Command.ReleaseMaster(null), 10));
    }

    private static CommandResult Asked(ElectionState state, Command command, double second)
    {
        var effects = new List<Effect>();
        Election.Step(state, new Input.Commanded(command), Then + TimeSpan.FromSeconds(second), effects);
        return Assert.Single(effects.OfType<Effect.Reply>()).Result;
    }
}
