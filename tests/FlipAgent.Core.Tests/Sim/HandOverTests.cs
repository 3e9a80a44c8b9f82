using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A claim that cannot get on gives way to a fit peer whose API works (rule E4), to the millisecond.</summary>
public sealed class HandOverTests
{
    [Fact]
    public void E4_a_claim_without_a_result_for_60_s_goes_to_the_best_peer()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Ok, accepted: true), 0.1);
        HearPeers(state, 1, 60);
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 59.949), e => e.Kind == EventKind.Released);
        Assert.Contains(new Event(EventKind.Released, Severity.Info)
        { Term = state.Term, Node = "n1", Peer = "n2", Cause = new Cause.NoResult(), Holder = "nobody", Fit = true }, Announced(state, new Input.Deadline(), 59.95));
        Assert.Equal((Role.Backup, state.Settings.Nodes[1].Id, false, false), (state.Role, state.Releases.Last!.Successor, state.Releases.Last.AtSuccessor, state.Releases.Last.Planned));
    }

    /// <summary>The own API fails for 10 s. A peer that does not reach it either would fare no better.</summary>
    [Theory]
    [InlineData(true, true, "n2")]
    [InlineData(false, true, "n3")]
    [InlineData(false, false, null)]
    public void E4_an_API_that_fails_for_10_s_hands_the_claim_to_a_peer_that_reaches_it(bool n2, bool n3, string? expected)
    {
        var state = Moving();
        Take(state, Unread(ApiStatus.Failed, 1.9), 2);
        for (var second = 3.0; second < 12; second++)
            HearApi(state, n2, n3, second);
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 11.999), e => e.Kind == EventKind.Released);
        var released = Announced(state, new Input.Deadline(), 12).Find(e => e.Kind == EventKind.Released);
        Assert.Equal((expected, expected is null ? null : new Cause.ApiFails()), (released?.Peer, released?.Cause));
    }

    /// <summary>It failed before this node became master: the claim has its 10 s all the same.</summary>
    [Fact]
    public void E4_the_10_s_begin_with_the_claim()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, Unread(ApiStatus.Failed, 0.1), 0.2);
        Hear(state, 2, Role.Backup, 4.9);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Fault, 3) with { Release = new Release(3, state.Settings.Self.Id, false, false, "stopped", 0) }), 5);
        Assert.Equal(Role.Master, state.Role);
        for (var second = 6.0; second < 15; second++)
            HearApi(state, n2: false, n3: true, second);
        Take(state, new Input.Deadline(), 14.999);
        Assert.Equal(Role.Master, state.Role);
        Take(state, new Input.Deadline(), 15);
        Assert.Equal((Role.Backup, state.Settings.Nodes[2].Id), (state.Role, state.Releases.Last!.Successor));
    }

    [Fact]
    public void E8a_the_release_says_when_the_address_is_at_the_successor_already()
    {
        var state = Moving();
        Take(state, Unread(ApiStatus.Failed, 1.9), 2);
        HearPeers(state, 3, 11);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { Holder = new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102) }), 11.5);
        Take(state, new Input.Deadline(), 12);
        Assert.Equal((Role.Backup, true), (state.Role, state.Releases.Last!.AtSuccessor));
    }

    private static void HearApi(ElectionState state, bool n2, bool n3, double second)
    {
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { ApiReachable = n2 }), second);
        Take(state, new Input.AdvertHeard(2, Make(state, Role.Backup, state.Term, 2) with { ApiReachable = n3 }), second);
    }
}
