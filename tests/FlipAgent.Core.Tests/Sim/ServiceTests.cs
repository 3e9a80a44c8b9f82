using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Are clients served (rule S1): who can tell, what they come to, and what people are told.</summary>
public sealed class ServiceTests
{
    private static readonly TimeSpan s_quarter = TimeSpan.FromMilliseconds(250);

    [Theory]
    [InlineData(true, 4.9, true)]
    [InlineData(true, 5.0, false)]
    [InlineData(false, 0.1, false)]
    public void A_witness_has_seen_the_service_in_this_run_and_looked_within_5_s(bool proven, double age, bool canTell) =>
        Assert.Equal(canTell, Seen(Sight.Refused, proven, age, s_quarter).CanTell(Then));

    [Theory]
    [InlineData(2, 5.9, true)]
    [InlineData(2, 6.0, false)]
    [InlineData(5, 9.9, true)]
    [InlineData(5, 10.0, false)]
    public void One_that_looks_seldom_is_believed_for_three_periods_and_10_s_at_most(int period, double age, bool canTell) =>
        Assert.Equal(canTell, Seen(Sight.Answers, true, age, TimeSpan.FromSeconds(period)).CanTell(Then));

    [Theory]
    [InlineData(Sight.Off)]
    [InlineData(Sight.Blind)]
    [InlineData(Sight.Unasked)]
    public void What_is_no_result_tells_nothing(Sight sight) => Assert.False(Seen(sight, true, 0.1, s_quarter).CanTell(Then));

