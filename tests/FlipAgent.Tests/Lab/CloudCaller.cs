using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FlipAgent.Lab;

namespace FlipAgent.Tests.Lab;

/// <summary>
/// A caller of the stand-in cloud that knows nothing of the agent's own client: plain HTTP, so that a mistake in one cannot hide the same
/// mistake in the other.
/// </summary>
internal sealed class CloudCaller(LabCloud lab, string token = LabOptions.DefaultToken) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = lab.ApiUrl,
        Timeout = TimeSpan.FromSeconds(20),
        DefaultRequestHeaders = { Authorization = new("Bearer", token) },
    };

    public const string Ip = "/v2/reserved_ips/203.0.113.10";

    public async Task<(HttpStatusCode Status, JsonNode? Body)> Get(string path) => await Read(await _http.GetAsync(path));

    public async Task<(HttpStatusCode Status, JsonNode? Body)> Post(string path, string json) => await Read(await RawPost(path, json));

    public async Task<(HttpStatusCode Status, JsonNode? Body)> Put(string path, string json) => await Read(await _http.PutAsync(path, Json(json)));

    public async Task<(HttpStatusCode Status, JsonNode? Body)> Delete(string path) => await Read(await _http.DeleteAsync(path));

    public Task<(HttpStatusCode Status, JsonNode? Body)> Assign(long droplet, string ip = Ip) =>
        Post(ip + "/actions", $$"""{"type":"assign","droplet_id":{{droplet}}}""");

    public Task<HttpResponseMessage> Raw(string path, CancellationToken cancel = default) => _http.GetAsync(path, cancel);

    public Task<HttpResponseMessage> RawPost(string path, string json) => _http.PostAsync(path, Json(json));

    public async Task<string> Text(string path) => await _http.GetStringAsync(path);

    /// <summary>The droplet that the API shows as holder.</summary>
    public async Task<long?> Holder() => (await Get(Ip)).Body!["reserved_ip"]!["droplet"]?["id"]!.GetValue<long>();

    /// <summary>Asks for an action until it has left <c>in-progress</c>.</summary>
    public async Task<string> Finished(JsonNode? posted)
    {
        var id = posted!["action"]!["id"]!.GetValue<long>();
        for (var i = 0; i < 200; i++)
        {
            var status = (await Get($"/v2/actions/{id}")).Body!["action"]!["status"]!.GetValue<string>();
            if (status != "in-progress")
            {
                return status;
            }

            await Task.Delay(25);
        }

        throw new TimeoutException($"action {id} is still in progress");
    }

    public void Dispose() => _http.Dispose();

    private static StringContent Json(string json) => new(json, System.Text.Encoding.UTF8, "application/json");

    private static async Task<(HttpStatusCode, JsonNode?)> Read(HttpResponseMessage answer)
    {
        using (answer)
        {
            return (answer.StatusCode, answer.StatusCode == HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync<JsonNode>());
        }
    }
}
