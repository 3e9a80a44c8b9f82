using System.Diagnostics;
using System.Net;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Logging;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Logging;

/// <summary>What a journald (here: its socket) gets of our log, and that nothing it does or fails to do stops us.</summary>
public sealed class JournalSinkTests : IDisposable
{
    private readonly UnixReceiver _journald = new();
    private readonly AgentLog _log;
    private readonly ILogger _logger;

    public JournalSinkTests()
    {
        _log = LogSetup.ToJournal(_journald.Path, text => text.Replace("s3cret", "***"), LogLevel.Information);
        _logger = _log.Factory.CreateLogger("FlipAgent.Test");
    }

    public void Dispose()
    {
        _log.Dispose();
        _journald.Dispose();
    }

    [Fact]
    public void An_event_arrives_with_its_number_its_sentence_and_its_facts()
    {
        var e = new Event(EventKind.ClaimHeld, Severity.Info)
        {
            Term = 7,
            RoleFrom = Role.Backup,
            RoleTo = Role.Master,
            Peer = "haproxy-1",
            Holder = "haproxy-2",
            ActionId = 36804745,
            Detect = TimeSpan.FromMilliseconds(12.5),
            Duration = TimeSpan.FromSeconds(1.25),
        };
        EventLog.Write(_logger, new Announcement(e, "haproxy-2 holds 203.0.113.10", "released by haproxy-1"), "haproxy-2", IPAddress.Parse("203.0.113.10"));
        var fields = JournalEntry.Parse(_journald.Receive());
        var expected = new Dictionary<string, string>
        {
            ["MESSAGE"] = "haproxy-2 holds 203.0.113.10",
            ["PRIORITY"] = "6",
            ["MESSAGE_ID"] = EventIds.Of(EventKind.ClaimHeld),
            ["SYSLOG_IDENTIFIER"] = "flipagent",
            ["CODE_FILE"] = "JournalSinkTests.cs",
            ["CODE_FUNC"] = nameof(An_event_arrives_with_its_number_its_sentence_and_its_facts),
            ["FLIPAGENT_EVENT"] = "claim-held",
            ["FLIPAGENT_NODE"] = "haproxy-2",
            ["FLIPAGENT_TERM"] = "7",
            ["FLIPAGENT_FIP"] = "203.0.113.10",
            ["FLIPAGENT_ROLE_FROM"] = "backup",
            ["FLIPAGENT_ROLE_TO"] = "master",
            ["FLIPAGENT_PEER"] = "haproxy-1",
            ["FLIPAGENT_OWNER"] = "haproxy-2",
            ["FLIPAGENT_CAUSE"] = "released by haproxy-1",
            ["FLIPAGENT_ACTION_ID"] = "36804745",
            ["FLIPAGENT_DETECT_MS"] = "12.5",
            ["FLIPAGENT_DURATION_MS"] = "1250",
            ["FLIPAGENT_LOG_ID"] = "405",
            ["FLIPAGENT_LOG_NAME"] = "ClaimHeld",
            ["FLIPAGENT_LOGGER"] = "FlipAgent.Test",
        };
        Assert.True(int.Parse(fields["CODE_LINE"]) > 0);
        fields.Remove("CODE_LINE");
        Assert.Equal(expected.OrderBy(f => f.Key), fields.OrderBy(f => f.Key));
    }

    [Theory]
    [InlineData(Severity.Info, "6")]
    [InlineData(Severity.Warning, "4")]
    [InlineData(Severity.Critical, "2")]
    public void Severity_becomes_the_syslog_priority(Severity severity, string priority)
    {
        EventLog.Write(_logger, new Announcement(new Event(EventKind.PeerSilent, severity), "x"), "n", IPAddress.Loopback);
        Assert.Equal(priority, JournalEntry.Parse(_journald.Receive())["PRIORITY"]);
    }

    [Fact]
    public void A_message_of_the_phrase_book_brings_its_values_as_fields()
    {
        _logger.StateRestored("master", 17, 250.5);
        var fields = JournalEntry.Parse(_journald.Receive());
        Assert.Equal("remembered from the last run: master in term 17, 251 ms ago", fields["MESSAGE"]);
        Assert.Equal("master", fields["FLIPAGENT_ROLE"]);
        Assert.Equal("17", fields["FLIPAGENT_TERM"]);
        Assert.Equal("250.5", fields["FLIPAGENT_AGE_MS"]);
        Assert.Equal("150", fields["FLIPAGENT_LOG_ID"]);
    }

