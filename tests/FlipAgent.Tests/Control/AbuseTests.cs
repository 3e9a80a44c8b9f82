using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Reporting;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Control;

/// <summary>F63: whatever is done to the control socket, it goes on answering, and the agent behind it notices nothing.</summary>
// A thousand real connections; the bounds are the server's own limits and ten times what they take on an idle machine.
[Trait("Category", "RealTime")]
public class AbuseTests
{
    [Fact]
    public async Task F63_A_thousand_idle_clients_are_shown_the_door_and_the_next_one_is_answered()
    {
        await using var agent = await AgentInMemory.Start();
        var idle = Enumerable.Range(0, 1000).Select(_ => Client.Connect(agent)).ToList();
        try
        {
            // Those beyond the limit are told so at once; the others may say nothing for 5 s.
            var full = Client.ReadToEnd(WithTimeout(idle[^1]));
            Assert.StartsWith("HTTP/1.1 503 ", full);
            Assert.Contains("too many connections", full);

            using var client = new AgentClient(agent.Socket, TimeSpan.FromSeconds(30));
            string? status = null;
            await Until.True(async () => (status = await client.Try("v1/status")) is not null, "a connection is free and the status is read");
            Assert.Contains("\"verdict\":\"ok\"", status);
            // Who got a seat is let go without a word; the first to connect need not be the first to be seated.
            Assert.Contains("", idle.Take(16).Select(socket => Client.ReadToEnd(WithTimeout(socket))));
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [NeedsFact("root", "setpriv", "curl", "perl")]
    public async Task F63_Strangers_take_a_few_seats_only_so_an_administrator_always_gets_in()
    {
        await using var agent = await AgentInMemory.Start();
        const string script =
            "$|=1; for (1..200) { socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])) or die $!; push @s, $s } print qq(in\\n); sleep 60";
        string[] arguments = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "perl", "-MSocket", "-e", script, agent.Socket];
        using var strangers = new OwnedProcess(new(), ["setpriv", .. arguments]);
        strangers.AwaitOutput("in\n");

        var curl = Shell.Run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", agent.Socket, "http://x/v1/status");

        Assert.Equal("200", curl.Out);
    }

    [Theory]
    [InlineData("GET /v1/status HTT")]
    [InlineData("POST /v1/maintenance HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n{\"on\":true")]
    public async Task F63_Half_a_request_is_given_up_after_five_seconds(string half)
    {
        await using var agent = await AgentInMemory.Start(options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });
        var clock = Stopwatch.StartNew();

        var answer = Client.Exchange(agent, Encoding.ASCII.GetBytes(half));

        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 20);
        Assert.Matches("^(|HTTP/1.1 (408|400) .*)", answer);
        Assert.Empty(agent.Commands);
        Assert.Equal(TimeSpan.FromSeconds(5), new ControlOptions { SocketPath = "x" }.IdleTimeout);
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n")]
    [InlineData("zz\r\n{}\r\n0\r\n\r\n")]
    public async Task F63_A_chunk_whose_size_is_none_is_the_mistake_of_who_asks(string body)
    {
        await using var agent = await AgentInMemory.Start();

        var answer = Client.Exchange(agent, Encoding.ASCII.GetBytes($"POST /v1/maintenance HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{body}"));

        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Empty(agent.Commands);
        Assert.DoesNotContain(agent.Log, line => line.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData("/v1/maintenance", "{\"on\":tr", "the body is not complete and valid JSON (byte 8 of line 1), expected an object with \"on\", \"for_s\", \"reason\" and nothing else")]
    [InlineData("/v1/maintenance", "{}", "the field \"on\" is missing, expected true or false")]
    [InlineData("/v1/maintenance", "{\"on\":1}", "the field \"on\" is the number 1, expected true or false")]
    [InlineData("/v1/maintenance", "{\"on\":true,\"for_s\":-5}", "the field \"for_s\" is the number -5, expected seconds, a number above 0 and at most a year")]
    [InlineData("/v1/maintenance", "{\"on\":true,\"on\":false}", "the field \"on\" is there twice, expected an object with \"on\", \"for_s\", \"reason\" and nothing else")]
    [InlineData("/v1/promote", "{\"force\":true}", "unknown field \"force\", expected an object with \"yes\" and nothing else")]
    [InlineData("/v1/promote", "[]", "the body is an array, expected an object with \"yes\" and nothing else")]
    [InlineData("/v1/release", "{\"to\":7}", "the field \"to\" is the number 7, expected a text of at most 500 characters")]
    [InlineData("/v1/reload", "{\"now\":true}", "unknown field \"now\", expected no body or {}")]
    [InlineData("/v1/promote", "\u00ff\u00fe", "the body is not text in UTF-8 (byte 0 of line 1), expected an object with \"yes\" and nothing else")]
    [InlineData("/v1/promote", "\u00c3\u00bf", "the body is not complete and valid JSON")]
    [InlineData("/v1/maintenance", "{\"on\":true,\n\"reason\":\"St\u00f6rung\"}", "the body is not text in UTF-8 (byte 12 of line 2), expected an object with \"on\"")]
    [InlineData("/v1/maintenance", "{\"on\":true,\"reason\":\"cut \u00e2\u0082\"}", "the body is not text in UTF-8 (byte 25 of line 1), expected an object with \"on\"")]
    [InlineData("/v1/maintenance", "{\"on\":true,\"r\u00f6ason\":\"x\"}", "the body is not text in UTF-8 (byte 13 of line 1), expected an object with \"on\"")]
    [InlineData("/v1/maintenance", "{\"on\":true,\"reason\":\"\\ud800\"}", "the field \"reason\" is no Unicode text (it has half of a surrogate pair), expected a text of at most 500 characters")]
    [InlineData("/v1/release", "{\"to\":\"haproxy-2\\udc00\"}", "the field \"to\" is no Unicode text (it has half of a surrogate pair)")]
    [InlineData("/v1/release", "{\"\\udc00\\ud800\":\"haproxy-2\"}", "the name of field 1 is no Unicode text (it has half of a surrogate pair), expected an object with \"to\" and nothing else")]
    [InlineData("/v1/maintenance", "{\"on\":true,\"o\\u006e\":true}", "the field \"on\" is there twice")]
    [InlineData("/v1/maintenance", "{\"on\":{\"\\ud800\":1}}", "the field \"on\" is an object, expected true or false")]
    [InlineData("/v1/maintenance", "{\"on\":true,\"for_s\":\"\\ud800\"}", "the field \"for_s\" is a text, expected seconds")]
    [InlineData("/v1/reload", "\"\\ud800\"", "the body is a text, expected no body or {}")]
    public async Task F63_A_wrong_body_gets_a_clear_400_and_does_nothing(string path, string body, string error)
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);

