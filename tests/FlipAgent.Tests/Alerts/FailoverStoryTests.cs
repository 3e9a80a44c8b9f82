using FlipAgent.Alerts;
using FlipAgent.Core;
using FlipAgent.Events;
using static FlipAgent.Tests.AlertFixtures;

namespace FlipAgent.Tests;

/// <summary>One failover is one message: what leads to a move waits for it, and only for ten seconds.</summary>
public class FailoverStoryTests
{
    private readonly FailoverStory _story = new(TimeSpan.FromSeconds(10));

    [Fact]
    public void A_release_is_folded_into_the_move_that_another_node_tells_of()
    {
        Assert.False(Take(Released, 0));
        Assert.Equal(Second(10), _story.NextDue);
        Assert.False(Take(new(EventKind.HolderChanged, Severity.Info) { Node = "haproxy-1", From = "haproxy-1", Holder = "haproxy-2" }, 1.2));
        Assert.Null(_story.NextDue);
        Assert.Empty(_story.Due(Second(60)));
    }

    [Fact]
    public void A_release_without_a_move_is_told_after_ten_seconds()
    {
        Assert.False(Take(Released, 0));
        Assert.False(Take(new(EventKind.HolderChanged, Severity.Info) { Node = "haproxy-1", From = "haproxy-1", Holder = "nobody" }, 1));
        Assert.Empty(_story.Due(Second(9.9)));
        Assert.Equal(EventKind.Released, Assert.Single(_story.Due(Second(10))).Event.Kind);
        Assert.Empty(_story.Due(Second(20)));
    }

    [Fact]
    public void A_critical_alert_never_waits()
    {
        Assert.True(Take(Released with { Severity = Severity.Critical, Peer = null }, 0));
        Assert.True(Take(new(EventKind.ServiceDead, Severity.Critical) { Holder = "haproxy-1" }, 0));
        Assert.Null(_story.NextDue);
    }

    /// <summary>The questions find a dead machine before its adverts are missed, so the silence comes after the move.</summary>
    [Fact]
    public void The_silence_of_a_dead_machine_is_folded_into_its_failover_before_and_after()
    {
        Assert.False(Take(Silent, 0));
        Assert.True(Take(Held(new Cause.MasterSilent("haproxy-1", true)), 1.2));
        Assert.Empty(_story.Due(Second(60)));
        Assert.False(Take(Silent, 3.5));
        Assert.Null(_story.NextDue);
        Assert.False(Take(Silent, 12));
        Assert.Single(_story.Due(Second(22)));
    }

    [Fact]
    public void A_machine_that_dies_after_the_failover_of_its_HAProxy_is_news()
    {
        Assert.True(Take(Held(new Cause.Heard("check haproxy is down: 503")), 0));
        Assert.False(Take(Silent, 3));
        Assert.Single(_story.Due(Second(13)));
    }

    [Fact]
    public void The_trouble_of_another_node_is_not_folded_and_other_alerts_do_not_wait()
    {
        Assert.False(Take(Silent with { Peer = "haproxy-3" }, 0));
        Assert.True(Take(Held(new Cause.MasterSilent("haproxy-1", false)), 1));
        Assert.True(Take(new(EventKind.ApiFailing, Severity.Warning), 1));
        Assert.False(Take(new(EventKind.CheckUp, Severity.Info), 1));
        Assert.Equal("haproxy-3", Assert.Single(_story.TakeAll()).Event.Peer);
    }

    /// <summary>A restart by kill -9: the end came at once and its beginning after it, as the last word.</summary>
    [Fact]
    public void A_silence_that_is_over_before_it_is_told_is_told_neither_by_its_beginning_nor_by_its_end()
    {
        Assert.False(Take(Silent, 0));
        Assert.False(Take(Silent with { Peer = "haproxy-3" }, 1));
        Assert.False(Take(Heard, 3));
        Assert.Equal("haproxy-3", Assert.Single(_story.Due(Second(60))).Event.Peer);
        Assert.True(Take(Heard with { Peer = "haproxy-3" }, 61));

        Assert.False(Take(new(EventKind.HoldExpired, Severity.Warning) { Node = "haproxy-2", Peer = "haproxy-1" }, 100));
        Assert.False(Take(Heard, 103));
        Assert.Null(_story.NextDue);
    }

    [Fact]
    public void The_end_of_a_silence_that_people_know_of_otherwise_is_told()
    {
        Assert.True(Take(new(EventKind.ServiceAliveMasterSilent, Severity.Critical) { Node = "haproxy-2", Peer = "haproxy-1" }, 0));
        Assert.False(Take(Silent, 0));
        Assert.True(Take(Heard, 5));
        Assert.Null(_story.NextDue);
        Assert.True(Take(Held(new Cause.MasterSilent("haproxy-1", true)), 20));
        Assert.False(Take(Silent, 31));
        Assert.True(Take(Heard, 35));
        Assert.False(Take(Silent, 100));
        Assert.False(Take(Heard, 105));
    }

