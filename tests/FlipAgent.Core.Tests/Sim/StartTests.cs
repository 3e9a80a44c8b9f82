using System.Collections.Immutable;
using FlipAgent.Sim;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A start listens before it speaks, and goes on where the last run stopped only when nothing speaks against it (rule E11).</summary>
public sealed class StartTests
{
    private static readonly Plan s_plan = new() { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true };

    [Fact]
    public void F04_a_run_that_ended_a_moment_ago_goes_on_in_its_term_when_the_address_is_here()
    {
        var state = Resuming();
        var told = Announced(state, Read(101, 0.1), 0.2);
        Assert.Equal((Role.Master, 7U), (state.Role, state.Term));
        Assert.Contains(told, e => e is { Kind: EventKind.Resumed, Severity: Severity.Warning, Term: 7 });
        state = Resuming();
        Take(state, new Input.MetadataRead(Witness.Here, ""), 0.2);
        Assert.Equal((Role.Master, 7U), (state.Role, state.Term));
    }

    [Fact]
    public void F04_it_does_not_when_the_address_is_elsewhere_or_somebody_is_master_or_it_is_unfit()
    {
        Never(s => Take(s, Read(102, 0.1), 0.15));
        Never(s => Take(s, Read(null, 0.1), 0.15));
        Never(s => Take(s, new Input.AdvertHeard(1, Make(s, Role.Backup, 8)), 0.15));
        Never(s => Take(s, new Input.AdvertHeard(1, Make(s, Role.Master, 7)), 0.15));
        Never(s => Take(s, new Input.CheckChanged(0, false, "down"), 0.15));

        static void Never(Action<ElectionState> first)
        {
            var state = Resuming();
            first(state);
            Take(state, Read(101, 0.2), 0.25);
            Take(state, new Input.MetadataRead(Witness.Here, ""), 0.3);
            Assert.NotEqual(Role.Master, state.Role);
        }
    }

    [Theory]
    [InlineData(3413, 0, true, true)]
    [InlineData(3415, 0, true, false)] // D of priority 150
    [InlineData(9999, 10, true, true)] // within the hold that it asked for
    [InlineData(10000, 10, true, false)]
    [InlineData(1000, 10, false, false)] // another boot
    public void F04_F14_it_must_be_of_the_same_boot_and_younger_than_D_or_its_hold(int age, int hold, bool sameBoot, bool resumes)
    {
        var state = Resuming(TimeSpan.FromMilliseconds(age), TimeSpan.FromSeconds(hold), sameBoot);
        if (!resumes)
        {
            Take(state, new Input.CheckChanged(0, true, "up"), 0.1);
            Take(state, new Input.CheckChanged(1, true, "up"), 0.1);
        }

        Take(state, Read(101, 0.1), 0.2);
        Assert.Equal(resumes, state.Role == Role.Master);
        Assert.Equal(7U, state.Term);
    }

    [Fact]
    public void F13_a_start_listens_for_D_and_up_to_10_s_while_a_check_or_a_peer_has_not_answered()
    {
        Assert.Equal(3.4141, Ends(_ => { }, answered: true), 3);
        // It looks again four times in T.
        Assert.InRange(Ends(_ => { }, answered: false), 10, 10.25);
        Assert.InRange(Ends(s => Take(s, Uncounted(s), 3), answered: true, again: s => Take(s, Uncounted(s), 8)), 10, 10.25);

        static Input.AdvertHeard Uncounted(ElectionState s) => new(1, Make(s, Role.Backup, 0) with { Peers = [] });
    }

    [Fact]
    public void F04_the_first_node_of_the_file_may_be_the_living_master_too()
    {
        var remembered = new Remembered { Term = 7, MasterTerm = 7, Role = Role.Master };
        var state = Election.Start(Pair(), new LastRun(remembered, true, TimeSpan.FromSeconds(1)), 1, Then);
        Take(state, new Input.AdvertHeard(0, Make(state, Role.Master, 7, peer: 0)), 0.1);
        Take(state, new Input.MetadataRead(Witness.Here, ""), 0.2);
        Assert.Equal((Role.Starting, 0u), (state.Role, state.Lifecycle.ResumeTerm));
    }

