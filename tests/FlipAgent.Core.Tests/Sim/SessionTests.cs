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
    private static Input.AdvertHeard Echoes(ElectionState state, ulong session)
    {
        var advert = Make(state, Role.Backup, state.Term);
        return new Input.AdvertHeard(1, advert with { Peers = [advert.Peers[0] with { Session = session, DirectAge = null }] });
    }
}
