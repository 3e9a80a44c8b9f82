using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>The master is silent: what the cloud says of the holder, what the guard says of the service, and when this node takes over (rule E6).</summary>
public sealed class SilenceTests
{
    private const double D = 3.4140625; // D of priority 150, with T of 1 s

    [Theory]
    [InlineData(null)]
    [InlineData(101L)]
    public void E6_nobody_or_this_node_has_the_address_so_it_takes_over_at_D(long? holder)
    {
        var state = Silent();
        Take(state, Read(holder, 2), 2.1);
        Assert.Equal(D, TakesOver(state, 2.2, 6), 3);
        Assert.Equal(new Cause.MasterSilent("n2", false), state.Ip.Claim.MoveCause);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void E6_an_address_at_a_foreign_server_is_taken_only_when_it_is_to_be_reclaimed(bool reclaims, bool takesOver)
    {
        var state = Silent();
        state.Apply(state.Settings with { ReclaimForeign = reclaims }, TimeSpan.Zero);
        Take(state, Read(999, 2), 2.1);
        Assert.Equal(takesOver, TakesOver(state, 2.2, 6) < 6);
    }

    /// <summary>The answer has to be of this silence, and not older than 5 s.</summary>
    [Theory]
    [InlineData(1.499, 3.5, false)]
    [InlineData(1.5, 3.5, true)]
    [InlineData(1.6, 6.6, true)]
    [InlineData(1.6, 6.601, false)]
    public void E6_what_the_cloud_says_counts_from_the_suspicion_on_and_for_5_s(double asked, double decides, bool takesOver)
    {
        var state = Silent();
        Take(state, Read(null, asked), asked + 0.1);
        Take(state, new Input.Deadline(), decides);
        Assert.Equal(takesOver ? Role.Master : Role.Backup, state.Role);
    }

    /// <summary>Not the master has the address but n3, which was heard within D: it serves, and the guard need not be asked.</summary>
    [Fact]
    public void E6_a_holder_that_was_heard_within_D_and_was_not_master_needs_no_guard()
    {
        var state = Silent();
        Hear(state, 2, Role.Backup, 1.5);
        Take(state, Read(103, 3.3), 3.35);
        Take(state, new Input.Deadline(), D + 0.001);
        Take(state, new Input.Deadline(), D + 0.6);
        Assert.Equal(Role.Master, state.Role);
    }

    [Fact]
    public void E6_a_holder_that_has_just_started_is_waited_for()
    {
        var state = Silent();
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Starting, 3, 2)), 3.2);
        Take(state, Read(103, 3.3), 3.35);
        Assert.Equal(6, TakesOver(state, D, 6));
    }

    /// <summary>Two failed probes of a guard that has worked: at once. A failed one and none: not before the second. One that answers: never.</summary>
    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void E6_two_probes_of_a_proven_guard_shorten_D(int failures, bool takesOver)
    {
        var state = Silent();
        Take(state, Read(102, 1.55), 1.6);
        for (var i = 0; i < failures; i++)
        {
            Take(state, new Input.GuardAnswered(false, "timeout"), 1.7 + i * 0.3);
            Take(state, new Input.Deadline(), 1.8 + i * 0.3);
        }
        Assert.Equal(takesOver, state.Role == Role.Master);
        if (takesOver)
            Assert.Equal((new Cause.MasterSilent("n2", true), At(2)), (state.Ip.Claim.MoveCause, state.Peers[1].DoubtedAt));
    }

    [Fact]
    public void E6_without_a_guard_the_silent_holder_is_replaced_at_D()
    {
        var state = Silent();
        state.Apply(state.Settings with { Guard = false }, TimeSpan.Zero);
        Take(state, Read(102, 2), 2.1);
        Assert.Equal(D, TakesOver(state, 2.2, 6), 3);
    }

    /// <summary>Adverts that arrive and do not count are no silence: people are told why they do not.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(Rejection.BadMac)]
    public void E6_a_service_that_answers_while_its_master_is_silent_is_told_at_D_once(Rejection? refused)
    {
        var state = Silent();
        Take(state, Read(102, 1.9), 2);
        if (refused is { } reason)
            Take(state, new Input.AdvertRejected(1, reason, "key 1"), 2.05);
        Assert.DoesNotContain(Announced(state, new Input.GuardAnswered(true, "200"), 2.1), e => e.Kind == EventKind.ServiceAliveMasterSilent);
        var told = new List<(double Second, Event Event)>();
        foreach (var second in (double[])[3.4, D, 3.6, 3.7])
            told.AddRange(Announced(state, new Input.Deadline(), second).Where(e => e.Kind == EventKind.ServiceAliveMasterSilent).Select(e => (second, e)));
        Assert.Equal((D, new Event(EventKind.ServiceAliveMasterSilent, Severity.Critical) { Term = 3, Node = "n1", Peer = "n2", Holder = "n2", Detail = "200", Rejection = refused }), Assert.Single(told));
        Assert.Equal(Role.Backup, state.Role);
    }

    /// <summary>No master was heard since the start: the one that has the address is named.</summary>
    [Fact]
    public void E6_with_no_master_known_the_holder_is_the_one_that_is_silent()
    {
        var state = Start(holder: 103);
        var told = new List<Event>();
        for (var second = -0.5; second < 9; second += 0.5)
        {
            told.AddRange(Announced(state, Read(103, second - 0.1), second));
            told.AddRange(Announced(state, new Input.GuardAnswered(true, "200"), second + 0.1));
        }
        Assert.Equal("n3", told.Single(e => e.Kind == EventKind.ServiceAliveMasterSilent).Peer);
        // People hear of the end as well.
        Assert.Contains(Announced(state, new Input.AdvertHeard(2, Make(state, Role.Backup, 3, 2)), 9.1), e => e is { Kind: EventKind.PeerHeard, Peer: "n3", Alert: true });
    }

    [Fact]
    public void E12_a_restart_hold_is_waited_for_and_ends_with_it()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, 3) with { Hold = TimeSpan.FromSeconds(8) }), 0);
        for (var second = 1.0; second < 8; second++)
            Take(state, Read(null, second), second + 0.1);
        Take(state, new Input.Deadline(), 7.999);
        Assert.Equal(Role.Backup, state.Role);
        Take(state, new Input.Deadline(), 8);
        Assert.Equal(Role.Master, state.Role);
    }

    /// <summary>n3 ranks before this node, so a turn of T/2 begins at D. The master is heard within it; the turn of the next silence is a whole one again.</summary>
    [Fact]
    public void E6_a_turn_ends_when_the_silence_does()
    {
        var state = Silent();
        void HearBetter(double second) => Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, 3, 2) with { EffectivePriority = 200 }), second);
        HearBetter(1.5);
        Take(state, Read(null, 2), 2.1);
        HearBetter(3.3);
        Take(state, new Input.Deadline(), D);
        Take(state, new Input.Deadline(), D + 0.4);
        Assert.Equal(Role.Backup, state.Role);
        Hear(state, 1, Role.Master, D + 0.45);
        foreach (var second in (double[])[4.5, 5.5, 6.5])
            HearBetter(second);
        Take(state, Read(null, 6.6), 6.7);
        Assert.Equal(D + 0.45 + D + 0.5, TakesOver(state, 7, 9), 3);
    }

    /// <summary>n2 was master, was heard last at 0, and is silent since; n3 is not heard any more at D.</summary>
    private static ElectionState Silent()
    {
        var state = Grow(holder: 102, fit: true);
        Hear(state, 1, Role.Master, 0);
        return state;
    }

    /// <summary>At which of its own deadlines the node becomes master; <paramref name="until"/> when at none.</summary>
    private static double TakesOver(ElectionState state, double from, double until)
    {
        for (var second = from; second < until; second = (state.NextDeadline - Then).TotalSeconds)
        {
            Take(state, new Input.Deadline(), second);
            if (state.Role == Role.Master)
                return second;
        }
        return until;
    }
}
