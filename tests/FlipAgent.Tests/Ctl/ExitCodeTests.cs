using System.Net.Sockets;
using FlipAgent.Core;
using FlipAgent.Ctl;
using FlipAgent.Events;
using FlipAgent.Reporting;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>Each exit code of docs/cli.md, each got for real.</summary>
// The client's own time limits against real connections: one that is full is asked again for 8 s.
[Trait("Category", "RealTime")]
public class ExitCodeTests
{
    [Fact]
    public async Task Code_0_done()
    {
        await using var agent = await AgentInMemory.Start();
        var run = await CtlRun.Of(agent, "maintenance", "on", "--for", "2h", "--reason", "@ new kernel");
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Equal(new Command.Maintenance(true, TimeSpan.FromHours(2), "@ new kernel") { By = CallerTests.Me }, Assert.Single(agent.Commands));
    }

    [Fact]
    public async Task Code_1_failed()
    {
        await using var agent = await AgentInMemory.Start();
        agent.TestAlertFailures = "slack: 404 from hooks.slack.com";
        Assert.Equal(new CtlRun(1, "", "flipagentctl: slack: 404 from hooks.slack.com\n"), await CtlRun.Of(agent, "test-alert"));
    }

    [Theory]
    [InlineData("a verb is missing, expected one of status, events,")]
    [InlineData("there is no verb statsu; did you mean status?", "statsu")]
    [InlineData("there is no option --force; expected one of status", "--force")]
    [InlineData("a verb is missing, expected one of check, show", "config")]
    [InlineData("Argument 'maybe' not recognized", "maintenance", "maybe")]
    [InlineData("--for 3: has no unit; expected 3ms, 3s, 3m or 3h", "maintenance", "on", "--for", "3")]
    [InlineData("--for 0s: is no time to wait", "maintenance", "on", "--for", "0s")]
    [InlineData("--for 9000h: is too long; expected at most a year, 8784h", "maintenance", "on", "--for", "9000h")]
    [InlineData("explain -1: expected the number of a mastership, a whole number, 0 to 4294967295", "explain", "-1")]
    [InlineData("explain 4294967296: expected the number of a mastership", "explain", "4294967296")]
    [InlineData("explain x: expected the number of a mastership", "explain", "x")]
    [InlineData("what stands behind -- is no verb; expected flipagentctl status", "--", "status")]
    [InlineData("--key-file: the name of the file is empty; expected where the key goes", "keygen", "--install", "--key-file", "")]
    [InlineData("--key-file: the name of the file is empty; expected where the key goes", "join", "--key-file", "")]
    [InlineData("the name of the file is empty; expected that of a new file", "init", "")]
    [InlineData("--for and --reason go with maintenance on", "maintenance", "off", "--for", "3h")]
    [InlineData("--json and --watch exclude each other", "status", "--json", "--watch")]
    [InlineData("-n -1: expected a whole number", "events", "-n", "-1")]
    [InlineData("--id 256: expected a whole number, 1 to 255", "keygen", "--id", "256")]
    [InlineData("--key-file and --force go with keygen --install", "keygen", "--force")]
    [InlineData("explain seven: expected the number of a mastership", "explain", "seven")]
    [InlineData("realtime x: expected the number of a process\n", "realtime", "x")]
    [InlineData("realtime 0: expected the number of a process\n", "realtime", "0")]
    [InlineData("realtime 4294967297: expected the number of a process\n", "realtime", "4294967297")]
    [InlineData("Required argument 'PID' missing for command: 'realtime'", "realtime")]
    [InlineData("Unrecognized command or argument 'too-much'; check takes no word\n", "check", "too-much")]
    [InlineData("Unrecognized command or argument 'haproxy-2'; it makes the node master on which it is run: run it there, or release --to NODE on the master\n", "promote", "haproxy-2")]
    [InlineData("there is no option --clustre; did you mean --cluster?\n", "doctor", "--clustre")]
    [InlineData("Unrecognized command or argument 'haproxy-2'; expected it behind an option, such as --to NODE\n", "release", "haproxy-2")]
    [InlineData("Unrecognized command or argument '50'; expected it behind an option, such as -n N or ", "events", "50")]
    [InlineData("Unrecognized command or argument '--jsn'; did you mean --json?\n", "status", "--jsn")]
    [InlineData("Argument 'csh' not recognized", "completion", "csh")]
    public async Task Code_2_usage(string error, params string[] args)
    {
        var run = await CtlRun.Of(["--socket", "/nonexistent", .. args]);
        Assert.Equal((2, ""), (run.Exit, run.Out));
        Assert.Contains(error, run.Error);
        Assert.Contains("--help", run.Error);
    }

