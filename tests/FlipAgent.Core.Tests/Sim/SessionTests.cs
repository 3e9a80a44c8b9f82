using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>When a node takes a new session (rule E10, docs/wire.md).</summary>
public sealed class SessionTests
{
    [Fact]
    public void E10_a_node_that_one_peer_does_not_hear_because_it_knows_a_later_session_takes_the_next_one()
    {
        var state = Grow(holder: 101, fit: true);
        var (before, later) = (state.Adverts.Session, state.Adverts.Session + 7);
        var (down, changed) = (state.Settings.MasterDown.TotalSeconds, 0.0);
        for (var second = 0.5; second < 8 * down; second += 0.5)
        {
            Hear(state, 2, Role.Backup, second);
            Take(state, Echoes(state, later), second + 0.1);
            if (changed == 0 && state.Adverts.Session != before)
                changed = second;
        }

        Assert.InRange(changed, 2.9 * down, (3 * down) + 1.1);
        Assert.Equal(later + 1, state.Adverts.Session);
    }

    [Fact]
    public void E10_a_node_that_one_peer_does_not_hear_for_another_reason_keeps_its_session()
    {
        var state = Grow(holder: 101, fit: true);
        var before = state.Adverts.Session;
        for (var second = 0.5; second < 60; second += 0.5)
        {
            Hear(state, 2, Role.Backup, second);
            Take(state, Echoes(state, before), second + 0.1);
        }

        Assert.Equal(before, state.Adverts.Session);
    }

    [Fact]
    public void E10_a_node_that_chose_the_session_of_its_last_run_takes_another_after_two_intervals()
    {
        var state = Grow(holder: 101, fit: true);
        var (before, started) = (state.Adverts.Session, state.Adverts.SessionSince);
        double? changed = null;
        for (var second = 0.1; second < 10 && changed is null; second += 0.25)
        {
            Hear(state, 2, Role.Backup, second);
            Take(state, Echoes(state, before, heard: Then + TimeSpan.FromSeconds(second) - started + TimeSpan.FromSeconds(30)), second);
            if (state.Adverts.Session != before)
                changed = second;
        }

        Assert.InRange(changed ?? double.NaN, 0, (2 * state.Settings.Interval.TotalSeconds) + 0.25);
        Assert.True(state.Adverts.Session > before);
    }

    /// <summary>A start must not be hurried: a copy that was long on its way may look the same for an instant.</summary>
    [Fact]
    public void E10_a_session_that_began_a_moment_ago_is_tried_for_two_intervals_to_the_tick()
    {
        var state = Start(holder: 101);
        var (before, due) = (state.Adverts.Session, state.Adverts.SessionSince + (2 * state.Settings.Interval));
        Hear(state, 2, Role.Backup, 0.1);
        Take(state, Echoes(state, before, heard: TimeSpan.FromMinutes(1)), 0.2);
        while (state.NextDeadline < due)
        {
            Take(state, new Input.Deadline(), (state.NextDeadline - Then).TotalSeconds);
            Assert.Equal(before, state.Adverts.Session);
        }
        Assert.Equal(due, state.NextDeadline);
        Take(state, new Input.Deadline(), (due - Then).TotalSeconds);
        Assert.True(state.Adverts.Session > before);
    }

    [Fact]
    public void E10_a_session_that_a_peer_heard_since_it_began_is_kept_and_so_is_one_that_was_taken_in_this_run()
    {
        var state = Grow(holder: 101, fit: true);
        var before = state.Adverts.Session;
        void HearFor(double from, double to, Func<double, TimeSpan> age)
        {
            for (var second = from; second < to; second += 0.25)
            {
                Hear(state, 2, Role.Backup, second);
                Take(state, Echoes(state, state.Adverts.Session, age(second)), second);
            }
        }

        HearFor(0.1, 5, second => Then + TimeSpan.FromSeconds(second) - state.Adverts.SessionSince);
        Assert.Equal(before, state.Adverts.Session);
        HearFor(5.1, 10, _ => TimeSpan.FromHours(1));
        Assert.Equal(before + 1, state.Adverts.Session);
        HearFor(10.1, 15, _ => TimeSpan.FromHours(1));
        Assert.Equal(before + 1, state.Adverts.Session);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void An_echo_that_no_clock_gives_changes_nothing(ulong session)
    {
        var state = Grow(holder: 101, fit: true);
        var before = state.Adverts.Session;
        Assert.DoesNotContain(Announced(state, Echoes(state, session), 0.1), e => e.Kind == EventKind.NewSession);
        Take(state, new Input.Deadline(), 60);
        Assert.Equal(before, state.Adverts.Session);
    }

    /// <summary>n2 says that it has heard that session of this node, and does not hear it at present.</summary>
    /// <param name="heard">How long ago it heard it, as it says; null: never in its run.</param>
    private static Input.AdvertHeard Echoes(ElectionState state, ulong session, TimeSpan? heard = null)
    {
        var advert = Make(state, Role.Backup, state.Term);
        return new Input.AdvertHeard(1, advert with { Peers = [advert.Peers[0] with { Session = session, DirectAge = heard }] });
    }
}
