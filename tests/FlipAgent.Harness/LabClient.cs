using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlipAgent.Harness;

/// <summary>The control API of the stand-in cloud, below /lab (tests/FlipAgent.Lab/README.md): what is set, broken and read by the side that tests.</summary>
/// <param name="http">Has the cloud as its base address. Is disposed with this.</param>
public sealed class LabClient(HttpClient http) : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The holder of the first floating IP, as the API would say; null: none.</summary>
    public async Task<long?> Holder() => (long?)(await State())["floating_ips"]![0]!["holder"];

    /// <summary>The whole state: droplets, floating IPs, knobs.</summary>
    public Task<JsonNode> State() => Get("lab");

    /// <summary>What happened after that entry, oldest first.</summary>
    /// <param name="after">Number of an entry; 0: from the beginning.</param>
    public async Task<IReadOnlyList<HistoryEntry>> History(long after, params string[] kinds) =>
        (await Get($"lab/history?after={after}&kind={string.Join(',', kinds)}")).Deserialize<List<HistoryEntry>>(s_json)!;

    /// <summary>Number of the latest entry; 0: nothing has happened.</summary>
    public async Task<long> LatestEntry() => (await History(0)) is [.., var last] ? last.Seq : 0;

    /// <summary>The requests to assign so far, accepted or not.</summary>
    public async Task<IReadOnlyList<JsonNode>> Assigns() => [.. (await Get("lab/assigns")).AsArray().Select(a => a!)];

    /// <summary>The Slack messages so far, with <c>at</c>, <c>body</c> and <c>text</c>.</summary>
    public async Task<IReadOnlyList<JsonNode>> Alerts() => [.. (await Get("lab/slack")).AsArray().Select(m => m!)];

    /// <param name="fault">Fields of a fault, such as <c>"on":"api","fault":"500"</c>.</param>
    public Task Fault(string fault) => Send("POST", "lab/faults", $"{{{fault}}}");

    public Task NoFaults() => Send("DELETE", "lab/faults");

    /// <param name="knobs">A JSON object with those that change.</param>
    public Task Knobs(string knobs) => Send("PUT", "lab/knobs", knobs);

    /// <summary>Puts the floating IP at this droplet, as somebody at the cloud's web page might.</summary>
    public Task Move(long droplet) => Send("POST", "lab/move", $$"""{"droplet_id":{{droplet}}}""");

    /// <summary>A token that is accepted from now on.</summary>
    public Task AddToken(string name, string value) => Send("PUT", $"lab/tokens/{name}", new JsonObject { ["value"] = value }.ToJsonString());

    public Task RemoveToken(string name) => Send("DELETE", $"lab/tokens/{name}");

    /// <summary>Any part of the control API that is read.</summary>
    public async Task<JsonNode> Get(string path) => JsonNode.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative)))!;

    /// <summary>Any change.</summary>
    /// <param name="body">JSON; empty: none.</param>
    /// <exception cref="InvalidOperationException">It was refused; has the answer.</exception>
    public async Task Send(string method, string path, string body = "")
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await http.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path} {body}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public void Dispose() => http.Dispose();
}