        var answer = await client.PostAsync(path, new ByteArrayContent(Encoding.Latin1.GetBytes(body)));

        var report = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ReportJson.Default.CommandReport)!;
        Assert.Equal((HttpStatusCode.BadRequest, false, ExitCode.Usage), (answer.StatusCode, report.Ok, report.Code));
        Assert.StartsWith(error, report.Error);
        Assert.Empty(agent.Commands);
    }

    [Fact]
    public async Task F63_A_body_above_16_KiB_is_refused()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);

        var answer = await client.PostAsync("/v1/maintenance", new StringContent("{\"on\":true,\"reason\":\"" + new string('x', 20_000) + "\"}"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(agent.Commands);
    }

    [Fact]
    public async Task F63_Random_bytes_and_broken_requests_never_stop_it()
    {
        await using var agent = await AgentInMemory.Start(options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });
        var random = new Random(63);
        var whole = Encoding.ASCII.GetBytes("POST /v1/promote HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"yes\":true}");
        for (var i = 0; i < 400; i++)
        {
            var bytes = i % 2 == 0 ? RandomBytes(random) : Mutated(whole, random);
            Client.Exchange(agent, bytes, finish: true);
        }

        using var client = Client.Of(agent);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/status")).StatusCode);
        Assert.All(agent.Commands, command => Assert.IsType<Command.Promote>(command));
        Assert.DoesNotContain(agent.Log, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task F63_Who_sends_on_and_never_reads_takes_some_kilobytes_of_memory()
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Connect(agent);
        client.SendBufferSize = 4096;
        client.SendTimeout = 2000;
        var requests = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 50)));
        var taken = 0;
        Action untilStuck = () =>
        {
            while (true)
                taken += client.Send(requests);
        };
        Assert.Throws<SocketException>(untilStuck);

        // The agent's 64 kB, and what the kernel holds for both ends; what was answered before the answers filled it is some more.
        Assert.InRange(taken, 1, 400_000);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_a_504_and_not_a_hang()
    {
        await using var agent = await AgentInMemory.Start(options => options with { AnswerTimeout = TimeSpan.FromMilliseconds(300) });
        agent.Status = _ => new TaskCompletionSource<StatusReport>().Task;
        using var client = Client.Of(agent);

        var answer = await client.GetAsync("/v1/status");

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Contains("\"code\":6", await answer.Content.ReadAsStringAsync());
    }

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(1, 2000)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Mutated(byte[] whole, Random random)
    {
        var bytes = whole[..random.Next(1, whole.Length + 1)];
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static Socket WithTimeout(Socket socket)
    {
        socket.ReceiveTimeout = 30_000;
        return socket;
    }
}
