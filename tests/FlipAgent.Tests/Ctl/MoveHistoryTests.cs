using FlipAgent.Ctl;
using static FlipAgent.Tests.Ctl.JournalLines;

namespace FlipAgent.Tests.Ctl;

/// <summary>One move is one line of the history, whichever journals tell of it.</summary>
public class MoveHistoryTests
{
    [Fact]
    public void The_new_holder_tells_why_and_how_long()
    {
        var move = Assert.Single(Of(FailoverOfTwo));
        Assert.Equal(("haproxy-1", "haproxy-2", 2u, "HAProxy on haproxy-1 was stopped", false, "haproxy-2", "203.0.113.10"),
            (move.From, move.To, move.Term, move.Cause, move.Planned, move.SeenBy, move.FloatingIp));
        Assert.Equal((0, 1190.5, 2.787, null), (move.DetectMs, move.AssignMs, move.VerifyMs, move.AskedBy));
        Assert.Equal(Noon.AddSeconds(1.25), move.At);
    }

    [Fact]
    public void The_former_holder_tells_why_and_not_how_long()
    {
        var move = Assert.Single(Of(FailoverOfOne));
        Assert.Equal(("haproxy-1", "haproxy-2", "HAProxy on haproxy-1 was stopped", false, null), (move.From, move.To, move.Cause, move.Planned, move.AssignMs));
    }

    [Fact]
    public void Both_journals_together_tell_of_one_move_in_either_order()
    {
        Assert.Equal(1190.5, Assert.Single(Of([.. FailoverOfOne, .. FailoverOfTwo])).AssignMs);
        // The clock of haproxy-1 is ahead by 3 s.
        string[] ahead = [Event("haproxy-1", 3, "released", 1, ("peer", "haproxy-2"), ("cause", "release by command")), Event("haproxy-1", 4, "holder-changed", 2, ("owner", "haproxy-2"), ("from", "haproxy-1"))];
        Assert.Equal(1190.5, Assert.Single(Of([.. FailoverOfTwo, .. ahead])).AssignMs);
    }

    [Fact]
    public void A_move_there_and_back_within_the_minute_is_two()
    {
        var back = Event("haproxy-1", 30, "claim-held", 3, ("peer", "haproxy-2"), ("cause", "promote on haproxy-1"));
        var again = Event("haproxy-2", 50, "claim-held", 4, ("peer", "haproxy-1"), ("cause", "release by command"));
        Assert.Equal([false, true, true], Of([.. FailoverOfTwo, back, again]).Select(m => m.Planned));
    }

    [Fact]
    public void Who_asked_for_a_release_is_known_where_it_was_asked()
    {
        // The order is logged when it is answered, a moment after the release.
        string[] asked =
        [
            Event("haproxy-1", 0, "released", 1, ("peer", "haproxy-2"), ("cause", "release by command")), Order("haproxy-1", 0.01, "release --to haproxy-2"),
            Event("haproxy-1", 1.3, "holder-changed", 2, ("owner", "haproxy-2"), ("from", "haproxy-1")),
        ];
        var move = Assert.Single(Of(asked));
        Assert.Equal(("an operator released it", true, "alice (release --to haproxy-2)"), (move.Cause, move.Planned, move.AskedBy));
        // With the journal of the new holder beside it the line has everything.
        var held = Event("haproxy-2", 1.2, "claim-held", 2, ("peer", "haproxy-1"), ("cause", "release by command"), ("assign_ms", "1100"));
        move = Assert.Single(Of([.. asked, held]));
        Assert.Equal((1100, "alice (release --to haproxy-2)"), (move.AssignMs, move.AskedBy));
    }

    [Fact]
    public void Who_asked_for_a_promotion_or_a_maintenance_is_known_too()
    {
        var promoted = Assert.Single(Of([Order("haproxy-2", 0, "promote", uid: 0), Event("haproxy-2", 1.5, "claim-held", 2, ("peer", "haproxy-1"), ("cause", "promote on haproxy-2"))]));
        Assert.Equal(("an operator promoted haproxy-2", "uid 0 (promote)"), (promoted.Cause, promoted.AskedBy));
        var maintained = Assert.Single(Of(
        [
            Event("haproxy-1", 0, "released", 1, ("peer", "haproxy-2"), ("cause", "in maintenance: kernel")), Order("haproxy-1", 0.01, "maintenance on (kernel)"),
            Event("haproxy-1", 1, "holder-changed", 2, ("owner", "haproxy-2"), ("from", "haproxy-1")),
        ]));
        Assert.Equal(("haproxy-1 is in maintenance: kernel", "alice (maintenance on (kernel))"), (maintained.Cause, maintained.AskedBy));
    }

