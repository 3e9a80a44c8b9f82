using FlipAgent.Cloud.Hetzner;
using FlipAgent.Core;
using FlipAgent.Outbound;
using FlipAgent.Redaction;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>What answers in the cloud's place may repeat the request, the token in it. What is shown of an answer is cut, and no cut saves a part of the token from being blacked out.</summary>
public sealed class CutSecretTests
{
    private const string Long = "dop_v1_CutInTheMiddle0123456789abcdef0123456789abcdef0123456789abcdef01";

    public CutSecretTests() => Redactor.Register(Long);

    [Theory]
    [InlineData(0)]
    [InlineData(120)]
    [InlineData(145)]
    [InlineData(159)]
    public async Task In_a_message(int before)
    {
        using var api = HttpScript.Always(422, Error("unprocessable_entity", new string('x', before) + Long));
        await NoneIsIn(api);
    }

    [Fact]
    public async Task In_a_code()
    {
        using var api = HttpScript.Always(422, Error(Long, "no"));
        await NoneIsIn(api);
    }

    [Fact]
    public async Task In_the_number_of_a_request()
    {
        using var api = HttpScript.Always(422, Error("unprocessable_entity", "no"), headers: $"x-request-id: {Long}\r\n");
        await NoneIsIn(api);
    }

    [Fact]
    public async Task In_a_content_type()
    {
        using var api = HttpScript.Always(502, "no", type: $"text/{Long}");
        await NoneIsIn(api);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(150)]
    public async Task In_the_error_of_an_action(int before)
    {
        using var api = HttpScript.Always(200, $$"""{"action":{"id":7,"status":"error","error":{"code":"{{Long}}","message":"{{new string('x', before)}}{{Long}}"} } }""");
        using var client = new HetznerClient(FloatingIp(api.Url), Ground(() => Long));
        var read = await client.ReadAction(7);
        Assert.Equal(ActionStatus.Errored, read.Action);
        Assert.DoesNotContain("dop_v1", read.Detail);
    }

    [Fact]
    public async Task In_what_a_proxy_says()
    {
        using var proxy = new AnswerStream($"HTTP/1.1 403 {new string('x', 30)}{Long}\r\n\r\n");
        var refused = await Assert.ThrowsAsync<ProxyRefusedException>(() => ProxyTunnel.Open(proxy, new Uri("https://api.example.org/"), CancellationToken.None));
        Assert.Contains("403 xxx", refused.Message);
        Assert.DoesNotContain("dop_v1", refused.Message);
    }

    private static async Task NoneIsIn(HttpScript api)
    {
        using var client = Client(api.Url, () => Long);
        foreach (var said in new[] { (await client.ReadHolder()).ToString(), (await client.Assign(1, Own, () => true)).ToString(), (await client.ReadAction(1)).ToString() })
            Assert.DoesNotContain("dop_v1", said, StringComparison.OrdinalIgnoreCase);
    }

    private static string Error(string id, string message) => $$"""{"id":"{{id}}","message":"{{message}}"}""";

    /// <summary>Takes what is written, and answers with this.</summary>
    private sealed class AnswerStream(string answer) : MemoryStream(System.Text.Encoding.ASCII.GetBytes(answer))
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
