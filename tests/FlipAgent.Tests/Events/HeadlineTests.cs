using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Tests.Events;

/// <summary>What somebody reads who is woken at night and has never read how the agents decide.</summary>
public class HeadlineTests
{
    private static readonly string[] s_one = ["203.0.113.10"];

    [Fact]
    public void A_failover_says_what_moved_how_long_it_took_and_why()
    {
        // As an agent of 1.1.0 cuts it: 48 bytes, through a word.
        var held = Announcement.Of(Held(new Cause.Heard("check haproxy is down: deactivating (stop-sig...")));
        Assert.Equal("Failed over: 203.0.113.10 moved from haproxy-1 to haproxy-2 in 1.2 s (HAProxy on haproxy-1 was stopped)", Headline.Of(held, s_one));
        Assert.Equal((Severity.Warning, "WARNING"), (held.Event.Severity, Tone.Of(held.Event)));
        Assert.Contains("haproxy-1", held.Next);
    }

    /// <summary>The first assigns were refused: the site was gone for a minute, and not for the second that the last one took.</summary>
    [Fact]
    public void A_move_took_as_long_as_the_claim_and_not_as_long_as_its_last_request()
    {
        var held = Announcement.Of(Held(new Cause.Heard("check site is down: 503")) with { Duration = TimeSpan.FromSeconds(60), Detect = TimeSpan.FromSeconds(2) });
        Assert.Contains("moved from haproxy-1 to haproxy-2 in 62 s (", Headline.Of(held, s_one));
    }

    /// <summary>Somebody unassigned it, and clients were cut off.</summary>
    [Fact]
    public void An_address_that_somebody_took_away_is_a_warning_also_when_it_went_to_no_node()
    {
        var held = Announcement.Of(Held(new Cause.AddressLeft()) with { Peer = "nobody" });
        Assert.Equal((Severity.Warning, "203.0.113.10 was brought to haproxy-2 in 1.2 s; it was at no node (somebody had moved it away)"), (held.Event.Severity, Headline.Of(held, s_one)));
        Assert.StartsWith("Find out who moved it", held.Next);
    }

    /// <summary>haproxy-3 was to take over and gave up before it had the address: what it said of itself is not said of haproxy-1.</summary>
    [Fact]
    public void A_failover_does_not_put_the_words_of_one_node_down_to_another()
    {
        var held = Announcement.Of(Held(new Cause.Heard("its cloud API fails") { By = "haproxy-3" }));
        Assert.Equal("Failed over: 203.0.113.10 moved from haproxy-1 to haproxy-2 in 1.2 s (haproxy-3 cannot reach the cloud API)", Headline.Of(held, s_one));
        Assert.Equal("haproxy-3 gave it up: its cloud API fails", held.Cause);
        Assert.Equal("haproxy-3 cannot reach the cloud API", PlainCause.OfPhrase(held.Cause!, "haproxy-1"));
        Assert.Equal((true, false), (PlainCause.IsPlanned("haproxy-3 gave it up: release by command"), PlainCause.IsPlanned("in maintenance gave it up: its cloud API fails".Replace("in maintenance", "a b"))));
        Assert.StartsWith("Find out what is wrong on haproxy-1 and on haproxy-3", held.Next);
        // The successor never had the address, and died.
        Assert.StartsWith("Is the machine haproxy-3 up?", Announcement.Of(Held(new Cause.MasterSilent("haproxy-3", ServiceDown: false))).Next);
    }

    [Fact]
    public void Several_addresses_are_one_sentence()
    {
        var held = Announcement.Of(Held(new Cause.MasterSilent("haproxy-1", ServiceDown: true)));
        const string why = "in 1.2 s (haproxy-1 did not respond, and its service is down)";
        Assert.Equal($"Failed over: 203.0.113.10 and 203.0.113.11 moved from haproxy-1 to haproxy-2 {why}", Headline.Of(held, ["203.0.113.10", "203.0.113.11"]));
        Assert.Equal($"Failed over: a, b and c moved from haproxy-1 to haproxy-2 {why}", Headline.Of(held, ["a", "b", "c"]));
        Assert.Equal($"Failed over: a, b and 3 more moved from haproxy-1 to haproxy-2 {why}", Headline.Of(held, ["a", "b", "c", "d", "e"]));
    }