    [Fact]
    public void The_clouds_own_number_of_a_request_is_a_field()
    {
        var e = new Event(EventKind.AssignRefused, Severity.Info) { RequestId = "req-1", ActionId = 17 };
        EventLog.Write(_logger, new Announcement(e, "the cloud refused the assign: 422"), "n", IPAddress.Loopback);
        var fields = JournalEntry.Parse(_journald.Receive());
        Assert.Equal(("req-1", "17"), (fields["FLIPAGENT_REQUEST_ID"], fields["FLIPAGENT_ACTION_ID"]));
    }

    [Fact]
    public void A_newline_in_a_value_cannot_make_a_field()
    {
        _logger.ConfigInvalid("line one\nPRIORITY=0\nline three");
        var fields = JournalEntry.Parse(_journald.Receive());
        Assert.Equal("3", fields["PRIORITY"]);
        Assert.Equal("line one\nPRIORITY=0\nline three", fields["FLIPAGENT_ERROR"]);
        Assert.Contains("PRIORITY=0\nline three", fields["MESSAGE"]);
    }

    [Fact]
    public void Secrets_are_taken_out_of_message_fields_and_exceptions()
    {
        _logger.ConfigWarning("the token is s3cret");
        _logger.Unhandled(new InvalidOperationException("s3cret again"));
        foreach (var _ in new[] { 1, 2 })
        {
            Assert.DoesNotContain("s3cret", _journald.ReceiveText());
        }
    }

    [Fact]
    public void An_exception_brings_its_stack_and_its_message()
    {
        _logger.Unhandled(new InvalidOperationException("the reason"));
        var fields = JournalEntry.Parse(_journald.Receive());
        Assert.EndsWith(": the reason", fields["MESSAGE"]);
        Assert.Contains(nameof(InvalidOperationException), fields["FLIPAGENT_EXCEPTION"]);
    }

    [Fact]
    public void A_value_too_long_for_a_datagram_is_cut_and_says_so()
    {
        _logger.ControlPrivate(new string('a', 150_000), new string('b', 150_000), new string('c', 150_000));
        var fields = JournalEntry.Parse(_journald.Receive());
        Assert.StartsWith("the groups ", fields["MESSAGE"]);
        Assert.EndsWith("(148976 characters cut)", fields["FLIPAGENT_READ_GROUP"]);
        Assert.Equal(0, _log.Dropped);
    }

    [Fact]
    public void F16_a_journald_that_does_not_read_never_blocks_and_the_loss_is_counted_and_told()
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 2000; i++)
        {
            _logger.ConfigWarning("nobody reads this");
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        var read = _journald.Drain();
        Assert.InRange(read, 1, 1999);
        Assert.Equal(2000 - read, _log.Dropped);

        _logger.ConfigWarning("somebody reads again");
        Assert.Contains("somebody reads again", _journald.ReceiveText());
        var report = JournalEntry.Parse(_journald.Receive());
        Assert.Equal(EventIds.LogDropped, report["MESSAGE_ID"]);
        Assert.Equal((2000 - read).ToString(), report["FLIPAGENT_COUNT"]);
    }

    [Fact]
    public void F16_a_journald_that_was_away_is_found_again()
    {
        var path = UnixReceiver.NewPath();
        using var log = LogSetup.ToJournal(path, null, LogLevel.Information);
        var logger = log.Factory.CreateLogger("x");
        logger.ConfigWarning("lost");
        Assert.Equal(1, log.Dropped);
        using (var first = new UnixReceiver(path))
        {
            logger.ConfigWarning("first");
            Assert.Contains("first", first.ReceiveText());
        }

        logger.ConfigWarning("lost too");
        Assert.Equal(2, log.Dropped);
        using var second = new UnixReceiver(path);
        logger.ConfigWarning("second");
        Assert.Contains("second", second.ReceiveText());
    }

    [Fact]
    public void Debug_is_silent_until_it_is_asked_for()
    {
        _logger.LoopLate(3);
        _log.SetMinimum(LogLevel.Debug);
        _logger.LoopLate(4);
        Assert.Equal("4", JournalEntry.Parse(_journald.Receive())["FLIPAGENT_LATE_MS"]);
        Assert.Equal(0, _journald.Waiting);
    }
}
