using System.Text;
using System.Text.RegularExpressions;
using FlipAgent.Alerts;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Events;
using static FlipAgent.Tests.AlertFixtures;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>Alerts as mail: what a mail program gets, and that no text of an alert can say anything to it.</summary>
public class MailTests
{
    private static readonly AlertText s_words = new("web-lb", "haproxy-2", "203.0.113.10") { RunbookUrl = "https://wiki.example.com/flipagent#{event}" };

    private static SinkConfig.Email Config(string program = "/usr/sbin/sendmail") => new(["ops@example.com", "root"], "flipagent@example.com", program, TimeSpan.FromSeconds(5));

    [Fact]
    public void A_mail_has_the_headline_as_its_subject_and_the_lines_as_its_body()
    {
        var text = Mail(Alert(Severity.Critical, 7, "something happened"));
        var (head, body) = Split(text);
        Assert.Equal(
            ["From: flipagent@example.com", "To: ops@example.com,", " root", "Subject: CRITICAL [web-lb] something happened", "Date: Thu, 01 Jan 2026 12:30:00 +0000",
                $"Message-ID: <{At.ToUnixTimeMilliseconds()}.7.1.101@haproxy-2.web-lb.flipagent>", "Auto-Submitted: auto-generated", "Importance: high", "X-Priority: 1", "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"],
            head);
        Assert.StartsWith("CRITICAL [web-lb] something happened\n\nNext: `flipagentctl status` on haproxy-2 shows the cluster", body);
        Assert.Contains("\nRunbook: https://wiki.example.com/flipagent#became-master\n", body);
        Assert.Contains("\nSeen by: haproxy-2, term 7, 2026-01-01 12:30:00 UTC\n", body);
    }

    [Theory]
    [InlineData("x\r\nBcc: victim@example.com\r\n\r\nbuy")]
    [InlineData("x\nBcc: victim@example.com")]
    [InlineData("x\u2028Bcc: victim@example.com\u0085Cc: y\v\f\0")]
    [InlineData("=?utf-8?Q?=0ABcc:_victim@example.com?=")]
    [InlineData("\r\n.\r\nMAIL FROM:<x>")]
    [InlineData("käse \U0001F600 ключ ключ ключ ключ ключ ключ ключ ключ ключ ключ ключ ключ ключ ключ")]
    [InlineData("\ud800 half")]
    public void No_text_makes_a_header_or_a_recipient(string hostile)
    {
        var alert = new Alert(new Announcement(new Event(EventKind.CheckDegraded, Severity.Warning) { Term = 1, Peer = hostile, Holder = hostile }, hostile, hostile, hostile), At, 1, hostile);
        var (head, body) = Split(Mail(alert));
        Assert.All(head, line => Assert.Matches("^( |From|To|Subject|Date|Message-ID|Auto-Submitted|MIME-Version|Content-Type|Content-Transfer-Encoding)", line));
        Assert.Single(head, line => line.StartsWith("To:", StringComparison.Ordinal));
        Assert.All(head, line => Assert.InRange(line.Length, 1, 250));
        Assert.DoesNotContain(head, line => line.Contains("Bcc", StringComparison.Ordinal) && !line.StartsWith("Subject: ", StringComparison.Ordinal));
        Assert.All(Mail(alert).Split('\n'), line => Assert.True(line.All(c => c is >= ' ' and <= '~'), line));
        Assert.All(Mail(alert).Split("\n\n", 2)[1].Split('\n'), line => Assert.InRange(line.Length, 0, 76));
        Assert.DoesNotContain("\n.\n", Mail(alert));
        Assert.NotEmpty(body);
    }

    [Fact]
    public void Letters_of_any_language_come_through()
    {
        const string words = "check site is down: Zeitüberschreitung \U0001F600 = 100 %";
        var (head, body) = Split(Mail(new Alert(new Announcement(new Event(EventKind.CheckDegraded, Severity.Warning), words), At, 1, null)));
        Assert.Contains(words, body);
        var subject = string.Concat(Regex.Matches(string.Join("\n", head), @"=\?utf-8\?B\?([^?]*)\?=").Select(m => Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value))));
        Assert.Equal($"WARNING [web-lb] {words}", subject);
    }

    [Fact]
    public void A_mail_is_bounded_and_cut_between_words()
    {
        var text = string.Concat(Enumerable.Repeat("seventeen letters ", 5000));
        var mail = Mail(new Alert(new Announcement(new Event(EventKind.CheckDegraded, Severity.Warning), text, text, text), At, 1, null));
        Assert.InRange(mail.Length, 1000, 30_000);
        Assert.Matches("Subject: [^\n]{100,200}letters \\.\\.\\.\n", mail);
    }

    [Fact]
    public async Task The_mail_program_gets_the_mail_and_no_text_as_an_argument()
    {
        var file = Path.Combine(TempDir(), "mail");
        await using var alerts = Dispatcher(_ => null, new ListLog());
        alerts.Apply([Config(Script($"cat > {file}; echo \"$#: $*\" > {file}.args"))]);
        Assert.Null(await alerts.TestAlert(null, CancellationToken.None));
        Assert.Equal("2: -t -i\n", await File.ReadAllTextAsync(file + ".args"));
        Assert.Contains("Subject: INFO [web-lb] test alert from haproxy-2, requested by an operator; nothing is wrong\n", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task A_mail_program_that_fails_hangs_or_is_not_there_says_so()
    {
        await using var alerts = Dispatcher(_ => null, new ListLog());
        alerts.Apply([
            Config(Script("exit 75")), Config(Script("exec sleep 60")) with { Timeout = TimeSpan.FromMilliseconds(300) }, Config("/nonexistent/sendmail")]);
        var lines = (await alerts.TestAlert(null, CancellationToken.None))!.Split('\n');
        Assert.EndsWith("exit status 75", lines[0]);
        Assert.Contains("still running after 0.3 s; a mail program that needs rights of its own", lines[1]);
        Assert.Equal("email (/nonexistent/sendmail): /nonexistent/sendmail cannot be started (errno 2)", lines[2]);
    }

    private static string Script(string body)
    {
        var path = Path.Combine(TempDir(), "sendmail");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static string Mail(Alert alert) => Encoding.UTF8.GetString(MailMessage.Of(alert, s_words, Config()));

    /// <summary>The header lines, and the body as it is read.</summary>
    private static (string[] Head, string Body) Split(string mail)
    {
        var parts = mail.Split("\n\n", 2);
        var bytes = Regex.Replace(parts[1].Replace("=\n", ""), "=([0-9A-F]{2})", m => ((char)Convert.ToByte(m.Groups[1].Value, 16)).ToString());
        return (parts[0].Split('\n'), Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes)));
    }
}
