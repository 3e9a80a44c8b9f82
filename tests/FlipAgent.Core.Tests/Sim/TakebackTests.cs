using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A move that did not help is taken back (rule C10): when, to whom, once, and what it costs the node that was left.</summary>
public sealed class TakebackTests
{
    /// <summary>What differs from the case in which a move is taken back: n2 released to n1 and stays fit, both had seen the service there, and nobody sees it here.</summary>
    private sealed record Case
    {
        public bool FormerFit { get; init; } = true;
        public bool FormerSawIt { get; init; } = true;
        public bool FormerCanTell { get; init; } = true;
        public bool SeenHere { get; init; }
        public bool OwnSeen { get; init; }
        /// <summary>The former holder sees it here right after the move, when packets may still go elsewhere, and looks again after 8 s.</summary>
        public bool FormerLooksSeldom { get; init; }
        public bool TakesBackItself { get; init; }
        public bool ByPerson { get; init; }
        /// <summary>n3, when it asks as well: how long after the move it begins to see nothing here, and whether it had seen the service at n2. Until then it says nothing.</summary>
        public (double FailsAfter, bool Saw)? Third { get; init; }
        /// <summary>n2 had no way to an address that leads back to it: it never saw itself serve.</summary>
        public bool FormerBlindToItself { get; init; }
        public bool GuardOff { get; init; }
        public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(5);
    }

    [Fact]
    public void A_move_that_did_not_help_goes_back_to_the_node_where_the_service_was_seen()
    {
        var (state, told) = Move(new Case());
        var (at, e) = Assert.Single(told, t => t.Event.Kind == EventKind.TakenBack);
        Assert.Equal((Severity.Critical, "n2", "n1"), (e.Severity, e.Peer, e.Holder));
        Assert.InRange(at, 5, 7.5);
        Assert.Equal(TimeSpan.FromSeconds(5), e.Duration);
        Assert.Equal(Role.Backup, state.Role);
        var release = state.Releases.Last!;
        Assert.Equal((state.Settings.Nodes[1].Id, true, false, true), (release.Successor, release.Planned, release.AtSuccessor, release.TakenBack));
        var advert = Election.BuildAdvert(state, At(at));
        Assert.True(advert is { Demoted: true, Fit: true, Release.TakenBack: true });
    }

    [Fact]
    public void The_delay_is_a_setting() =>
        Assert.InRange(Assert.Single(Move(new Case { Delay = TimeSpan.FromSeconds(12) }).Told, t => t.Event.Kind == EventKind.TakenBack).At, 12, 14.5);

    /// <summary>Of two that see nothing the one counts that saw it fail last.</summary>
    [Theory]
    [InlineData(0.1, 5, 7.5)]
    [InlineData(3, 8, 10.5)]
    public void A_third_node_that_had_seen_it_there_is_a_witness_too(double failsAfter, double from, double until) =>
        Assert.InRange(Assert.Single(Move(new Case { Third = (failsAfter, true) }).Told, t => t.Event.Kind == EventKind.TakenBack).At, from, until);

    [Fact]
    public void What_this_node_saw_at_a_former_holder_that_cannot_see_itself_suffices() =>
        Assert.Single(Move(new Case { FormerBlindToItself = true }).Told, t => t.Event.Kind == EventKind.TakenBack);

    public static TheoryData<string> Others => ["third never saw it", "own guard off", "former unfit", "former never saw it", "former cannot tell", "seen here by the other", "seen here by its own guard", "former looks seldom", "takes back itself", "by a person"];

    [Theory]
    [MemberData(nameof(Others))]
    public void Otherwise_the_address_stays(string why)
    {
        var (state, told) = Move(why switch
        {
            "third never saw it" => new Case { Third = (0.1, false) },
            "own guard off" => new Case { GuardOff = true },
            "former unfit" => new Case { FormerFit = false },
            "former never saw it" => new Case { FormerSawIt = false },
            "former cannot tell" => new Case { FormerCanTell = false },
            "seen here by the other" => new Case { SeenHere = true },
            "seen here by its own guard" => new Case { OwnSeen = true },
            "former looks seldom" => new Case { FormerLooksSeldom = true },
            "takes back itself" => new Case { TakesBackItself = true },
            _ => new Case { ByPerson = true },
        });
        Assert.DoesNotContain(told, t => t.Event.Kind == EventKind.TakenBack);
        Assert.Equal((Role.Master, ClaimState.Held), (state.Role, state.Ip.Claim.State));
    }

