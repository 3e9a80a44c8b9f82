using FlipAgent.Sim;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Cold standby (rule E14), step by step: a backup whose service is stopped on purpose.</summary>
public sealed class ColdStandbyTests
{
    [Fact]
    public void E14_a_backup_with_its_service_stopped_is_fit_and_one_that_cannot_start_it_is_not()
    {
        var state = Backup();
        Assert.True(state.Fitness.Fit);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 0.05), e => e is Effect.StartUnit or Effect.StopUnit);
        var told = Told(Step(state, new Input.UnitChanged(false, false, "masked"), 0.1));
        Assert.Contains(told, e => e is { Kind: EventKind.UnitFailed, Severity: Severity.Critical, Detail: "masked" });
        Assert.False(state.Fitness.Fit);
        Assert.Equal(Role.Fault, state.Role);
        Assert.DoesNotContain(Told(Step(state, new Input.UnitChanged(false, false, "masked"), 0.2)), e => e.Kind == EventKind.UnitFailed);
        var over = Told(Step(state, new Input.UnitChanged(true, false, "inactive"), 0.3));
        Assert.Contains(over, e => e is { Kind: EventKind.UnitFailed, Ended: true, Alert: true, Severity: Severity.Info, Subject: null });
        Assert.True(state.Fitness.Fit);
        Assert.DoesNotContain(Told(Step(state, new Input.UnitChanged(true, false, "inactive"), 0.4)), e => e.Kind == EventKind.UnitFailed);
    }

    /// <summary>An order that systemd refused: over when it takes the next, and a stop also when somebody else has stopped the unit.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void E14_a_unit_that_could_not_be_started_or_stopped_has_an_end(bool start)
    {
        var state = Backup();
        Step(state, new Input.Noticed(new Event(EventKind.UnitFailed, Severity.Critical)
        { Subject = "haproxy.service", Cause = start ? new Cause.StartFailed("access denied") : new Cause.StopFailed("access denied") }), 0.1);
        Assert.DoesNotContain(Told(Step(state, new Input.UnitChanged(true, true, "active"), 0.2)), e => e.Ended);
        var told = Told(Step(state, new Input.UnitChanged(true, false, "inactive"), 0.3));
        Assert.Equal(!start, told.Exists(e => e is { Kind: EventKind.UnitFailed, Ended: true, Alert: true, Subject: "haproxy.service" }));
        told.AddRange(Told(Step(state, new Input.Noticed(new Event(EventKind.UnitStarted, Severity.Info) { Subject = "haproxy.service" }), 0.4)));
        Assert.Single(told, e => e is { Kind: EventKind.UnitFailed, Ended: true });
    }

    [Fact]
    public void E14_a_successor_starts_its_unit_once_and_asks_for_the_address_when_the_checks_are_up()
    {
        var state = Backup();
        var effects = Step(state, Released(state), 0.1);
        Assert.Equal(Role.Master, state.Role);
        Assert.Single(effects.OfType<Effect.StartUnit>());
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        Assert.DoesNotContain(Step(state, new Input.Deadline(), 1), e => e is Effect.StartUnit or Effect.Assign);
        Assert.DoesNotContain(Step(state, new Input.UnitChanged(true, true, "active"), 1.5), e => e is Effect.StartUnit or Effect.Assign);
        Assert.DoesNotContain(Step(state, new Input.CheckChanged(0, true, "up"), 2), e => e is Effect.Assign);
        Step(state, Read(102, 2.1), 2.2);
        var up = Step(state, new Input.CheckChanged(1, true, "up"), 2.3);
        Assert.True(state.Fitness.Fit);
        Assert.Single(up.OfType<Effect.Assign>());
    }

    [Fact]
    public void E14_a_successor_whose_checks_are_not_up_within_five_seconds_releases()
    {
        var state = Backup();
        Step(state, Released(state), 0.1);
        var term = state.Term;
        Step(state, new Input.Deadline(), 5.099);
        Assert.Equal(Role.Master, state.Role);
        Step(state, new Input.AdvertHeard(2, Make(state, Role.Backup, term, 2)), 5.0995);
        var effects = Step(state, new Input.Deadline(), 5.1);
        Assert.NotEqual(Role.Master, state.Role);
        Assert.Equal((term, state.Settings.Nodes[2].Id), (state.Releases.Last!.Term, state.Releases.Last.Successor));
        Assert.Contains(Told(effects), e => e.Kind == EventKind.Released);
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
    }

    [Fact]
    public void E14_the_unit_is_stopped_only_when_a_look_shows_the_address_elsewhere_and_only_once()
    {
        var state = Backup();
        Step(state, new Input.UnitChanged(true, true, "active"), 0.1);
        Assert.Empty(Step(state, new Input.Deadline(), 0.2).OfType<Effect.StopUnit>());
        state = Backup();
        Step(state, Read(101, 0.01), 0.05);
        Assert.Empty(Step(state, new Input.UnitChanged(true, true, "active"), 0.1).OfType<Effect.StopUnit>());
        Assert.Empty(Step(state, Read(null, 0.15), 0.2).OfType<Effect.StopUnit>());
        Assert.Empty(Step(state, Read(999, 0.25), 0.3).OfType<Effect.StopUnit>());
        Assert.Single(Step(state, Read(102, 0.35), 0.4).OfType<Effect.StopUnit>());
        Assert.Empty(Step(state, new Input.Deadline(), 0.5).OfType<Effect.StopUnit>());
        // It ran again later: asked again.
        Step(state, new Input.UnitChanged(true, false, "inactive"), 1);
        Assert.Single(Step(state, new Input.UnitChanged(true, true, "active"), 2).OfType<Effect.StopUnit>());
    }

    /// <summary>A backup looks each half hour, but not one whose service has to be stopped.</summary>
    [Fact]
    public void E14_a_backup_whose_unit_runs_looks_at_once_and_then_each_30_s_until_the_address_is_elsewhere()
    {
        var state = Backup();
        Take(state, Read(101, -9), 0.05);
        Assert.Contains(Step(state, new Input.UnitChanged(true, true, "active"), 0.1), e => e is Effect.ReadHolder);
        Take(state, Read(101, 0.1), 0.2);
        List<double> looks = [];
        for (var second = 1; second < 100; second++)
        {
            Hear(state, 1, Role.Master, second);
            if (!state.Ip.Lookup.InFlight)
                continue;
            looks.Add(second);
            Take(state, Read(second < 50 ? 101 : 102, second + 0.1), second + 0.2);
        }
        Assert.Equal(2, looks.Count);
        Assert.InRange(looks[1] - looks[0], 29, 31);
    }

    /// <summary>n2 is master of term 3 and holds the address; here the service is stopped, and its checks are down.</summary>
    private static ElectionState Backup()
    {
        var plan = new Plan { Nodes = Plan.MakeNodes(150, 140, 130), Exact = true };
        var state = Election.Start(plan.SettingsOf(0) with { ColdStandby = true }, null, 1, Then - TimeSpan.FromSeconds(10));
        Take(state, new Input.UnitChanged(true, false, "inactive"), -9.9);
        Take(state, new Input.CheckChanged(0, false, "down"), -9.9);
        Take(state, new Input.CheckChanged(1, false, "down"), -9.9);
        for (var second = -9.5; second < 0; second++)
        {
            Hear(state, 1, Role.Master, second + 0.1);
            Hear(state, 2, Role.Backup, second + 0.2);
            Take(state, new Input.GuardAnswered(true, "200"), second + 0.3);
            Take(state, new Input.Deadline(), second + 0.4);
        }

        Assert.Equal(Role.Backup, state.Role);
        return state;
    }

    private static Input.AdvertHeard Released(ElectionState state) =>
        Advert(state, Role.Fault, 0, new Release(state.Term, state.Settings.Self.Id, false, false, "check down", 5));
}
