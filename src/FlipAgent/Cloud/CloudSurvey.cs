using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud;

/// <summary>What the cloud knows of one thing that the file names.</summary>
/// <param name="Status">How it answered.</param>
/// <param name="Region">The slug of its region, such as nyc3; null: it has none, or nothing was answered.</param>
/// <param name="Detail">The answer as one phrase, without a secret.</param>
internal sealed record Known(ApiStatus Status, string? Region, string Detail);

/// <summary>
/// The floating IP and the droplets of a file, looked up once with its token: does the account have them, and are they in one region. It only reads; for the doctor,
/// before the first start and beside a running agent.
/// </summary>
internal sealed class CloudSurvey : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly ApiRequests _requests;
    private readonly TimeLimit _limit = new(s_limit);

    /// <param name="token">The token itself.</param>
    public CloudSurvey(FloatingIpConfig floatingIp, string token)
    {
        var line = ApiRequests.LineTo(floatingIp, file: null, Dns.GetHostAddresses, roots: null, out _);
        _requests = new ApiRequests(line, () => token, () => { }, () => Kernel.Clocks.Monotonic, new ApiCounters());
    }

    /// <summary>The floating IP. Ends within 5 s; never throws for anything that the world does.</summary>
    public Task<Known> Address(IPAddress address) => Ask($"/v2/reserved_ips/{address}", "reserved_ip");

    /// <summary>The droplets of all nodes, in their order, at the same time. Each ends within 5 s.</summary>
    public async Task<ImmutableArray<Known>> Droplets(IEnumerable<NodeConfig> nodes) =>
        [.. await Task.WhenAll(nodes.Select(node => Ask($"/v2/droplets/{node.DropletId}", "droplet"))).ConfigureAwait(false)];

    public void Dispose() => _requests.Dispose();

    private Task<Known> Ask(string path, string what) => _limit.Run(
        async cancel =>
        {
            var (answer, _, token) = await _requests.Get("survey", path, cancel).ConfigureAwait(false);
            var region = answer.Status == ApiStatus.Ok ? RegionIn(answer.Http.Body, what) : null;
            return new Known(answer.Status, region, token.Mask(answer.Detail));
        },
        () => new Known(ApiStatus.Failed, null, $"no answer within {s_limit.TotalSeconds:0} s"));

    private static string? RegionIn(ReadOnlyMemory<byte> body, string what)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(what, out var thing) && thing.ValueKind == JsonValueKind.Object
                && thing.TryGetProperty("region", out var region) && region.ValueKind == JsonValueKind.Object
                && region.TryGetProperty("slug", out var slug) && slug.ValueKind == JsonValueKind.String
                ? slug.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
