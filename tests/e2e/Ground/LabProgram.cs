using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlipAgent.Lab;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// The stand-in cloud as a program in its own namespace, steered over HTTP: the tests sit at its control desk and never touch what is inside.
/// </summary>
internal sealed class LabProgram : IDisposable
{
    public const int ApiPort = 8080, MetadataPort = 8081, SlackPort = 8082, ServicePort = 8001;
    public const long Foreign = 999;
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Owned _program;
    private readonly HttpClient _http;

    public LabProgram(NetworkNamespaces networks, int nodes, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "boot.token"), "dop_v1_boot");
        string[] listen = [.. new[] { ApiPort, MetadataPort, SlackPort }.SelectMany(p => new[] { "--listen", $"{NetworkNamespaces.CloudAddress}:{p}" })];
        string[] droplets = [.. Enumerable.Range(1, nodes).SelectMany(n => new[] { "--droplet", $"{Droplet(n)},haproxy-{n},{NetworkNamespaces.Address(n)}" })];
        _program = new(networks.Cloud, Path.Combine(folder, "lab.log"), null, [
            "dotnet", Path.Combine(AppContext.BaseDirectory, "flipagent-lab.dll"), "serve", .. listen, .. droplets,
            "--droplet", $"{Foreign},foreign,10.77.0.99", "--floating-ip", $"{NetworkNamespaces.FloatingIp},{Droplet(1)}", "--forward", $"{ServicePort}",
            "--token", $"boot,{Path.Combine(folder, "boot.token")}"]);
        _http = new(new SocketsHttpHandler { ConnectCallback = (_, cancel) => NetworkNamespaces.Connect(networks.Cloud, new IPEndPoint(NetworkNamespaces.CloudAddress, ApiPort), cancel) })
        { BaseAddress = new($"http://{NetworkNamespaces.CloudAddress}:{ApiPort}") };
    }

    public static long Droplet(int node) => 100 + node;

    public async Task Ready() => await Until.True(
        async () =>
        {
            // On a busy machine there is no log yet.
            if (!_program.Runs)
                Assert.Fail(File.ReadAllText(_program.Log));
            try
            {
                await Ask("lab");
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        "the stand-in cloud answers", 60);

    public async Task<JsonNode> Ask(string path) => JsonNode.Parse(await _http.GetStringAsync(path))!;

    /// <summary>A change at the control desk; the body is JSON.</summary>
    public async Task Do(string method, string path, string body = "")
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await _http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path} {body}: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <param name="fault">Fields of a fault, such as <c>"on":"api","fault":"500"</c>.</param>
    public Task Fault(string fault) => Do("POST", "lab/faults", $"{{{fault}}}");

    public Task NoFaults() => Do("DELETE", "lab/faults");

    public Task Move(long droplet) => Do("POST", "lab/move", $$"""{"droplet_id":{{droplet}}}""");

    public async Task<long> Holder() => (long)(await Ask("lab"))["floating_ips"]![0]!["holder"]!;

    /// <summary>What happened after that entry, oldest first.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> History(long after, params string[] kinds) =>
        (await Ask($"lab/history?after={after}&kind={string.Join(',', kinds)}")).Deserialize<List<HistoryEntry>>(s_json)!;

    /// <summary>Number of the latest entry.</summary>
    public async Task<long> Now() => (await History(0)) is [.., var last] ? last.Seq : 0;

    public void Dispose()
    {
        _http.Dispose();
        _program.Dispose();
    }
}