    [Fact]
    public void A_move_that_took_back_another_stays_and_says_that_nobody_is_served()
    {
        var (_, told) = Move(new Case { TakesBackItself = true });
        Assert.Single(told, t => t.Event is { Kind: EventKind.ServiceDead, Severity: Severity.Critical });
    }

    /// <summary>It ranks behind a peer of any priority, its wish is not even made, and it stays the last resort.</summary>
    [Fact]
    public void The_node_that_was_left_ranks_last_for_10_minutes()
    {
        var (state, told) = Move(new Case());
        var left = told.Single(t => t.Event.Kind == EventKind.TakenBack).At;
        Assert.True(Rank.Outranks(state, 2, 0, At(left)));
        Assert.True(state.Fitness.Fit);
        Take(state, new Input.SettingsChanged(state.Settings with { Preempt = true, PreemptDelay = TimeSpan.Zero }), left + 0.1);
        Assert.False(Wants(state, left + 2));
        Assert.False(Wants(state, left + 590));
        Assert.True(Wants(state, left + 602));
    }

    [Fact]
    public void Each_time_in_a_row_it_lasts_twice_as_long_up_to_80_minutes()
    {
        var demotion = new Demotion();
        foreach (var minutes in (int[])[10, 20, 40, 80, 80])
        {
            demotion.Begin(Then);
            Assert.Equal(Then + TimeSpan.FromMinutes(minutes), demotion.Until);
        }
        Assert.True(demotion.IsOn(demotion.Until - TimeSpan.FromTicks(1)));
        Assert.False(demotion.IsOn(demotion.Until));
        demotion.End();
        Assert.False(demotion.IsOn(Then));
        demotion.Begin(Then);
        Assert.Equal(Then + TimeSpan.FromMinutes(10), demotion.Until);
    }

    /// <summary>What it was left for may be over: the service is seen there again, by anybody, at least a second after the address came.</summary>
    [Fact]
    public void The_node_that_was_left_is_forgiven_when_the_service_is_seen_there()
    {
        var (state, told) = Move(new Case());
        var at = told.Single(t => t.Event.Kind == EventKind.TakenBack).At + 1;
        Input.AdvertHeard Sees(double second, double before, Role role) => new(1, Make(state, role, state.Term) with
        {
            Service = new ServiceReport(Sight.Answers, true, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(before), null, TimeSpan.FromSeconds(before)),
        });
        // The former holder is master again and sees it at itself, which says nothing of this node.
        Take(state, Read(102, at), at);
        Take(state, Sees(at, 0.1, Role.Master), at + 0.1);
        Assert.True(state.Demotion.IsOn(At(at)));
        // It fails for good and the address comes here again.
        var effects = Step(state, Advert(state, Role.Fault, 1, new Release(state.Term + 1, state.Settings.Self.Id, Planned: false, AtSuccessor: false, "stopped", 0)), at + 0.2);
        Assert.Contains(effects, e => e is Effect.Assign);
        Take(state, new Input.AssignAnswered(state.Term, At(at + 0.2), ApiStatus.Ok, true, false, 7, ActionStatus.Completed, null, ""), at + 0.3);
        Take(state, Read(101, at + 0.35), at + 0.4);
        Assert.True(state.Ip.Claim.IsHeld);
        // Right after the move it may still have been the other one that answered.
        Take(state, Sees(at + 1, 0.05, Role.Fault), at + 1);
        Take(state, new Input.Deadline(), at + 1.1);
        Assert.True(state.Demotion.IsOn(At(at + 1.1)));
        // Seen a second after it came, to the tick.
        var now = state.Ip.Claim.HeldSince + TimeSpan.FromSeconds(1.05);
        Election.Step(state, Sees(0, 0.05, Role.Fault), now, []);
        Assert.False(state.Demotion.IsOn(now));
    }

