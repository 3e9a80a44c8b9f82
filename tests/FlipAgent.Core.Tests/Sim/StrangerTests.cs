using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// Machines that have the key and are not who they say (F32): a clone with the name of another node, a node that is in no list. Nothing that they send
/// counts, and it is reported.
/// </summary>
public sealed class StrangerTests
{
    [Theory]
    [InlineData(Role.Master, 101)]
    [InlineData(Role.Backup, 102)]
    public void F32_a_clone_of_this_node_is_a_critical_alert_and_changes_nothing(Role role, long holder)
    {
        var state = Grow(holder, fit: true);
        Assert.Equal(role, state.Role);
        var (term, heard) = (state.Term, state.Peers[1].HeardAt);
        var effects = Hears(state, 1, Make(state, Role.Master, term + 5) with { Node = state.Settings.Self.Name });
        Assert.Equal((role, term, heard), (state.Role, state.Term, state.Peers[1].HeardAt));
        Assert.Equal(1, state.Dropped[(int)Rejection.DuplicateNode]);
        Assert.Equal(Rejection.DuplicateNode, state.Peers[1].Rejected);
        var told = Assert.Single(effects.OfType<Effect.Announce>()).Event;
        Assert.Equal((EventKind.DuplicateNode, Severity.Critical, "n2"), (told.Kind, told.Severity, told.Peer));
        Assert.DoesNotContain(effects, e => e is Effect.Assign);
        Assert.Empty(Hears(state, 1, Make(state, Role.Master, term + 5) with { Node = state.Settings.Self.Name }).OfType<Effect.Announce>());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(3)]
    public void F32_an_unknown_sender_is_counted_and_changes_nothing(int peer)
    {
        var state = Grow(holder: 102, fit: true);
        var (term, release) = (state.Term, new Release(state.Term, state.Settings.Self.Id, true, false, "mine now", 0));
        var effects = Hears(state, peer, Make(state, Role.Fault, term) with { Node = "n9", Release = release });
        Assert.Equal((Role.Backup, term), (state.Role, state.Term));
        Assert.Null(state.Releases.Last);
        Assert.Equal(1, state.Dropped[(int)Rejection.UnknownSender]);
        Assert.DoesNotContain(effects.OfType<Effect.Announce>(), a => a.Event.Alert || a.Event.Severity != Severity.Info);
    }

    private static List<Effect> Hears(ElectionState state, int peer, Advert advert)
    {
        var effects = new List<Effect>();
        Election.Step(state, new Input.AdvertHeard(peer, advert), Then, effects);
        return effects;
    }
}
