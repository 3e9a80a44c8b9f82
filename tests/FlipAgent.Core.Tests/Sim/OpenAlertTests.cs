using System.Collections.Immutable;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Whoever told of something tells the end of it, also when its agent was restarted in between: nobody is left with an open incident.</summary>
public sealed class OpenAlertTests
{
    private static readonly Event s_dead = new(EventKind.ServiceDead, Severity.Critical) { Holder = "n1", Count = 2, Duration = TimeSpan.FromSeconds(5) };

    /// <summary>Everything that begins, as the core or the shell tells it, is remembered of the last run, and is not once its end was told.</summary>
    [Fact]
    public void What_was_told_is_left_for_the_next_run_until_its_end_was_told()
    {
        var state = Restarted(new Remembered());
        var saved = Saved(Step(state, new Input.Noticed(s_dead), 0.1));
        Assert.Equal($"423 {state.Settings.AddressIds[0]} ", Assert.Single(saved!.Told).Key);
        Step(state, new Input.Noticed(new Event(EventKind.PeerSilent, Severity.Warning) { Peer = "n2" }), 0.2);
        Step(state, new Input.Noticed(new Event(EventKind.TokenRefused, Severity.Critical) { Api = ApiStatus.Forbidden }), 0.3);
        saved = Saved(Step(state, new Input.Noticed(new Event(EventKind.SecretMissing, Severity.Critical) { Subject = "cloud token" }), 0.4));
        Assert.Equal(4, saved!.Told.Count);
        var next = Restarted(saved);
        Assert.True(next.Open.Has(EventKind.ServiceDead));
        Assert.True(next.Open.Has(EventKind.PeerSilent, "n2"));
        Assert.True(next.Open.Has(EventKind.SecretMissing, "cloud token"));
        Assert.False(next.Open.HasOfApi(writes: false));
        Assert.True(next.Open.HasOfApi(writes: true));
        saved = Saved(Step(next, new Input.Noticed(new Event(EventKind.ServiceAnswers, Severity.Info)), 0.1));
        Assert.Equal(3, saved!.Told.Count);
    }

    [Fact]
    public void What_cannot_be_read_or_is_about_no_node_of_the_file_is_left_out()
    {
        var id = Restarted(new Remembered()).Settings.AddressIds[0];
        var state = Restarted(Told("", "x", "423", $"423 {id}", "423 77 ", $"201 {id} @n9", $"999999 {id} ", $"100 {id} ", $"-5 {id} ", $"423 {id} "));
        Assert.Single(state.Open.Remember(state.Settings));
    }

    /// <summary>Each begins in one run and ends in the next, by what that one sees; without the memory nothing is told.</summary>
    [Theory]
    [InlineData(EventKind.ServiceDead, null, EventKind.ServiceAnswers)]
    [InlineData(EventKind.ServiceNeverSeen, null, EventKind.ServiceAnswers)]
    [InlineData(EventKind.ApiFailing, null, EventKind.ApiRecovered)]
    [InlineData(EventKind.TokenRefused, null, EventKind.ApiRecovered)]
    [InlineData(EventKind.AddressNotFound, null, EventKind.ApiRecovered)]
    [InlineData(EventKind.ApiLimited, null, EventKind.ApiLimited)]
    [InlineData(EventKind.BecameFault, null, EventKind.BecameBackup)]
    [InlineData(EventKind.Released, null, EventKind.BecameBackup)]
    [InlineData(EventKind.ForeignHolder, null, EventKind.ForeignHolderEnded)]
    [InlineData(EventKind.FlapHold, null, EventKind.FlapHoldEnded)]
    [InlineData(EventKind.NoStandby, null, EventKind.NoStandby)]
    [InlineData(EventKind.GuardIsLocal, null, EventKind.GuardPathMended)]
    [InlineData(EventKind.GuardPathBroken, "n3", EventKind.GuardPathMended)]
    [InlineData(EventKind.PeerSilent, "@n2", EventKind.PeerHeard)]
    [InlineData(EventKind.HoldExpired, "@n2", EventKind.PeerHeard)]
    [InlineData(EventKind.ServiceAliveMasterSilent, "@n2", EventKind.PeerHeard)]
    [InlineData(EventKind.PeerRejected, "@n2", EventKind.PeerHeard)]
    [InlineData(EventKind.DuplicateNode, "@n2", EventKind.DuplicateNode)]
    [InlineData(EventKind.OneWayLink, "@n2", EventKind.OneWayLink)]
    [InlineData(EventKind.ConfigDrift, "@n2", EventKind.ConfigDrift)]
    [InlineData(EventKind.NetworkFault, null, EventKind.NetworkRestored)]
    [InlineData(EventKind.DropletSwapped, "@n3", EventKind.DropletRight)]
    public void The_end_of_what_the_last_run_told_is_told_by_the_next(EventKind began, string? about, EventKind expected)
    {
        var id = Restarted(new Remembered()).Settings.AddressIds[0];
        var told = Life(Told($"{(int)began} {id} {about}"));
        var end = Assert.Single(told, e => e.Kind == expected && e.Alert && e.Severity == Severity.Info);
        Assert.True(Closure.Ends(end, new Event(began, Severity.Critical) { Peer = about?.TrimStart('@') }));
        Assert.DoesNotContain(Life(new Remembered()), e => e.Kind == expected && e.Alert);
    }

