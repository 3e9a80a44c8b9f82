using FlipAgent.Alerts;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Tests.Events;
using static FlipAgent.Tests.AlertFixtures;

namespace FlipAgent.Tests;

/// <summary>What is a repetition, and which one is no news any more.</summary>
public class RecentAlertsTests
{
    private readonly RecentAlerts _recent = new(TimeSpan.FromMinutes(5));

    /// <summary>After "RESOLVED the cloud API is answering again" came "CRITICAL the token lacks a permission (4 times)".</summary>
    [Fact]
    public void What_was_kept_back_is_dropped_when_it_is_over()
    {
        var refused = new Event(EventKind.TokenRefused, Severity.Critical) { Api = ApiStatus.Forbidden };
        Assert.True(IsNew(refused, 0));
        for (var i = 1; i <= 4; i++)
            Assert.False(IsNew(refused, 0.5 * i));
        Assert.True(IsNew(new(EventKind.ApiRecovered, Severity.Info) { Term = 2, Alert = true }, 3));
        Assert.Empty(_recent.Due(Minute(9)));
    }

    /// <summary>Five minutes after the file was mended came "the reload failed (3 times)".</summary>
    [Fact]
    public void A_reload_that_works_is_the_end_of_those_that_failed()
    {
        var failed = new Event(EventKind.ReloadFailed, Severity.Warning) { Detail = "unknown key" };
        Assert.True(IsNew(failed, 0));
        Assert.False(IsNew(failed, 0.1));
        Assert.True(IsNew(new(EventKind.Reloaded, Severity.Info) { Ended = true, Alert = true }, 0.2));
        Assert.Empty(_recent.Due(Minute(9)));
    }

    [Fact]
    public void Only_the_repetitions_of_the_same_peer_are_over()
    {
        foreach (var peer in new[] { "haproxy-1", "haproxy-3" })
        {
            Assert.True(IsNew(Silent(peer), 0));
            Assert.False(IsNew(Silent(peer), 2));
        }
        Assert.True(IsNew(Heard("haproxy-3"), 3));
        Assert.Equal("haproxy-1", Assert.Single(_recent.Due(Minute(5))).Event.Peer);
    }

    /// <summary>Down, up, down, up: the last word counts, with the number of them; and no word that is not true any more comes out.</summary>
    [Fact]
    public void Of_a_coming_and_going_the_last_word_is_kept()
    {
        Assert.True(IsNew(Silent("haproxy-1"), 0));
        Assert.True(IsNew(Heard("haproxy-1"), 1));
        for (var i = 0; i < 2; i++)
        {
            Assert.False(IsNew(Silent("haproxy-1"), 2 + i));
            Assert.False(IsNew(Heard("haproxy-1"), 2.5 + i));
        }
        Assert.False(IsNew(Silent("haproxy-1"), 4));
        var due = Assert.Single(_recent.Due(Minute(7)));
        Assert.Equal((EventKind.PeerSilent, 3), (due.Event.Kind, due.Times));
    }

    [Fact]
    public void The_end_of_a_kind_that_has_both_is_no_repetition_of_its_beginning()
    {
        var low = new Event(EventKind.ApiQuotaLow, Severity.Warning);
        Assert.True(IsNew(low, 0));
        Assert.False(IsNew(low, 0.5));
        Assert.True(IsNew(low with { Severity = Severity.Info, Ended = true, Alert = true }, 1));
        Assert.Empty(_recent.Due(Minute(9)));
    }

    /// <summary>With token and key unreadable at a start only the token was told.</summary>
    [Fact]
    public void Another_problem_of_the_same_kind_is_no_repetition()
    {
        var missing = new Event(EventKind.SecretMissing, Severity.Critical) { Subject = "cloud token" };
        Assert.True(IsNew(missing, 0));
        Assert.True(IsNew(missing with { Subject = "key" }, 0));
        Assert.False(IsNew(missing, 1));
        Assert.False(IsNew(missing with { Subject = "key" }, 1));
        Assert.True(IsNew(new(EventKind.SecretRestored, Severity.Info) { Subject = "key", Alert = true }, 2));
        Assert.Equal("cloud token", Assert.Single(_recent.Due(Minute(5))).Event.Subject);

        var rejected = new Event(EventKind.PeerRejected, Severity.Warning) { Peer = "haproxy-1", Rejection = Rejection.BadMac };
        Assert.True(IsNew(rejected, 10));
        Assert.True(IsNew(rejected with { Rejection = Rejection.Replay }, 10));
        Assert.True(IsNew(new(EventKind.FlapHold, Severity.Critical), 10));
        Assert.True(IsNew(new(EventKind.FlapHold, Severity.Critical) { Address = 1 }, 10));
        // But several addresses that move are one failover.
        Assert.True(IsNew(new(EventKind.ClaimHeld, Severity.Warning) { Peer = "haproxy-1" }, 10));
        Assert.False(IsNew(new(EventKind.ClaimHeld, Severity.Warning) { Peer = "haproxy-1", Address = 1 }, 10));
        Assert.True(IsNew(new(EventKind.TokenRefused, Severity.Critical) { Api = ApiStatus.Forbidden }, 10));
        Assert.True(IsNew(new(EventKind.TokenRefused, Severity.Critical) { Api = ApiStatus.Unauthorized }, 10));
    }

    /// <summary>Whatever is told as RESOLVED has a beginning in the table, and ends nothing that is good news itself.</summary>
    [Fact]
    public void Every_alert_that_says_that_something_is_over_ends_another_one()
    {
        var all = EventExamples.All.Where(FlipAgent.Alerts.Alert.IsWanted).ToList();
        Assert.All(all.Where(Tone.IsResolved), over => Assert.Contains(all, e => Closure.Ends(over with { Peer = null, Subject = null }, e with { Peer = null, Subject = null })));
        Assert.All(all, e => Assert.DoesNotContain(all, other => Closure.Ends(e, other) && Closure.Ends(other, e)));
        Assert.All(all.Where(Tone.IsResolved), over => Assert.DoesNotContain(all, e => Closure.Ends(e, over)));
    }

    private bool IsNew(Event e, double minute) => _recent.IsNew(new Alert(Announcement.Of(e with { Node = "haproxy-2" }), At, 1, null), Minute(minute));

    private static Event Silent(string peer) => new(EventKind.PeerSilent, Severity.Warning) { Peer = peer };

    private static Event Heard(string peer) => new(EventKind.PeerHeard, Severity.Info) { Peer = peer, Ended = true, Alert = true };

    private static TimeSpan Minute(double n) => TimeSpan.FromMinutes(n);
}