    [Fact]
    public void A_silence_that_a_critical_alert_tells_of_meanwhile_is_not_told_again()
    {
        Assert.False(Take(Silent, 0));
        Assert.True(Take(new(EventKind.ServiceAliveMasterSilent, Severity.Critical) { Node = "haproxy-2", Peer = "haproxy-1" }, 0.1));
        Assert.Null(_story.NextDue);
        Assert.True(Take(Heard, 30));
    }

    /// <summary>The address was unassigned by hand and claimed back: that it is gone must not be the last word.</summary>
    [Fact]
    public void A_loss_that_is_made_good_is_told_by_its_end_alone()
    {
        Assert.False(Take(new(EventKind.ClaimLost, Severity.Warning) { Node = "haproxy-1", Holder = "nobody" }, 0));
        Assert.True(Take(new(EventKind.ClaimHeld, Severity.Info) { Node = "haproxy-1", Peer = "nobody", Holder = "haproxy-1", Cause = new Cause.AddressLeft(), Alert = true }, 2));
        Assert.Null(_story.NextDue);
    }

    [Fact]
    public void What_waits_is_bounded()
    {
        var told = Enumerable.Range(0, 1000).Count(i => Take(Silent with { Peer = $"n{i}" }, 0));
        Assert.Equal((936, 64), (told, _story.TakeAll().Count));
    }

    [Fact]
    public async Task The_dispatcher_sends_one_message_for_a_failover_and_what_waits_when_the_wait_is_over()
    {
        using var hook = HttpScript.Always(200, "", "");
        await using var alerts = Dispatcher(_ => null, new ListLog(), wait: TimeSpan.FromMilliseconds(300));
        alerts.Apply([new FlipAgent.Config.SinkConfig.Webhook(hook.Url, null, null)]);
        alerts.Post(Announcement.Of(Silent), At, 1, null);
        alerts.Post(Announcement.Of(Held(new Cause.MasterSilent("haproxy-1", true))), At, 2, "haproxy-2", "no answer for at most 1.4 s");
        alerts.Post(Announcement.Of(Silent with { Peer = "haproxy-3" }), At, 3, null);
        await Harness.Until.TrueAsync(() => alerts.Counts.Sent == 2, "the failover, and after 300 ms the other one");
        var bodies = hook.Requests.Select(r => r.Body).ToList();
        Assert.Contains("\"headline\":\"Failed over: 203.0.113.10 moved from haproxy-1 to haproxy-2 in 1.2 s (haproxy-1 did not respond, and its service is down)\"", bodies[0]);
        Assert.Contains("\"clients\":\"no answer for at most 1.4 s\"", bodies[0]);
        Assert.Contains("haproxy-3 is not responding", bodies[1]);
    }

    [Fact]
    public async Task What_waits_is_sent_when_the_agent_stops()
    {
        using var hook = HttpScript.Always(200, "", "");
        var alerts = Dispatcher(_ => null, new ListLog());
        alerts.Apply([new FlipAgent.Config.SinkConfig.Webhook(hook.Url, null, null)]);
        alerts.Post(Announcement.Of(Released), At, 1, null);
        await alerts.Drain(TimeSpan.FromSeconds(5));
        Assert.Contains("Failing over", Assert.Single(hook.Requests).Body);
        await alerts.DisposeAsync();
    }

    private static Event Released => new(EventKind.Released, Severity.Warning) { Node = "haproxy-1", Term = 1, Peer = "haproxy-2", Fit = false, Cause = new Cause.CheckDown("haproxy", "503") };

    private static Event Silent => new(EventKind.PeerSilent, Severity.Warning) { Node = "haproxy-2", Term = 1, Peer = "haproxy-1" };

    private static Event Heard => new(EventKind.PeerHeard, Severity.Info) { Node = "haproxy-2", Term = 1, Peer = "haproxy-1", Ended = true, Alert = true };

    private static Event Held(Cause cause) => new(EventKind.ClaimHeld, Severity.Info)
    {
        Node = "haproxy-2",
        Term = 2,
        Peer = "haproxy-1",
        Holder = "haproxy-2",
        Alert = true,
        Cause = cause,
        Detect = TimeSpan.FromMilliseconds(100),
        Assign = TimeSpan.FromSeconds(1),
        Verify = TimeSpan.FromMilliseconds(100),
    };

    private bool Take(Event e, double second) => _story.IsToTell(new Alert(Announcement.Of(e), At, 1, null), Second(second));

    private static TimeSpan Second(double n) => TimeSpan.FromSeconds(n);
}