    /// <summary>n2 is master, both peers and the service answer; the API, the metadata service and the guard too, for 80 s.</summary>
    private static List<Event> Life(Remembered last)
    {
        var state = Restarted(last);
        List<Event> told = [];
        for (var second = 0.0; second < 80; second++)
        {
            told.AddRange(Announced(state, new Input.CheckChanged(0, true, "up"), second + 0.01));
            told.AddRange(Announced(state, new Input.CheckChanged(1, true, "up"), second + 0.02));
            told.AddRange(Announced(state, Read(102, second), second + 0.05));
            told.AddRange(Announced(state, new Input.MetadataRead(Witness.NotHere, "") { DropletId = 101 }, second + 0.06));
            for (var peer = 1; peer <= 2; peer++)
                told.AddRange(Announced(state, new Input.AdvertHeard(peer, Make(state, peer == 1 ? Role.Master : Role.Backup, 3, peer) with { ConfigHash = state.Settings.ConfigHash }), second + 0.1));
            told.AddRange(Announced(state, new Input.GuardAnswered(true, "200"), second + 0.3));
            told.AddRange(Announced(state, new Input.Deadline(), second + 0.5));
        }
        return told;
    }

    /// <summary>A token that may only read answers lookups; that it may write is known when a write was not refused for want of the right.</summary>
    [Fact]
    public void A_lookup_ends_nothing_that_was_told_of_a_token_which_may_not_write()
    {
        var id = Restarted(new Remembered()).Settings.AddressIds[0];
        Assert.DoesNotContain(Life(Told($"416 {id} 403")), e => e.Kind == EventKind.ApiRecovered);
    }

    /// <summary>The shell says at each start that a secret can be read.</summary>
    [Theory]
    [InlineData("cloud token", 1)]
    [InlineData("cluster key", 0)]
    public void That_a_secret_can_be_read_is_news_where_it_was_told_to_be_missing(string name, int expected)
    {
        var id = Restarted(new Remembered()).Settings.AddressIds[0];
        var state = Restarted(Told($"502 {id} cloud token"));
        var said = new Input.Noticed(new Event(EventKind.SecretRestored, Severity.Info) { Subject = name, Alert = true });
        Assert.Equal(expected, Announced(state, said, 0.1).Count + Announced(state, said, 0.2).Count);
    }

    /// <summary>A stall makes a node say nothing for a moment; the end of what it had told is told all the same, without a time that it cannot know.</summary>
    [Fact]
    public void Who_told_that_nobody_is_served_and_stood_still_tells_the_end()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.GuardAnswered(false, "no answer") { TimedOut = true }, 0.05);
        Step(state, new Input.Noticed(s_dead), 0.1);
        Take(state, new Input.Stalled(TimeSpan.FromSeconds(20)), 0.2);
        List<Event> told = [];
        for (var second = 0.5; second < 12; second += 0.5)
        {
            told.AddRange(Announced(state, Read(101, second), second));
            Hear(state, 1, Role.Backup, second + 0.1);
            told.AddRange(Announced(state, new Input.GuardAnswered(true, "200"), second + 0.2));
        }
        Assert.Null(Assert.Single(told, e => e.Kind == EventKind.ServiceAnswers).Duration);
    }

    /// <summary>Somebody takes the address away and brings it back before this node asks for it.</summary>
    [Fact]
    public void An_address_that_comes_back_by_itself_ends_what_was_told_of_its_loss()
    {
        var state = Grow(holder: 101, fit: true);
        var told = Announced(state, Read(999, -0.02), -0.01);
        told.AddRange(Announced(state, Read(999, 0), 0.05));
        Assert.Contains(told, e => e.Kind == EventKind.ClaimLost);
        for (var second = 0.1; second < 8; second += 0.25)
            told.AddRange(Announced(state, Read(101, second), second + 0.05));
        Assert.Contains(told, e => e is { Kind: EventKind.ClaimHeld, Ended: true, Alert: true, Peer: null });
    }

    /// <summary>The cure that the alert names.</summary>
    [Fact]
    public void A_guard_that_counted_as_off_and_is_turned_off_is_no_open_matter()
    {
        var state = Grow(holder: 102, fit: true);
        Assert.Contains(Announced(state, new Input.GuardAnswered(false, "it asks an address of this machine") { CannotTell = true }, 0.1), e => e.Kind == EventKind.GuardIsLocal);
        var told = Announced(state, new Input.SettingsChanged(state.Settings with { Guard = false }), 2);
        Assert.Single(told, e => e is { Kind: EventKind.GuardPathMended, Ended: true, Alert: true });
        Assert.DoesNotContain(Announced(state, new Input.Deadline(), 3), e => e.Kind == EventKind.GuardPathMended);
    }

    private static Remembered Told(params string[] told) => new() { Told = told.ToDictionary(t => t, _ => true).ToImmutableDictionary() };

    private static Remembered? Saved(List<Effect> effects) => effects.OfType<Effect.SaveState>().LastOrDefault()?.Remembered;
}
