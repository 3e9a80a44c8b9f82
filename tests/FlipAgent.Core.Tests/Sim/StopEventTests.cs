using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What a stop says to the peers and to people (rule E12).</summary>
public sealed class StopEventTests
{
    [Fact]
    public void E12_a_final_stop_of_a_master_releases_to_the_best_peer_three_times()
    {
        var state = Grow(holder: 101, fit: true);
        var effects = Step(state, new Input.Stopping(StopKind.Final), 0.1);
        Assert.Contains(new Event(EventKind.Stopping, Severity.Info) { Term = state.Term, Node = "n1", Stop = StopKind.Final }, Told(effects));
        Assert.Contains(Told(effects), e => e is { Kind: EventKind.Released, Peer: "n2", Cause: Cause.Stopped, Severity: Severity.Info });
        Assert.DoesNotContain(Told(effects), e => e.Kind == EventKind.HoldAsked);
        Assert.Equal((3, false), (effects.OfType<Effect.SendAdvert>().Single().Copies, state.Releases.Last!.Planned));
        Assert.True(Election.BuildAdvert(state, At(0.1)).Leaving);
    }

    [Fact]
    public void E12_a_backup_says_goodbye_three_times_and_releases_nothing()
    {
        var state = Grow(holder: 102, fit: true);
        var effects = Step(state, new Input.Stopping(StopKind.Final), 0.1);
        Assert.Equal(3, effects.OfType<Effect.SendAdvert>().Single().Copies);
        Assert.DoesNotContain(Told(effects), e => e.Kind == EventKind.Released);
        Assert.Equal(Role.Backup, state.Role);
    }

    /// <summary>Nobody was alerted to the stop, so nobody is to be told that it is over.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_that_comes_back_is_news_for_people_only_when_its_silence_was(bool stopped)
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { Leaving = stopped }), 0.1);
        var told = Enumerable.Range(1, 7).SelectMany(second => Announced(state, new Input.AdvertHeard(2, Make(state, Role.Backup, state.Term, peer: 2)), second)).ToList();
        Assert.Single(told, e => e is { Kind: EventKind.PeerSilent, Peer: "n2" } && e.Severity == (stopped ? Severity.Info : Severity.Warning));
        var back = Announced(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { Session = 6 }), 8);
        Assert.Single(back, e => e is { Kind: EventKind.PeerHeard, Ended: true } && e.Alert == !stopped);
    }

    /// <summary>A wrong key is no silence: who is told to look at the agent and at the network finds both well.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_silence_of_a_peer_whose_adverts_do_not_count_says_why(bool arrive)
    {
        var state = Grow(holder: 102, fit: true);
        List<Event> told = [];
        for (var second = 1.0; second < 8; second += 0.5)
        {
            told.AddRange(Announced(state, new Input.AdvertHeard(2, Make(state, Role.Backup, state.Term, peer: 2)), second));
            if (arrive)
                told.AddRange(Announced(state, new Input.AdvertRejected(1, Rejection.BadMac, "key 1"), second + 0.2));
            told.AddRange(Announced(state, new Input.Deadline(), second + 0.3));
        }
        Rejection? why = arrive ? Rejection.BadMac : null;
        Assert.Single(told, e => e is { Kind: EventKind.PeerSilent, Peer: "n2" } && e.Rejection == why);
    }

    [Fact]
    public void E12_a_restart_of_a_master_asks_the_peers_to_wait_and_releases_nothing()
    {
        var state = Grow(holder: 101, fit: true);
        var effects = Step(state, new Input.Stopping(StopKind.Restart), 0.1);
        Assert.Contains(new Event(EventKind.HoldAsked, Severity.Info) { Term = state.Term, Node = "n1", Duration = TimeSpan.FromSeconds(15) }, Told(effects));
        Assert.DoesNotContain(Told(effects), e => e.Kind == EventKind.Released);
        Assert.Equal((Role.Master, 3), (state.Role, effects.OfType<Effect.SendAdvert>().Single().Copies));
        var advert = Election.BuildAdvert(state, At(0.1));
        Assert.Equal((TimeSpan.FromSeconds(15), false), (advert.Hold, advert.Leaving));
    }

    [Fact]
    public void E12_a_stop_that_waits_for_an_answer_is_announced_once_and_is_woken_at_its_end()
    {
        var state = Moving();
        Assert.Single(Announced(state, new Input.Stopping(StopKind.Final), 0.1), e => e.Kind == EventKind.Stopping);
        state.Apply(state.Settings with { Interval = TimeSpan.FromSeconds(40) }, TimeSpan.Zero);
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 1.1), e => e.Kind == EventKind.Stopping);
        Assert.Equal(At(5.1), state.NextDeadline);
    }
}
