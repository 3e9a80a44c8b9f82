using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace FlipAgent.SystemTests.Host;

/// <summary>The stand-in cloud (tests/FlipAgent.Lab) as a process in the cloud's network: API, metadata service, Slack and the floating IP.</summary>
internal sealed class LabProcess : IDisposable
{
    public const string Token = "dop_v1_5e7000000000000000000000000000000000000000000000000000000000cafe";
    public const int ServicePort = 8001;

    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly Process _process;
    private readonly HttpClient _http;

    /// <param name="assignLatency">How long an assign takes.</param>
    public LabProcess(TestNetwork network, TimeSpan assignLatency)
    {
        File.WriteAllText(_tokenFile, Token);
        _http = network.Cloud.NewHttpClient(TimeSpan.FromSeconds(10));
        _http.BaseAddress = new Uri($"http://{TestNetwork.CloudAddress}");
        _process = Shell.Start("ip", "netns", "exec", network.Cloud.Name, "dotnet", Path.Combine(AppContext.BaseDirectory, "flipagent-lab.dll"), "serve",
            "--listen", $"{TestNetwork.CloudAddress}:80", "--listen", $"{TestNetwork.MetadataAddress}:80",
            "--droplet", "3164444,haproxy-1,10.110.0.2", "--droplet", "3164445,haproxy-2,10.110.0.3", "--floating-ip", $"{TestNetwork.FloatingIp},3164444",
            "--forward", $"{ServicePort}", "--token", $"lab,{_tokenFile}", "--assign-latency", $"{assignLatency.TotalMilliseconds:0}");
        var ready = _process.StandardOutput.ReadLine();
        if (ready?.StartsWith("ready", StringComparison.Ordinal) != true)
        {
            throw new InvalidOperationException($"the lab does not start: {ready}{_process.StandardError.ReadToEnd()}");
        }
    }

    /// <summary>The droplet that holds the floating IP, as the API would say.</summary>
    public long? Holder => (long?)Get("/lab")["floating_ips"]![0]!["holder"];

    /// <summary>Texts of the Slack messages so far.</summary>
    public IReadOnlyList<string> Alerts => [.. Get("/lab/slack").AsArray().Select(m => (string)m!["text"]!)];

    /// <summary>The requests to assign so far, accepted or not.</summary>
    public IReadOnlyList<JsonNode> Assigns => [.. Get("/lab/assigns").AsArray().Select(a => a!)];

    public JsonNode Get(string path) => _http.GetFromJsonAsync<JsonNode>(path).Result!;

    public void Put(string path, JsonNode body) => Check(_http.PutAsJsonAsync(path, body).Result);

    public void Delete(string path) => Check(_http.DeleteAsync(path).Result);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _http.Dispose();
        File.Delete(_tokenFile);
    }

    private static void Check(HttpResponseMessage response) =>
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {response.Content.ReadAsStringAsync().Result}");
}