    [Fact]
    public void A_failover_was_asked_for_by_nobody_and_a_refused_order_brought_nothing_about()
    {
        Assert.Null(Assert.Single(Of([Order("haproxy-2", -1, "promote"), .. FailoverOfTwo])).AskedBy);
        var planned = Event("haproxy-2", 1.5, "claim-held", 2, ("peer", "haproxy-1"), ("cause", "promote on haproxy-2"));
        Assert.Null(Assert.Single(Of([Order("haproxy-2", 0, "promote", outcome: "failed: not fit"), planned])).AskedBy);
        Assert.Null(Assert.Single(Of([Order("haproxy-3", 0, "promote"), planned])).AskedBy);
        Assert.Null(Assert.Single(Of([Order("haproxy-2", -600, "promote"), planned])).AskedBy);
    }

    [Fact]
    public void A_start_an_unknown_holder_and_the_sentence_of_an_older_agent()
    {
        Assert.Empty(Of([Event("haproxy-1", 0, "claim-held", 1, ("cause", "there is no master")), Event("haproxy-1", 0, "holder-changed", 1, ("owner", "haproxy-2"), ("from", "unknown"))]));
        var old = Assert.Single(Of([Event("haproxy-3", 0, "holder-changed", 1, ("owner", "haproxy-2"), ("MESSAGE", "the floating IP is at haproxy-2; it was at haproxy-1"))]));
        Assert.Equal(("haproxy-1", "haproxy-2", null, null), (old.From, old.To, old.Cause, old.Planned));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("{\"_SYSTEMD_UNIT\":\"flipagent.service\",\"__REALTIME_TIMESTAMP\":\"999999999999999999\",\"FLIPAGENT_EVENT\":\"x\",\"FLIPAGENT_TERM\":\"1\"}")]
    [InlineData("{\"_SYSTEMD_UNIT\":\"flipagent.service\",\"__REALTIME_TIMESTAMP\":\"1\",\"FLIPAGENT_EVENT\":\"x\",\"FLIPAGENT_TERM\":\"-1\"}")]
    [InlineData("{\"_SYSTEMD_UNIT\":\"user@1000.service\",\"__REALTIME_TIMESTAMP\":\"1\",\"FLIPAGENT_EVENT\":\"claim-held\",\"FLIPAGENT_TERM\":\"1\"}")]
    [InlineData("{\"_SYSTEMD_UNIT\":\"flipagent.service\",\"__REALTIME_TIMESTAMP\":\"1\",\"FLIPAGENT_EVENT\":\"\\u001b[2J\",\"FLIPAGENT_TERM\":\"1\"}")]
    [InlineData("{\"__REALTIME_TIMESTAMP\":\"1\",\"FLIPAGENT_EVENT\":\"claim-held\",\"FLIPAGENT_TERM\":\"1\"}")]
    [InlineData("{\"_SYSTEMD_UNIT\":\"flipagent.service\",\"__REALTIME_TIMESTAMP\":{},\"FLIPAGENT_EVENT\":[],\"FLIPAGENT_TERM\":null}")]
    public void What_no_agent_wrote_is_left_out(string line) => Assert.Null(JournalEntry.Parse(line));

    [Fact]
    public void Fields_as_bytes_twice_and_missing_are_read()
    {
        var entry = JournalEntry.Parse(
            "{\"_SYSTEMD_UNIT\":\"flipagent@web.service\",\"__REALTIME_TIMESTAMP\":\"1767268800123456\",\"FLIPAGENT_EVENT\":\"check-down\",\"FLIPAGENT_TERM\":\"7\",\"MESSAGE\":[99,97,102,195,169,10,255],"
            + "\"FLIPAGENT_CAUSE\":[\"one\",\"two\"],\"FLIPAGENT_NEXT\":null,\"PRIORITY\":\"2\",\"FLIPAGENT_DETECT_MS\":\"NaN\",\"FLIPAGENT_ASSIGN_MS\":\"12.5\"}")!;
        Assert.Equal(("café\n\ufffd", "one", null, "critical", null, 12.5), (entry.Event!.Text, entry.Event.Cause, entry.Event.Next, entry.Event.Severity, entry.Event.DetectMs, entry.Event.AssignMs));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 12, 0, 0, 123, 456, TimeSpan.Zero), entry.At);
    }

    private static IReadOnlyList<PastMove> Of(string[] lines) => MoveHistory.Of(Entries(lines), uid => uid == 1000 ? "alice" : null);
}