    [Fact]
    public void It_answers_when_anybody_who_can_tell_sees_it_and_is_dead_when_nobody_does_for_5_s()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.Equal((Role.Master, ClaimState.Held), (state.Role, state.Ip.Claim.State));
        Live(state, 0.1, 6, 101, own: Sight.Answers, peer: Sight.TimedOut);
        Assert.Equal((ServiceVerdict.Answers, 2), Verdict(state, 6));
        Live(state, 6, 12, 101, own: Sight.Refused, peer: Sight.Answers);
        Assert.Equal((ServiceVerdict.Answers, 2), Verdict(state, 12));
        Live(state, 12, 14, 101, own: Sight.Refused, peer: Sight.TimedOut);
        Assert.Equal((ServiceVerdict.Failing, 2), Verdict(state, 14));
        Live(state, 14, 20, 101, own: Sight.Refused, peer: Sight.TimedOut);
        Assert.Equal((ServiceVerdict.Dead, 2), Verdict(state, 20));
    }

    [Fact]
    public void What_was_seen_before_the_address_came_here_says_nothing_of_this_node()
    {
        var state = Grow(holder: 102, fit: true);
        Peer(state, 1, Sight.Answers, 0);
        Assert.Equal(ServiceVerdict.Answers, Verdict(state, 0.1).Verdict);
        Take(state, Read(103, 0.2), 0.3);
        Assert.Equal((ServiceVerdict.Early, 0), Verdict(state, 0.4));
    }

    /// <summary>The master says so once, and that it is over; a backup says nothing.</summary>
    [Theory]
    [InlineData(101, 1)]
    [InlineData(102, 0)]
    public void The_master_tells_once_that_nobody_is_served(long holder, int expected)
    {
        var state = Grow(holder, fit: true);
        var told = Live(state, 0.1, 15, holder, own: Sight.Refused, peer: Sight.Refused).Concat(Live(state, 15, 22, holder, own: Sight.Answers, peer: Sight.Answers)).Select(t => t.Event).ToArray();
        Assert.Equal(expected, told.Count(e => e is { Kind: EventKind.ServiceDead, Severity: Severity.Critical, Count: 2 }));
        Assert.Equal(expected, told.Count(e => e is { Kind: EventKind.ServiceAnswers, Severity: Severity.Info, Alert: true, Duration.TotalSeconds: > 13 and < 16 }));
        Assert.DoesNotContain(told, e => e.Kind == EventKind.ServiceNeverSeen);
    }

    /// <summary>No node is fit, as in maintenance on all of them: the one that has the address says what becomes of the clients, and only when it takes longer than a failover.</summary>
    [Theory]
    [InlineData(101, 1)]
    [InlineData(102, 0)]
    public void While_nobody_is_in_charge_one_node_tells_that_nobody_is_served_and_that_it_is_over(long holder, int expected)
    {
        var state = Grow(holder, fit: holder == 101);
        Take(state, new Input.CheckChanged(1, false, "down"), 0.1);
        var served = Live(state, 0.2, 20, holder, own: Sight.Answers, peer: Sight.Answers, role: Role.Fault);
        Assert.NotEqual(Role.Master, state.Role);
        Assert.DoesNotContain(served, t => t.Event.Kind is EventKind.ServiceDead);
        var dead = Live(state, 20, 60, holder, own: Sight.Refused, peer: Sight.Refused, role: Role.Fault).Where(t => t.Event.Kind == EventKind.ServiceDead).ToArray();
        Assert.Equal(expected, dead.Count(t => t.At is > 44 and < 47 && t.Event is { Holder: "n1", Severity: Severity.Critical, Duration.TotalSeconds: > 24 and < 27 }));
        Assert.Equal(expected, dead.Length);
        var over = Live(state, 60, 62, holder, own: Sight.Answers, peer: Sight.Answers, role: Role.Fault);
        Assert.Equal(expected, over.Count(t => t.Event is { Kind: EventKind.ServiceAnswers, Holder: "n1", Alert: true }));
    }

    /// <summary>The agent is restarted in the outage that it told of: nobody is told of it once more, and all hear of its end.</summary>
    [Fact]
    public void What_the_run_before_has_told_is_not_told_again()
    {
        var state = Grow(101, fit: true);
        Live(state, 0.1, 3, 101, own: Sight.Refused, peer: Sight.Refused);
        state.Open.Take(new Event(EventKind.ServiceDead, Severity.Critical));
        var told = Live(state, 3, 15, 101, own: Sight.Refused, peer: Sight.Refused).Concat(Live(state, 15, 22, 101, own: Sight.Answers, peer: Sight.Answers)).Select(t => t.Event.Kind).ToArray();
        Assert.DoesNotContain(EventKind.ServiceDead, told);
        Assert.Single(told, EventKind.ServiceAnswers);
    }

    /// <summary>A master that claimed in vain has told of the outage. Between its end and the next master nobody is in charge for a moment: no reason to tell it once more.</summary>
    [Theory]
    [InlineData(4, 0)]
    [InlineData(8, 1)]
    public void Who_comes_to_speak_in_the_middle_of_an_outage_tells_of_it_when_it_lasts(int seconds, int expected)
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.CheckChanged(1, false, "down"), 0.1);
        Live(state, 0.2, 20, 101, own: Sight.Answers, peer: Sight.Answers, role: Role.Master);
        var told = Live(state, 20, 60, 101, own: Sight.Refused, peer: Sight.Refused, role: Role.Master)
            .Concat(Live(state, 60, 60 + seconds, 101, own: Sight.Refused, peer: Sight.Refused, role: Role.Fault, since: 20))
            .Concat(Live(state, 60 + seconds, 64 + seconds, 101, own: Sight.Answers, peer: Sight.Answers, role: Role.Fault)).ToArray();
        Assert.Equal(expected, told.Count(t => t.Event.Kind == EventKind.ServiceDead && t.At > 64.5));
        Assert.Equal(2 * expected, told.Count(t => t.Event.Kind is EventKind.ServiceDead or EventKind.ServiceAnswers));
    }

    /// <summary>The guard is turned off on all nodes during an outage: its end will not be seen, and people who wait for it must know.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Who_told_that_nobody_is_served_tells_that_nobody_looks_any_more(bool peerLooks, int expected)
    {
        var state = Grow(holder: 101, fit: true);
        Assert.Contains(Live(state, 0.1, 15, 101, own: Sight.Refused, peer: Sight.Refused), t => t.Event.Kind == EventKind.ServiceDead);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 15);
        var told = Live(state, 15.1, 25, 101, own: Sight.Off, peer: peerLooks ? Sight.Refused : Sight.Off);
        Assert.Equal(expected, told.Count(t => t.Event is { Kind: EventKind.ServiceUnwatched, Alert: true, Severity: Severity.Info, Holder: "n1" }));
        told = Live(state, 25, 32, 101, own: Sight.Off, peer: Sight.Answers);
        Assert.Equal(1 - expected, told.Count(t => t.Event.Kind == EventKind.ServiceAnswers));
    }

    /// <summary>Its guard may be on: it may see the end, and be heard again.</summary>
    [Fact]
    public void A_node_that_saw_the_outage_and_is_not_heard_any_more_is_none_whose_guard_is_off()
    {
        var state = Grow(holder: 101, fit: true);
        Assert.Contains(Live(state, 0.1, 15, 101, own: Sight.Refused, peer: Sight.Refused), t => t.Event.Kind == EventKind.ServiceDead);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 15);
        for (var second = 15.25; second < 40; second += 0.25)
            Assert.DoesNotContain(Step(state, new Input.Deadline(), second), effect => effect is Effect.Announce { Event.Kind: EventKind.ServiceUnwatched });
        var told = Live(state, 40, 50, 101, own: Sight.Off, peer: Sight.Answers);
        Assert.Equal(1, told.Count(t => t.Event.Kind == EventKind.ServiceAnswers));
        Assert.DoesNotContain(told, t => t.Event.Kind == EventKind.ServiceDead);
    }

    /// <summary>A master that does not get the address: as long as a failover may take nothing is said of the clients.</summary>
    [Fact]
    public void A_master_that_does_not_get_the_address_tells_that_nobody_is_served()
    {
        var state = Grow(holder: 102, fit: true);
        Live(state, 0.1, 10, 102, own: Sight.Answers, peer: Sight.Answers);
        var told = Live(state, 10, 60, 102, own: Sight.Refused, peer: Sight.Refused, role: Role.Fault);
        Assert.Equal((Role.Master, ClaimState.Claiming), (state.Role, state.Ip.Claim.State));
        var (at, dead) = Assert.Single(told, t => t.Event.Kind == EventKind.ServiceDead);
        Assert.Equal("n2", dead.Holder);
        Assert.InRange(at, 35, 41);
    }

    /// <summary>Nothing is held against a cluster in the first 10 s; then one that no guard ever reached is warned once, and never called dead.</summary>
    [Theory]
    [InlineData(Sight.Refused, false, ServiceVerdict.NeverAnswered)]
    [InlineData(Sight.TimedOut, true, ServiceVerdict.NeverReached)]
    [InlineData(Sight.TimedOut, false, ServiceVerdict.NeverReached)]
    [InlineData(Sight.Refused, true, ServiceVerdict.NeverAnswered)]
    public void A_cluster_whose_guards_never_worked_is_warned_once(Sight peer, bool ownTimesOut, ServiceVerdict expected)
    {
        var state = Start(holder: 101);
        var told = Live(state, 0.1, 8, 101, ownTimesOut ? Sight.TimedOut : Sight.Refused, peer, proven: false);
        Assert.Equal(ServiceVerdict.Early, Verdict(state, 8).Verdict);
        told = [.. told, .. Live(state, 8, 25, 101, ownTimesOut ? Sight.TimedOut : Sight.Refused, peer, proven: false)];
        Assert.Equal((Role.Master, ClaimState.Held), (state.Role, state.Ip.Claim.State));
        Assert.Equal(expected, Verdict(state, 24.7).Verdict);
        var (at, warned) = Assert.Single(told, t => t.Event.Kind is EventKind.ServiceNeverSeen or EventKind.ServiceDead);
        Assert.Equal((EventKind.ServiceNeverSeen, Severity.Warning, expected == ServiceVerdict.NeverAnswered), (warned.Kind, warned.Severity, warned.Refused));
        Assert.InRange(at, 8.5, 12);
    }

    [Fact]
    public void Without_a_guard_nothing_is_said()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        for (var second = 0.5; second < 15; second += 1)
            Hear(state, 1, Role.Backup, second);
        Assert.Equal(ServiceVerdict.Off, Verdict(state, 15).Verdict);
    }

    [Fact]
    public void A_witness_that_fell_silent_leaves_nobody_to_tell()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        Peer(state, 1, Sight.Answers, 0.1);
        Assert.Equal(ServiceVerdict.Answers, Verdict(state, 3).Verdict);
        Hear(state, 1, Role.Master, 5.2);
        Assert.Equal(ServiceVerdict.Off, Verdict(state, 5.3).Verdict);
        Peer(state, 1, Sight.Answers, 5.4, age: 6);
        Assert.Equal(ServiceVerdict.NobodyTells, Verdict(state, 5.5).Verdict);
    }

    /// <summary>n2 has the address, n3 is another backup; this node has no guard. Nobody has ever seen the service but where it says so, and what is older than 5 s says nothing.</summary>
    [Theory]
    [InlineData(Sight.Refused, 0.05, false, Sight.TimedOut, 0.05, ServiceVerdict.NeverReached)]
    [InlineData(Sight.TimedOut, 0.05, false, Sight.Refused, 0.05, ServiceVerdict.NeverAnswered)]
    [InlineData(Sight.Refused, 6, true, Sight.Refused, 0.05, ServiceVerdict.NobodyTells)]
    [InlineData(Sight.Refused, 6, false, Sight.Refused, 6, ServiceVerdict.NobodyTells)]
    public void What_guards_say_that_never_saw_it(Sight two, double ageOfTwo, bool proven, Sight three, double ageOfThree, ServiceVerdict expected)
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        Says(1, two, ageOfTwo, proven);
        Says(2, three, ageOfThree, false);
        Assert.Equal(expected, Verdict(state, 0.5).Verdict);

        void Says(int peer, Sight sight, double age, bool saw) => Take(state, new Input.AdvertHeard(peer, Make(state, peer == 1 ? Role.Master : Role.Backup, state.Term, peer) with
        {
            Service = new ServiceReport(sight, saw, s_quarter, TimeSpan.FromSeconds(age), null, null),
        }), 0.4);
    }

    [Fact]
    public void A_service_is_dead_when_it_has_failed_for_the_whole_time_and_nothing_is_held_against_a_start_until_its_whole_time_is_over()
    {
        var (state, tick) = (Grow(holder: 102, fit: true), TimeSpan.FromTicks(1));
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, state.Term, 2) with
        {
            Service = new ServiceReport(Sight.Refused, true, s_quarter, TimeSpan.Zero, ServiceState.DeadAfter - s_quarter, TimeSpan.FromSeconds(60)),
        }), 0.5);
        var dead = Then + TimeSpan.FromSeconds(0.5) + s_quarter;
        Assert.Equal(ServiceVerdict.Failing, Election.Service(state, dead - tick).Verdict);
        Assert.Equal(ServiceVerdict.Dead, Election.Service(state, dead).Verdict);

        var fresh = Start(holder: 102);
        var settled = fresh.Lifecycle.StartedAt + TimeSpan.FromSeconds(10);
        Assert.Equal(ServiceVerdict.Early, Election.Service(fresh, settled - tick).Verdict);
        Assert.NotEqual(ServiceVerdict.Early, Election.Service(fresh, settled).Verdict);
    }

    [Fact]
    public void Guards_that_have_not_looked_lately_and_never_saw_anything_tell_nothing()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, state.Term) with
        {
            Service = new ServiceReport(Sight.Refused, Proven: false, s_quarter, TimeSpan.FromSeconds(6), null, null),
        }), 0.4);
        Assert.Equal(ServiceVerdict.NobodyTells, Verdict(state, 0.5).Verdict);
    }

    /// <summary>The first backup in rank asks each T/4, the others each 5 s, and each second while they see nothing.</summary>
    [Theory]
    [InlineData(102, 0.25)]
    [InlineData(101, 5)]
    public void The_guard_asks_all_the_time(long holder, double pace)
    {
        var state = Grow(holder, fit: true);
        var asked = new List<double>();
        for (var second = 0.0; second < 16; second = Math.Round(second + 0.05, 2))
        {
            if (Math.Abs(second % 1) < 0.01)
            {
                Take(state, Read(holder, second), second);
                Hear(state, 1, holder == 102 ? Role.Master : Role.Backup, second);
            }
            foreach (var effect in Step(state, new Input.Deadline(), second))
                if (effect is Effect.ProbeGuard)
                {
                    asked.Add(second);
                    Take(state, new Input.GuardAnswered(true, "200"), second);
                }
        }
        for (var i = 2; i < asked.Count; i++)
            Assert.InRange(asked[i] - asked[i - 1], pace - 0.06, pace + 0.06);
        Assert.InRange(asked.Count, 3, 80);
    }

    [Fact]
    public void Each_advert_carries_what_the_guard_saw()
    {
        var state = Grow(holder: 102, fit: true);
        var own = Election.BuildAdvert(state, Then).Service!;
        Assert.Equal((Sight.Answers, true, s_quarter, null), (own.Sight, own.Proven, own.Period, own.FailingFor));
        Take(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 0.1);
        Assert.Null(Election.BuildAdvert(state, Then).Service);
    }

    private static Sighting Seen(Sight sight, bool proven, double age, TimeSpan period) =>
        new(sight, proven, period, Then - TimeSpan.FromSeconds(age), Moment.Never, Moment.Never);

    private static (ServiceVerdict Verdict, int Witnesses) Verdict(ElectionState state, double second)
    {
        var service = Election.Service(state, Then + TimeSpan.FromSeconds(second));
        return (service.Verdict, service.Witnesses);
    }

    /// <summary>Time goes by: the cloud answers, the own guard and that of n2 see this, n3 has none. What is announced, and when.</summary>
    private static List<(double At, Event Event)> Live(ElectionState state, double from, double to, long holder, Sight own, Sight peer, bool proven = true, Role? role = null, double? since = null)
    {
        var told = new List<(double, Event)>();
        for (var second = from; second < to - 0.01; second = Math.Round(second + 0.25, 2))
        {
            var open = new Queue<Effect>();
            void Do(Input input) => Step(state, input, second).ForEach(open.Enqueue);
            TimeSpan? failing = peer == Sight.Answers ? null : TimeSpan.FromSeconds(second - (since ?? from) + 0.05);
            Do(new Input.AdvertHeard(1, Make(state, role ?? (holder == 102 ? Role.Master : Role.Backup), Math.Max(state.Term, 3)) with
            {
                Service = new ServiceReport(peer, proven, s_quarter, TimeSpan.FromSeconds(0.05), failing, null),
            }));
            Do(new Input.Deadline());
            while (open.TryDequeue(out var effect))
                if (effect is Effect.ReadHolder)
                    Do(Read(holder, second));
                else if (effect is Effect.ProbeGuard)
                    Do(new Input.GuardAnswered(own == Sight.Answers, "-") { TimedOut = own == Sight.TimedOut });
                else if (effect is Effect.Announce announce)
                    told.Add((second, announce.Event));
        }
        return told;
    }

    private static void Peer(ElectionState state, int peer, Sight sight, double second, double age = 0.05) =>
        Take(state, new Input.AdvertHeard(peer, Make(state, state.Role != Role.Master && peer == 1 ? Role.Master : Role.Backup, Math.Max(state.Term, 3), peer) with
        {
            Service = new ServiceReport(sight, true, s_quarter, TimeSpan.FromSeconds(age), null, TimeSpan.FromSeconds(age)),
        }), second);
}
