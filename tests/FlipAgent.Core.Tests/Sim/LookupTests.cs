using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What makes a node look up the holder before its time (rules C5, C6), and how old an answer counts after a suspend (rule E10).</summary>
public sealed class LookupTests
{
    /// <summary>A backup looks each half hour while the address is at the master: the end may not wait for that. From a server that is no node it may go to nobody, too.</summary>
    [Theory]
    [InlineData(102)]
    [InlineData(null)]
    public void The_end_of_a_foreign_holder_is_told_with_the_first_news_of_it(int? droplet)
    {
        var state = Grow(holder: 102, fit: true);
        Assert.Single(Announced(state, Read(999, 0), 0.05), e => e.Kind == EventKind.ForeignHolder);
        var holder = droplet is null ? new Holder(HolderKind.Nobody, 0, 0) : new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102);
        var told = Announced(state, Saw(state, holder, age: 0.1), 1);
        Assert.Equal(droplet is null ? "nobody" : "n2", Assert.Single(told, e => e.Kind == EventKind.ForeignHolderEnded).Holder);
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 1.1), e => e.Kind is EventKind.ForeignHolder or EventKind.ForeignHolderEnded);
        Assert.DoesNotContain(Announced(state, Read(droplet, 2), 2.1), e => e.Kind is EventKind.ForeignHolder or EventKind.ForeignHolderEnded);
        Assert.Single(Announced(state, Read(999, 3), 3.1), e => e.Kind == EventKind.ForeignHolder);
    }

    [Fact]
    public void C6_a_master_looks_at_once_when_a_peer_saw_another_holder_than_itself()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(999, 0), 0.05);
        Assert.Equal(ClaimState.Lost, state.Ip.Claim.State);
        Assert.Empty(Lookups(state, 1, 20));
        Assert.True(Looks(state, Saw(state, new Holder(HolderKind.Node, state.Settings.Nodes[1].Id, 102), age: 0.1), 20));
    }

    [Fact]
    public void C6_a_peer_that_saw_what_the_master_saw_makes_nobody_look()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, Read(101, 0), 0.05);
        Assert.False(Looks(state, Saw(state, new Holder(HolderKind.Node, state.Settings.Self.Id, 101), age: 0.1), 5));
        Assert.Empty(Lookups(state, 5, 20));
    }

    [Theory]
    [InlineData(Witness.Here, true)]
    [InlineData(Witness.NotHere, false)]
    public void C6_a_backup_looks_at_once_when_its_metadata_service_shows_the_address_here(Witness says, bool looks)
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, Read(102, 0.02), 0.05);
        Assert.Equal(Role.Backup, state.Role);
        Hear(state, 1, Role.Master, 4.9);
        Assert.Equal(looks, Looks(state, new Input.MetadataRead(says, ""), 5));
    }

    [Fact]
    public void C6_an_API_that_cannot_be_connected_is_worth_a_lookup()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, Read(102, 0.02), 0.05);
        Hear(state, 1, Role.Master, 4.9);
        Assert.True(Looks(state, new Input.ApiUnreachable(), 5));
    }

    [Fact]
    public void C6_a_contradiction_that_lasts_is_worth_a_lookup_every_ten_seconds()
    {
        var state = Grow(holder: 102, fit: true);
        Take(state, Read(102, 0), 0.05);
        List<double> at = [];
        for (var second = 0.5; second < 29; second += 0.5)
        {
            Hear(state, 1, Role.Master, second - 0.1);
            if (!Looks(state, new Input.MetadataRead(Witness.Here, ""), second))
                continue;
            at.Add(second);
            Take(state, Read(102, second), second + 0.05);
        }

        Assert.Equal(3, at.Count);
        Assert.All(at.Zip(at.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 9.9, 11.6));
    }

    [Fact]
    public void C5_refusals_are_asked_again_after_5_10_20_and_30_s_and_an_answer_in_between_does_not_begin_anew()
    {
        var health = new ApiHealth();
        var (now, waits) = (TimeSpan.FromSeconds(100), new List<double>());
        for (var i = 0; i < 6; i++)
        {
            health.Take(ApiStatus.Forbidden, null, new Chance(1), now, out _);
            waits.Add((health.NotBefore - now).TotalSeconds);
            now = health.NotBefore;
            health.Take(ApiStatus.Ok, null, new Chance(1), now, out _);
        }

        Assert.Equal([5, 10, 20, 30, 30, 30], waits);
        health.Take(ApiStatus.Forbidden, null, new Chance(1), now + TimeSpan.FromSeconds(60), out _);
        Assert.Equal(now + TimeSpan.FromSeconds(65), health.NotBefore);
    }

    [Fact]
    public void E10_what_was_known_before_a_suspend_is_as_old_as_it_is()
    {
        var state = Grow(holder: 101, fit: true);
        var (own, known) = (state.Ip.Lookup.OwnAt, state.Ip.Lookup.KnownAt);
        Take(state, new Input.Stalled(TimeSpan.FromSeconds(16)) { AwakeAt = Then + TimeSpan.FromSeconds(1) }, 1);
        Assert.Equal((own - TimeSpan.FromSeconds(16), known - TimeSpan.FromSeconds(16)), (state.Ip.Lookup.OwnAt, state.Ip.Lookup.KnownAt));
    }

    [Fact]
    public void E10_a_stall_that_the_monotonic_clock_counted_changes_no_age()
    {
        var state = Grow(holder: 101, fit: true);
        var own = state.Ip.Lookup.OwnAt;
        Take(state, new Input.Stalled(TimeSpan.FromSeconds(16)), 16);
        Assert.Equal(own, state.Ip.Lookup.OwnAt);
    }

    private static Input.AdvertHeard Saw(ElectionState state, Holder holder, double age) =>
        new(1, Make(state, Role.Backup, state.Term) with { Holder = holder, HolderAge = TimeSpan.FromSeconds(age) });

    private static bool Looks(ElectionState state, Input input, double second) => Step(state, input, second).Any(e => e is Effect.ReadHolder);

    /// <summary>When it looks up by itself, from deadline to deadline.</summary>
    private static List<double> Lookups(ElectionState state, double from, double until)
    {
        List<double> at = [];
        for (var now = from; now <= until; now = Math.Max(now + 0.05, (state.NextDeadline - Then).TotalSeconds))
            if (Looks(state, new Input.Deadline(), now))
                at.Add(now);
        return at;
    }

    /// <summary>On a network that delivers late, news of two holders can chase each other for as long as it does; the journal is not filled with that.</summary>
    [Fact]
    public void Of_a_holder_that_seems_to_change_all_the_time_people_hear_20_times_a_minute()
    {
        var state = GrownNode.Grow(holder: 102, fit: true);
        Holder[] holders = [new(HolderKind.Node, state.Settings.Nodes[2].Id, 103), new(HolderKind.Node, state.Settings.Nodes[1].Id, 102)];
        var told = 0;
        for (var i = 0; i < 1190; i++)
        {
            var advert = GrownNode.Make(state, Role.Master, 3) with { Holder = holders[i % 2], HolderAge = TimeSpan.FromMilliseconds(10) };
            told += GrownNode.Announced(state, new Input.AdvertHeard(1, advert), 0.1 + i * 0.1).Count(e => e.Kind == EventKind.HolderChanged);
        }
        Assert.Equal(40, told);
    }
}
