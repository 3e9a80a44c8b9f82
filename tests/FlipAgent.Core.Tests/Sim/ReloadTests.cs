using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A reload changes what facts mean: the guard that answered is another one, the node that holds the IP is none any more.</summary>
public sealed class ReloadTests
{
    [Fact]
    public void A_guard_that_a_reload_turns_on_is_asked_at_once()
    {
        var state = Grow(holder: 102, fit: true);
        Step(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 1), e => e is Effect.ProbeGuard);
        Assert.Contains(Step(state, new Input.SettingsChanged(state.Settings with { Guard = true }), 1.1), e => e is Effect.ProbeGuard);
        Assert.Null(state.Ip.Guard.Alive);
    }

    [Fact]
    public void What_a_guard_of_before_the_reload_answers_says_nothing_of_the_new_one()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        Assert.Contains(Step(state, new Input.SettingsChanged(state.Settings with { Guard = true }), 0.1), e => e is Effect.ProbeGuard);
        // This probe is under way while another guard takes over.
        Take(state, new Input.SettingsChanged(state.Settings, OtherGuard: true), 0.2);
        var asked = Step(state, new Input.GuardAnswered(true, "200"), 0.3);
        Assert.Null(state.Ip.Guard.Alive);
        Assert.Contains(asked, e => e is Effect.ProbeGuard);
        Take(state, new Input.GuardAnswered(false, "timeout"), 0.4);
        Assert.False(state.Ip.Guard.Alive);
    }

    [Fact]
    public void A_guard_that_is_off_answers_to_nobody()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        for (var second = 0.1; second < 1; second += 0.2)
        {
            Hear(state, 1, Role.Master, second);
            Assert.DoesNotContain(Told(Step(state, new Input.GuardAnswered(false, "refused"), second + 0.01)), e => e.Kind == EventKind.GuardPathBroken);
        }
        Assert.Null(state.Ip.Guard.Alive);
    }

    [Fact]
    public void The_holder_of_the_ip_is_removed_by_a_reload_while_it_is_silent_and_the_guard_fails()
    {
        var state = Grow(holder: 102, fit: true, until: -3);
        Silent(state, -2.5, untilSecond: -1.95, alive: false);
        var left = state.Settings with { Nodes = [state.Settings.Nodes[0], state.Settings.Nodes[2]], Me = 0 };
        Take(state, new Input.SettingsChanged(left), -1.9);
        Assert.Equal(new Holder(HolderKind.Foreign, 0, 102), state.Ip.Lookup.Own);
        Assert.Equal("other", Election.HolderName(state));
        Silent(state, -1.8, untilSecond: 3, alive: false);
        Assert.NotEqual(Role.Master, state.Role);
        // It comes back, under another name.
        Take(state, new Input.SettingsChanged(left with { Nodes = [.. left.Nodes, new Node("n9", 102, 100)] }), 4);
        Assert.Equal("n9", Election.HolderName(state));
    }

    [Fact]
    public void Without_the_guard_a_superseded_node_waits_no_longer_than_the_rule_says()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(101, 10), 10.1);
        Take(state, Read(102, 11), 11.1);
        Assert.NotEqual(0u, state.Ip.Supersession.By);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 12);
        Take(state, new Input.Deadline(), 12 + 599);
        Assert.NotEqual(0u, state.Ip.Supersession.By);
        Take(state, new Input.Deadline(), 12 + 600);
        Assert.Equal(0u, state.Ip.Supersession.By);
    }

    [Fact]
    public void Any_order_of_reloads_and_of_anything_else_is_survived()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var state = Grow(holder: random.Next(101, 104), fit: true);
            var second = 0.0;
            for (var i = 0; i < 200; i++)
            {
                second += random.NextDouble();
                Step(state, Any(random, state, second), second);
                Assert.True(state.Peers.Count == state.Settings.Nodes.Length && state.Fitness.Checks.Count == state.Settings.Checks.Length, $"seed {seed}");
                Election.BuildAdvert(state, Then + TimeSpan.FromSeconds(second));
                Election.HolderName(state);
            }
        }
    }

    private static Input Any(Random random, ElectionState state, double second) => random.Next(8) switch
    {
        0 => new Input.SettingsChanged(AnySettings(random, state.Settings), random.Next(2) == 0),
        1 => Read(random.Next(6) == 0 ? null : random.Next(101, 107), second - 0.01),
        2 => new Input.GuardAnswered(random.Next(3) == 0, "?"),
        3 => new Input.AdvertRejected(random.Next(-1, 6), Rejection.BadMac, "?"),
        4 => new Input.CheckChanged(random.Next(-1, 5), random.Next(3) > 0, "?"),
        5 when random.Next(1, Math.Max(2, state.Settings.Nodes.Length)) is var peer && peer < state.Settings.Nodes.Length && peer != state.Settings.Me =>
            new Input.AdvertHeard(peer, Make(state, random.Next(3) == 0 ? Role.Master : Role.Backup, state.Term, peer)),
        6 => new Input.MetadataRead((Witness)random.Next(3), "?"),
        _ => new Input.Deadline(),
    };

    private static ClusterSettings AnySettings(Random random, ClusterSettings now)
    {
        Node[] all = [.. Enumerable.Range(1, 6).Select(n => new Node($"n{n}", 100 + n, 160 - (10 * n)))];
        Node[] nodes = [.. all.Where(n => n.Name == "n1" || random.Next(2) == 0).OrderBy(_ => random.Next())];
        CheckWeight[] checks = [.. "abcd".Where(_ => random.Next(2) == 0).Select(c => new CheckWeight($"{c}", random.Next(-1, 2)))];
        return now with { Nodes = [.. nodes], Me = Array.FindIndex(nodes, n => n.Name == "n1"), Checks = [.. checks], Guard = random.Next(2) == 0 };
    }

    /// <summary>The master says nothing; the third node does, and the cloud says that the IP is where it was.</summary>
    private static void Silent(ElectionState state, double from, double untilSecond, bool alive)
    {
        var third = state.Settings.Nodes.Length - 1;
        for (var second = from; second < untilSecond; second += 0.1)
        {
            Hear(state, third, Role.Backup, second);
            Take(state, Read(102, second), second + 0.01);
            Take(state, new Input.GuardAnswered(alive, "timeout"), second + 0.02);
        }
    }
}