    [Fact]
    public void What_somebody_asked_for_is_information_and_nothing_is_to_be_repaired()
    {
        Cause[] planned =
        [
            new Cause.Heard("release by command"), new Cause.Heard("promote on haproxy-2"), new Cause.Heard("haproxy-2 has priority 150"), new Cause.Heard("in maintenance: kernel"),
            new Cause.Heard("the agent was stopped"), new Cause.PromotedHere(),
        ];
        foreach (var held in planned.Select(cause => Announcement.Of(Held(cause))))
        {
            Assert.StartsWith("Moved as planned: 203.0.113.10 moved from haproxy-1 to haproxy-2 in 1.2 s (", Headline.Of(held, s_one));
            Assert.Equal((Severity.Info, null, "INFO"), (held.Event.Severity, held.Next, Tone.Of(held.Event)));
        }
    }

    [Fact]
    public void A_restart_that_moved_nothing_is_information_and_a_recovery_closes()
    {
        var resumed = Announcement.Of(new Event(EventKind.Resumed, Severity.Warning) { Node = "haproxy-1", Term = 7 });
        Assert.Equal((Severity.Info, true), (resumed.Event.Severity, resumed.Event.Alert));
        Assert.Equal("The agent on haproxy-1 was restarted and goes on as before; nothing moved", Headline.Of(resumed, s_one));
        var back = Announcement.Of(new Event(EventKind.BecameBackup, Severity.Info) { Node = "haproxy-1", Alert = true, Cause = new Cause.FitAgain() });
        Assert.Equal(("haproxy-1 is healthy again; standing by", "RESOLVED"), (Headline.Of(back, s_one), Tone.Of(back.Event)));
    }

    [Fact]
    public void Maintenance_is_no_alarm()
    {
        var released = Announcement.Of(new Event(EventKind.Released, Severity.Warning) { Node = "haproxy-1", Peer = "haproxy-2", Fit = false, Cause = new Cause.InMaintenance("kernel") });
        Assert.Equal((Severity.Info, null), (released.Event.Severity, released.Next));
        Assert.Equal("Handing over: haproxy-1 gave up 203.0.113.10 and asked haproxy-2 to take over (haproxy-1 is in maintenance: kernel)", Headline.Of(released, s_one));
        var fault = Announcement.Of(new Event(EventKind.BecameFault, Severity.Warning) { Node = "haproxy-2", Alert = true, Cause = new Cause.InMaintenance(null) });
        Assert.Equal((Severity.Info, false), (fault.Event.Severity, fault.Event.Alert));
        // Nobody serves then, whoever wanted it.
        Assert.Equal(Severity.Critical, Announcement.Of(released.Event with { Severity = Severity.Critical, Peer = null }).Event.Severity);
    }