    [Fact]
    public async Task Code_2_a_reason_is_as_long_as_the_agent_takes_it()
    {
        await using var agent = await AgentInMemory.Start();
        var tooLong = await CtlRun.Of(agent, "maintenance", "on", "--reason", new string('x', 501));
        Assert.Equal(2, tooLong.Exit);
        Assert.StartsWith("flipagentctl: --reason: a text of 501 characters; expected at most 500\n", tooLong.Error);
        Assert.Empty(agent.Commands);
        Assert.Equal(0, (await CtlRun.Of(agent, "maintenance", "on", "--for", "8784h", "--reason", new string('x', 500))).Exit);
    }

    /// <summary>6 would say that nobody knows what came of it.</summary>
    [Theory]
    [InlineData(0, "is empty", "status")]
    [InlineData(108, "has 108 bytes", "promote", "--yes")]
    [InlineData(300, "has 300 bytes", "events", "--follow")]
    public async Task Code_2_a_socket_that_cannot_have_this_name(int length, string what, params string[] verb)
    {
        var run = await CtlRun.Of(["--socket", length == 0 ? "" : "/" + new string('s', length - 1), .. verb]);
        Assert.Equal(new CtlRun(2, "", $"flipagentctl: the name of the control socket (--socket, else $FLIPAGENT_SOCKET) {what}; expected a path of at most 107 bytes\n"), run);
    }

    [Fact]
    public async Task A_socket_that_is_none_is_in_nobodys_way_who_needs_no_agent() =>
        Assert.Equal(0, (await CtlRun.Of("--socket", "", "keygen")).Exit);