    [Fact]
    public void A_wish_of_a_node_that_was_left_is_not_granted()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { Preempt = true }), 0);
        Input.AdvertHeard Asks(bool demoted) => new(1, Make(state, Role.Backup, state.Term) with { WantsToPreempt = true, EffectivePriority = 200, Demoted = demoted });
        Take(state, Asks(demoted: true), 0.1);
        Assert.Equal(Role.Master, state.Role);
        Take(state, Asks(demoted: false), 0.2);
        Assert.Equal(Role.Backup, state.Role);
    }

    private static TimeSpan At(double second) => Then + TimeSpan.FromSeconds(second);

    private static bool Wants(ElectionState state, double second)
    {
        for (var s = second - 1; s < second; s += 0.5)
        {
            Take(state, Read(102, s), s);
            Hear(state, 1, Role.Master, s);
        }
        return Election.BuildAdvert(state, At(second)).WantsToPreempt;
    }

    /// <summary>n2 hands over to n1, which gets the address and holds it from second 1 on; 20 s are lived.</summary>
    private static (ElectionState State, List<(double At, Event Event)> Told) Move(Case c)
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, new Input.SettingsChanged(state.Settings with { TakebackDelay = c.Delay, Guard = !c.GuardOff }), 0);
        Take(state, Read(102, 0), 0.01);
        var told = new List<(double, Event)>();
        var (holder, heldAt) = (102L, 0.0);
        for (var second = 0.05; second < 22 && !told.Exists(t => t.Item2.Kind == EventKind.TakenBack); second = Math.Round(second + 0.25, 2))
        {
            var open = new Queue<Effect>();
            void Do(Input input) => Step(state, input, second).ForEach(open.Enqueue);
            if (second < 0.2)
                Do(c.ByPerson ? new Input.Commanded(new Command.Promote(true)) : Release(state, c));
            else
                Do(Peer(state, c, second, held: holder == 101, heldAt));
            if (c.Third is { } third)
                Do(Third(state, third.FailsAfter, third.Saw, holder == 101 ? second - heldAt : null));
            Do(new Input.Deadline());
            while (open.TryDequeue(out var effect))
            {
                switch (effect)
                {
                    case Effect.ReadHolder:
                        Do(Read(holder, second));
                        break;
                    case Effect.ProbeGuard:
                        Do(new Input.GuardAnswered(holder == 102 || (c.OwnSeen && second > heldAt + 1), "refused"));
                        break;
                    case Effect.Assign:
                        (holder, heldAt) = (101, second);
                        Do(new Input.AssignAnswered(state.Term, At(second), ApiStatus.Ok, true, false, 7, ActionStatus.Completed, null, ""));
                        break;
                    case Effect.Announce announce:
                        told.Add((second, announce.Event));
                        break;
                }
            }
        }
        Assert.Equal(101, holder);
        return (state, told);
    }

    private static Input.AdvertHeard Release(ElectionState state, Case c) =>
        Advert(state, Role.Backup, 0, new Release(state.Term, state.Settings.Self.Id, Planned: true, AtSuccessor: false, "by command", 0) { TakenBack = c.TakesBackItself });

    /// <param name="held">For how many seconds the address has been here; null: it is at n2.</param>
    private static Input.AdvertHeard Third(ElectionState state, double failsAfter, bool saw, double? held)
    {
        var ago = TimeSpan.FromSeconds(0.05);
        ServiceReport? report = held is not { } since ? new(saw ? Sight.Answers : Sight.Refused, true, TimeSpan.FromMilliseconds(250), ago, saw ? null : ago, saw ? ago : null)
            : since < failsAfter ? null
            : new(Sight.Refused, true, TimeSpan.FromMilliseconds(250), ago, TimeSpan.FromSeconds(since - failsAfter + 0.05), saw ? TimeSpan.FromSeconds(since + 0.2) : null);
        return new(2, Make(state, Role.Backup, state.Term, 2) with { Service = report });
    }

    private static Input.AdvertHeard Peer(ElectionState state, Case c, double second, bool held, double heldAt)
    {
        // The master that a person overrules grants the wish.
        var grants = c.ByPerson && !held && state.Role != Role.Master;
        if (c.FormerLooksSeldom && held && second > heldAt + 0.8)
        {
            var look = TimeSpan.FromSeconds(second - heldAt - (second < heldAt + 8.8 ? 0.75 : 8.75));
            return new(1, Make(state, Role.Backup, state.Term) with { Service = new ServiceReport(Sight.Answers, true, TimeSpan.FromSeconds(5), look, null, look) });
        }
        var seen = c.SeenHere && second > heldAt + 1.5;
        var report = !c.FormerCanTell ? null : new ServiceReport(
            !held || seen ? Sight.Answers : Sight.Refused, c.FormerSawIt, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(50),
            held && !seen ? TimeSpan.FromSeconds(second - heldAt + 0.1) : null,
            !c.FormerSawIt || c.FormerBlindToItself ? null : TimeSpan.FromSeconds(held && !seen ? second - heldAt + 0.2 : 0.05));
        var release = grants ? new Release(state.Term, state.Settings.Self.Id, Planned: true, AtSuccessor: false, "promote on n1", 0) : null;
        return new(1, Make(state, c.FormerFit ? Role.Backup : Role.Fault, state.Term) with { Service = report, Release = release });
    }
}