    [Theory]
    [InlineData("check haproxy is down: deactivating (stop-sigterm), stop job pending", "HAProxy on n1 was stopped")]
    [InlineData("check haproxy is down: deactivating...", "HAProxy on n1 was stopped")]
    [InlineData("check haproxy is down: inactive (dead)", "HAProxy on n1 was stopped")]
    [InlineData("check haproxy is down: inactive (dead), no such unit", "HAProxy on n1 is down: inactive (dead), no such unit")]
    [InlineData("check haproxy is down: failed (failed), result signal", "HAProxy on n1 failed")]
    [InlineData("check haproxy is down: crash loop: 3 restarts within 60 s, and down again (x)", "HAProxy on n1 keeps crashing")]
    [InlineData("check haproxy is down: pid 811 of /run/haproxy.pid is not running", "HAProxy on n1 has ended")]
    [InlineData("check haproxy is down: pid 4194303 is gone...", "HAProxy on n1 has ended")]
    [InlineData("check haproxy is down: pid 17954 of...", "HAProxy on n1 has ended")]
    [InlineData("check proxy is down: pid 811 of /run/proxy.pid...", "the program that check proxy watches on n1 has ended")]
    [InlineData("check haproxy is down: pid 811 has exited, and...", "HAProxy on n1 has ended")]
    [InlineData("check site is down: pid 811 offers no page", "check site on n1 is down: pid 811 offers no page")]
    [InlineData("check haproxy is down: as before the restart", "HAProxy on n1 is down")]
    [InlineData("check site is down: 503", "check site on n1 is down: 503")]
    [InlineData("check site is down: no answer within 400 ms (at 127.0.0....", "check site on n1 is down: no answer within 400 ms")]
    [InlineData("check unit is down: failed (failed)", "the program that check unit watches on n1 failed")]
    [InlineData("check a is down: b is down: x", "check a on n1 is down: b is down: x")]
    [InlineData("check haproxy is down: ", "HAProxy on n1 is down")]
    [InlineData("its cloud API fails", "n1 cannot reach the cloud API")]
    [InlineData("its claim had no result for 60 s", "n1 could not get it")]
    [InlineData("words of a version that is not known", "words of a version that is not known")]
    [InlineData("", "")]
    public void A_phrase_of_the_wire_becomes_plain(string phrase, string plain) => Assert.Equal(plain, PlainCause.OfPhrase(phrase, "n1"));

    [Fact]
    public void Every_cause_has_plain_words_without_a_gap() =>
        Assert.All(CauseExamples.Causes, cause => Assert.DoesNotMatch(@"^$|  | :|\.\.\.", PlainCause.Of(cause, "haproxy-2")));

    [Theory]
    [InlineData("one two three", 13, "one two three")]
    [InlineData("one two three", 12, "one two ...")]
    [InlineData("one, two", 8, "one, two")]
    [InlineData("one, twos", 8, "one ...")]
    [InlineData("abcdefghijkl", 8, "abcd ...")]
    public void A_text_is_cut_between_two_words(string text, int max, string cut) => Assert.Equal(cut, WholeWords.Cut(text, max));

    [Fact]
    public void No_secret_and_no_second_line_get_into_a_headline()
    {
        _ = new FlipAgent.Config.Secrets.Secret("dop_v1_headlinecanary");
        var held = Announcement.Of(Held(new Cause.Heard("check site is down: dop_v1_headlinecanary\n\u202ereversed")));
        Assert.EndsWith("(check site on haproxy-1 is down: ***..reversed)", Headline.Of(held, s_one));
    }

    [Fact]
    public void A_release_travels_in_whole_words() =>
        Assert.Equal("check haproxy is down: deactivating...", ReleaseCause.OnWire(new Cause.CheckDown("haproxy", "deactivating (stop-sigterm), stop job pending")));

    /// <summary>Whoever reads the first line only, in a cluster of several nodes, knows where to look. What is about the cluster or the address alone has no node to name.</summary>
    [Fact]
    public void Every_first_line_names_the_node_that_it_is_about()
    {
        EventKind[] ofNoNode = [EventKind.NotRedundant, EventKind.ForeignHolder, EventKind.FlapHoldEnded];
        var alerts = EventExamples.All.Select(e => Announcement.Of(e)).Where(a => FlipAgent.Alerts.Alert.IsWanted(a.Event) && !ofNoNode.Contains(a.Event.Kind));
        Assert.All(alerts, a => Assert.Contains("haproxy-", Headline.Of(a, s_one)));
    }

    private static Event Held(Cause cause) => new(EventKind.ClaimHeld, Severity.Info)
    {
        Node = "haproxy-2",
        Term = 2,
        Peer = "haproxy-1",
        Holder = "haproxy-2",
        Alert = true,
        Cause = cause,
        Detect = TimeSpan.Zero,
        Assign = TimeSpan.FromSeconds(1.2),
        Verify = TimeSpan.FromMilliseconds(3),
    };
}