    [Fact]
    public void F04_going_on_is_told_and_while_the_holder_is_not_known_it_is_looked_up_until_D()
    {
        var state = Resuming();
        Take(state, new Input.Deadline(), 0.1);
        Assert.Equal((Role.Starting, 7u), (state.Role, state.Lifecycle.ResumeTerm));
        Assert.Contains(new Event(EventKind.Resumed, Severity.Warning) { Term = 7, Node = "n1", Holder = "n1", RoleTo = Role.Master }, Announced(state, Read(101, 0.2), 0.3));
        Assert.Equal(0u, state.Lifecycle.ResumeTerm);
    }

    [Fact]
    public void F04_it_does_not_go_on_from_D_on()
    {
        var state = Resuming();
        var down = state.Settings.MasterDown.TotalSeconds;
        Take(state, Read(101, down - 0.1), down);
        Assert.NotEqual(Role.Master, state.Role);
        state = Resuming();
        Take(state, Read(101, down - 0.1), down - 0.001);
        Assert.Equal(Role.Master, state.Role);
    }

    [Fact]
    public void E11_who_listened_and_cannot_serve_is_in_fault()
    {
        var state = Election.Start(s_plan.SettingsOf(0), null, 1, Then);
        Take(state, new Input.CheckChanged(0, false, "gone"), 0.1);
        Take(state, new Input.CheckChanged(1, true, "up"), 0.1);
        Take(state, new Input.Deadline(), 3);
        Assert.Contains(Announced(state, new Input.Deadline(), 3.5),
            e => e is { Kind: EventKind.BecameFault, Severity: Severity.Warning, RoleFrom: Role.Starting, Cause: Cause.CheckDown { Check: "haproxy" } });
        var fit = Election.Start(s_plan.SettingsOf(0), null, 1, Then);
        Take(fit, new Input.CheckChanged(0, true, "up"), 0.1);
        Take(fit, new Input.CheckChanged(1, true, "up"), 0.1);
        Assert.Contains(Announced(fit, new Input.Deadline(), 3.5), e => e is { Kind: EventKind.BecameBackup, Severity: Severity.Info, RoleFrom: Role.Starting, Cause: Cause.Listened });
    }

    /// <summary>What the last run said of the checks counts while the node may go on as master, and no longer.</summary>
    [Fact]
    public void E11_the_verdicts_of_the_last_run_are_forgotten_after_listening()
    {
        var state = Resuming();
        Assert.True(state.Fitness.Checks[0].Remembered);
        for (var second = 0.5; second < 11; second += 0.25)
            Take(state, new Input.Deadline(), second);
        Assert.Equal((Role.Fault, null), (state.Role, state.Fitness.Checks[0].Up));
    }

    /// <summary>When it is no longer starting.</summary>
    private static double Ends(Action<ElectionState> first, bool answered, Action<ElectionState>? again = null)
    {
        var state = Election.Start(s_plan.SettingsOf(0), null, 1, Then);
        if (answered)
        {
            Take(state, new Input.CheckChanged(0, true, "up"), 0.1);
            Take(state, new Input.CheckChanged(1, true, "up"), 0.1);
        }

        first(state);
        for (var now = 3.1; now < 20; now = (state.NextDeadline - Then).TotalSeconds)
        {
            Take(state, new Input.Deadline(), now);
            if (state.Role != Role.Starting)
                return now;
            if (now > 6)
                again?.Invoke(state);
            again = now > 6 ? null : again;
        }

        throw new InvalidOperationException("still starting");
    }

    private static ElectionState Resuming(TimeSpan? age = null, TimeSpan hold = default, bool sameBoot = true)
    {
        var remembered = new Remembered
        {
            Term = 7,
            MasterTerm = 7,
            Role = Role.Master,
            Session = 3,
            Hold = hold,
            Verdicts = new Dictionary<string, bool> { ["haproxy"] = true, ["site"] = true }.ToImmutableDictionary(),
        };
        return Election.Start(s_plan.SettingsOf(0), new LastRun(remembered, sameBoot, age ?? TimeSpan.FromSeconds(1)), 1, Then);
    }
}
