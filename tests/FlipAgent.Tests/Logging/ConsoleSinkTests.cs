using System.Diagnostics;
using System.IO.Pipes;
using System.Net;
using System.Text;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Logging;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Logging;

/// <summary>The log on a terminal, a file or a pipe.</summary>
public class ConsoleSinkTests
{
    [Fact]
    public void A_line_has_time_level_sentence_and_the_fields_that_the_sentence_does_not_show()
    {
        var e = new Event(EventKind.BecameMaster, Severity.Warning) { Term = 7, RoleFrom = Role.Backup, RoleTo = Role.Master };
        var line = Written(logger => EventLog.Write(logger, new Announcement(e, "haproxy-2 is master", "no advert for 3.6 s"), "haproxy-2", IPAddress.Parse("203.0.113.10")));
        Assert.Matches(
            @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN  haproxy-2 is master  event=became-master  node=haproxy-2  term=7  fip=203\.0\.113\.10  "
            + "role_from=backup  role_to=master  cause=\"no advert for 3\\.6 s\"\n$",
            line);
    }

    [Fact]
    public void A_message_of_the_phrase_book_shows_nothing_twice()
    {
        var line = Written(logger => logger.ControlListening("/run/flipagent/control.sock"));
        Assert.EndsWith("INFO  control socket at /run/flipagent/control.sock\n", line);
    }

    [Fact]
    public void Control_characters_from_outside_cannot_fake_a_line()
    {
        var line = Written(logger => logger.ConfigWarning("a\n2026-01-01 CRIT all is lost\u001b[2J"));
        Assert.Equal(1, line.Count(c => c == '\n'));
        Assert.DoesNotContain('\u001b', line);
    }

    [Fact]
    public void Secrets_are_taken_out()
    {
        var line = Written(logger => logger.Unhandled(new InvalidOperationException("s3cret")));
        Assert.Contains("***", line);
        Assert.DoesNotContain("s3cret", line);
    }

    [Fact]
    public void F16_a_pipe_that_nobody_reads_never_blocks_and_the_loss_is_counted()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var log = LogSetup.ToConsole(pipe, null, LogLevel.Information);
        var logger = log.Factory.CreateLogger("x");
        var filler = new string('x', 1000);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 5000; i++)
        {
            logger.ConfigWarning(filler);
        }

        // 64 KiB fit into the pipe and 1024 lines onto the belt.
        Assert.InRange(log.Dropped, 1, 5000 - 1024);
        log.Dispose();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void A_reader_that_went_away_is_no_reason_to_stop()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        pipe.DisposeLocalCopyOfClientHandle();
        using var log = LogSetup.ToConsole(pipe, null, LogLevel.Information);
        log.Factory.CreateLogger("x").ConfigWarning("to nobody");
        log.Dispose();
        Assert.Equal(1, log.Dropped);
    }

    private static string Written(Action<ILogger> write)
    {
        using var output = new MemoryStream();
        using (var log = LogSetup.ToConsole(output, text => text.Replace("s3cret", "***"), LogLevel.Information))
        {
            write(log.Factory.CreateLogger("FlipAgent.Test"));
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}