    [Theory]
    [InlineData("init", "--token", "dop_v1_canary0123456789abcdef0123456789abcdef")]
    [InlineData("keygen", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("keygen", "--id", "1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("status", "canaryHetznerAbCdEfGhIjKlMnOpQrStUvWxYz0123456789canary0123456789")]
    [InlineData("canaryHetznerAbCdEfGhIjKlMnOpQrStUvWxYz0123456789canary0123456789")]
    public async Task A_secret_on_the_command_line_is_not_repeated(params string[] words)
    {
        var run = await CtlRun.Of(words);
        Assert.Equal((2, ""), (run.Exit, run.Out));
        Assert.Contains("***", run.Error);
        Assert.DoesNotContain("canary", run.Error);
        Assert.DoesNotContain("0123456789abcdef", run.Error);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("status", "--json")]
    [InlineData("events")]
    [InlineData("events", "--follow")]
    [InlineData("explain")]
    [InlineData("check")]
    [InlineData("promote", "--yes")]
    [InlineData("release")]
    [InlineData("maintenance", "off")]
    [InlineData("reload")]
    [InlineData("prepare-restart")]
    [InlineData("config", "show")]
    [InlineData("drill", "--yes")]
    [InlineData("test-alert")]
    [InlineData("metrics")]
    public async Task Code_3_agent_not_running(params string[] args)
    {
        await using var agent = AgentInMemory.Silent();

        var absent = await CtlRun.Of(agent, args);
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(agent.Socket + ".old"));
            File.Move(agent.Socket + ".old", agent.Socket);
        }
        var leftOver = await CtlRun.Of(agent, args);

        Assert.Equal((3, 3), (absent.Exit, leftOver.Exit));
        Assert.Equal($"flipagentctl: the agent is not running here: there is no {agent.Socket} (systemctl status flipagent says why)\n", absent.Error);
        Assert.Contains($"nothing listens on {agent.Socket}", leftOver.Error);
    }

    // Code 4 needs another user: FlipagentctlProcessTests.

    [Theory]
    [InlineData("{}", "status")]
    [InlineData("  ", "status")]
    [InlineData("[]", "status", "--json")]
    [InlineData("{}", "events")]
    [InlineData("nonsense", "events")]
    [InlineData("{\"at\":5}\n", "events", "--follow")]
    public async Task Code_1_what_answers_is_no_agent(string body, params string[] verb)
    {
        await using var other = AgentInMemory.Silent();
        Assert.Equal(new CtlRun(1, "", "flipagentctl: the agent's answer could not be read: is it another version? (flipagentctl version)\n"), await AnsweredWith(other, 200, body, verb));
    }

    [Fact]
    public async Task What_an_agent_says_cannot_paint_the_terminal()
    {
        await using var other = AgentInMemory.Silent();
        var run = await AnsweredWith(other, 409, "{\"ok\":false,\"code\":5,\"text\":\"\",\"error\":\"one \\u001b[31mred\\ntwo\"}", "release");
        Assert.Equal(new CtlRun(5, "", "flipagentctl: one .[31mred\ntwo\n"), run);
    }

    [Theory]
    [InlineData("config", "show")]
    [InlineData("metrics")]
    public async Task A_text_that_is_printed_as_it_comes_cannot_paint_the_terminal_either(params string[] verb)
    {
        await using var other = AgentInMemory.Silent();
        Assert.Equal(new CtlRun(0, "one .[31mred.\ntwo.\n", ""), await AnsweredWith(other, 200, "one \x1b[31mred\u009b\ntwo\a\n", verb));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_refusal_never_ends_with_0(int code)
    {
        await using var other = AgentInMemory.Silent();
        var run = await AnsweredWith(other, 400, $"{{\"ok\":false,\"code\":{code},\"text\":\"\",\"error\":\"no\"}}", "reload");
        Assert.Equal(new CtlRun(1, "", "flipagentctl: no\n"), run);
    }

    [Theory]
    [InlineData(200, "status", "--json")]
    [InlineData(200, "reload")]
    [InlineData(200, "events")]
    [InlineData(403, "status")]
    [InlineData(403, "events", "--follow")]
    public async Task What_the_answer_says_of_its_characters_is_no_matter(int code, params string[] verb)
    {
        await using var other = AgentInMemory.Silent();
        var run = await AnsweredWith(other, code, "what", "application/json; charset=bogus", verb);
        Assert.Equal((1, ""), (run.Exit, run.Out));
        Assert.Contains(code == 200 ? "could not be read" : "HTTP 403", run.Error);
    }

    [Theory]
    [InlineData("the connection to the agent broke", "status")]
    [InlineData("the connection to the agent broke", "reload")]
    [InlineData("could not be read", "events", "--follow")]
    public async Task An_answer_without_end_is_not_kept(string expected, params string[] verb)
    {
        await using var other = AgentInMemory.Silent();
        var run = await AnsweredWith(other, 200, new string('x', 9 * 1024 * 1024), verb);
        Assert.NotEqual(0, run.Exit);
        Assert.Contains(expected, run.Error);
    }

    private static Task<CtlRun> AnsweredWith(AgentInMemory other, int code, string body, params string[] verb) =>
        AnsweredWith(other, code, body, "application/json", verb);

    private static async Task<CtlRun> AnsweredWith(AgentInMemory other, int code, string body, string type, string[] verb)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(other.Socket));
        listener.Listen();
        var accepting = listener.AcceptAsync();
        var running = CtlRun.Of(other, verb);
        using (var connection = await accepting)
        {
            Assert.True(await connection.ReceiveAsync(new byte[4096]) > 0);
            try
            {
                var length = System.Text.Encoding.UTF8.GetByteCount(body);
                await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes($"HTTP/1.1 {code} x\r\nContent-Type: {type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"));
            }
            catch (SocketException)
            {
                // It has read enough.
            }
        }
        return await running;
    }

    [Fact]
    public async Task Code_5_refused_by_a_rule()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = _ => new CommandAnswer("haproxy-1 is not master", "");
        Assert.Equal(new CtlRun(5, "", "flipagentctl: haproxy-1 is not master\n"), await CtlRun.Of(agent, "release", "--to", "haproxy-2"));
    }

    [Fact]
    public async Task Code_6_timed_out_and_the_outcome_is_unknown()
    {
        await using var agent = await AgentInMemory.Start(options => options with { AnswerTimeout = TimeSpan.FromMilliseconds(300) });
        agent.Status = _ => new TaskCompletionSource<StatusReport>().Task;
        var run = await CtlRun.Of(agent, "status");
        Assert.Equal((6, ""), (run.Exit, run.Out));
        Assert.Contains("did not answer in time", run.Error);
    }

    /// <summary>Nothing was to be changed, so there is no outcome to be unsure of.</summary>
    [Fact]
    public async Task Code_6_of_a_reading_verb_says_what_to_do_about_an_agent_that_hangs()
    {
        await using var agent = AgentInMemory.Silent();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(agent.Socket));
        listener.Listen();
        using var client = new AgentClient(agent.Socket);
        var answer = await client.GetText("v1/status", TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.Equal(6, answer.Failure!.Code);
        Assert.Equal("the agent did not answer within 1 s: journalctl -u flipagent -n 50 may say what holds it up; systemctl restart flipagent moves nothing", answer.Failure.Text);
    }

    [Fact]
    public async Task Code_6_an_agent_that_dies_in_the_middle_leaves_the_outcome_unknown()
    {
        await using var agent = AgentInMemory.Silent();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(agent.Socket));
        listener.Listen();
        var accepting = listener.AcceptAsync();

        var running = CtlRun.Of(agent, "prepare-restart");
        using (var connection = await accepting)
            Assert.True(await connection.ReceiveAsync(new byte[4096]) > 0);

        var run = await running;
        Assert.Equal(6, run.Exit);
        Assert.Contains("the connection to the agent broke", run.Error);
    }

    [Fact]
    public async Task Code_7_degraded()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = Reports.Degraded;
        var run = await CtlRun.Of(agent, "check");
        Assert.Equal((7, ""), (run.Exit, run.Error));
        Assert.Contains("down", run.Out);
    }

    [Fact]
    public async Task F59_Code_8_a_reload_of_an_invalid_configuration()
    {
        await using var agent = await AgentInMemory.Start();
        agent.ReloadErrors = "/etc/flipagent/flipagent.yaml:3:5: wrong\n/etc/flipagent/flipagent.yaml:4:1: wrong too";
        Assert.Equal(new CtlRun(8, "", $"flipagentctl: {agent.ReloadErrors}\n"), await CtlRun.Of(agent, "reload"));
    }

    [Fact]
    public async Task A_server_that_stays_full_is_said_to_be_busy_and_to_have_done_nothing()
    {
        await using var agent = AgentInMemory.Silent();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(agent.Socket));
        listener.Listen();
        using var stop = new CancellationTokenSource();
        // Takes every connection and closes it with what was sent still unread.
        var closing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var connection = await listener.AcceptAsync(stop.Token);
                connection.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead);
            }
        });

        var run = await CtlRun.Of(agent, "prepare-restart");

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => closing);
        Assert.Equal(new CtlRun(1, "", "flipagentctl: the agent is busy with too many connections; nothing was done\n"), run);
    }

    [Fact]
    public async Task A_full_server_is_asked_again_until_there_is_room()
    {
        await using var agent = await AgentInMemory.Start(options => options with { MostConnections = 4, IdleTimeout = TimeSpan.FromSeconds(2) });
        var idle = Enumerable.Range(0, 4).Select(_ => Client.Connect(agent)).ToList();
        try
        {
            Assert.Equal(0, (await CtlRun.Of(agent, "status")).Exit);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }
}
