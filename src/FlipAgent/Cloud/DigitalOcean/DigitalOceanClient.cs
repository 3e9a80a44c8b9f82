using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FlipAgent.Cloud.Api;
using FlipAgent.Config;
using FlipAgent.Core;

namespace FlipAgent.Cloud.DigitalOcean;

/// <summary>
/// The DigitalOcean API, v2 (openapi: resources/reserved_ips, resources/reserved_ipv6): reserved IPs, of both families. An IPv6 address has no lock, and its actions are
/// read where all actions are.
/// </summary>
internal sealed class DigitalOceanClient : HttpProvider
{
    private const string NotAbout = "the answer is not about this floating IP";

    private readonly ScopeProof _scope;

    /// <param name="ownDroplet">This node's droplet; asked for when it must be shown that the token can read droplets.</param>
    public DigitalOceanClient(FloatingIpConfig floatingIp, long ownDroplet, ProviderGround ground)
        : base(floatingIp, ground, DigitalOceanDialect.Instance, "read_holder", "assign", "read_action", "read_droplet") => _scope = new ScopeProof(Requests, ownDroplet);

    protected override async Task<Input.HolderRead> ReadHolder(IPAddress address, CancellationToken cancel)
    {
        var sent = await Requests.Get("read_holder", PathOf(address), cancel).ConfigureAwait(false);
        var (answer, sentAt, token) = sent;
        if (answer.Status != ApiStatus.Ok)
            return Unread(sent, answer);
        if (About(answer, address) is not { } ip)
            return Unread(sent, answer.NotUnderstood(NotAbout));
        if (!TryReadDroplet(ip.Droplet, out var droplet))
            return Unread(sent, answer.NotUnderstood("the holder in the answer cannot be read"));
        if (droplet is not null)
            _scope.Seen(token);
        var proven = droplet is not null || await _scope.IsProven(token, cancel).ConfigureAwait(false);
        var detail = droplet is null && !proven
            ? $"{answer.Detail}; no holder shown, but the token was not seen to read droplets (scope droplet:read)"
            : answer.Detail;
        return new(sentAt, ApiStatus.Ok, droplet, ip.Locked ?? false, proven, null, token.Mask(detail)) { Left = answer.Left };
    }

    protected override async Task<Input.AssignAnswered> Assign(IPAddress address, long server, uint term, Func<bool> mayStill, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new AssignBody("assign", server), DigitalOceanJson.Default.AssignBody);
        var sent = await Requests.Post("assign", $"{PathOf(address)}/actions", body, mayStill, cancel).ConfigureAwait(false);
        var answer = sent.Answer;
        var unprocessable = answer.Http is { Exchange: Outbound.Exchange.Answered, Code: 422, IsJson: true };
        if (answer.Status == ApiStatus.Ok)
            return TryReadAction(answer, out var id, out var status)
                ? Answered(term, sent, answer with { Detail = $"{answer.Detail}, action {id}" }, (id, status), unprocessable)
                : Answered(term, sent, answer.NotUnderstood("the action in the answer cannot be read"), null, unprocessable);
        var which = answer.Http is { Exchange: Outbound.Exchange.Answered, Code: 404 or 422 } ? answer with { Detail = $"{answer.Detail} (assign to droplet {server})" } : answer;
        return Answered(term, sent, which, null, unprocessable);
    }

    protected override async Task<Input.ActionRead> ReadAction(IPAddress address, long action, CancellationToken cancel)
    {
        var path = IsV6(address) ? $"/v2/actions/{action}" : $"{PathOf(address)}/actions/{action}";
        var (answer, sentAt, token) = await Requests.Get("read_action", path, cancel).ConfigureAwait(false);
        var status = ActionStatus.Unknown;
        if (answer.Status == ApiStatus.Ok && (!TryReadAction(answer, out var id, out status) || id != action))
            answer = answer.NotUnderstood("the answer is not this action");
        return new(sentAt, action, answer.Status, answer.Status == ApiStatus.Ok ? status : ActionStatus.Unknown, answer.RetryAfter, token.Mask(answer.Detail))
        { Left = answer.Left };
    }

    protected override async Task<Known> FindAddress(IPAddress address, CancellationToken cancel)
    {
        var (answer, _, token) = await Requests.Get("survey", PathOf(address), cancel).ConfigureAwait(false);
        var found = answer.Status == ApiStatus.Ok ? About(answer, address) : null;
        if (answer.Status == ApiStatus.Ok && found is null)
            answer = answer.NotUnderstood(NotAbout);
        return new(answer.Status, found?.RegionSlug, token.Mask(answer.Detail));
    }

    protected override async Task<Known> FindServer(long server, CancellationToken cancel)
    {
        var (answer, _, token) = await Requests.Get("survey", $"/v2/droplets/{server}", cancel).ConfigureAwait(false);
        var droplet = answer.Status == ApiStatus.Ok ? answer.Read(DigitalOceanJson.Default.DropletAnswer)?.Droplet : null;
        if (answer.Status == ApiStatus.Ok && droplet?.Id != server)
            answer = answer.NotUnderstood("the answer is not about this droplet");
        return new(answer.Status, droplet?.Region?.Slug, token.Mask(answer.Detail));
    }

    /// <summary>The scopes that the vendor's page of reserved_ip:update lists beside those that the agent cannot do without; each is tried by the cheapest read that needs it.</summary>
    protected override async Task<IReadOnlyList<string>> FindMissingRights(CancellationToken cancel)
    {
        (string Scope, string Path)[] reads =
            [("regions:read", "/v2/regions"), ("sizes:read", "/v2/sizes"), ("actions:read", "/v2/actions"), ("image:read", "/v2/images")];
        var answers = await Task.WhenAll(reads.Select(read => Requests.Get("survey", $"{read.Path}?per_page=1", cancel))).ConfigureAwait(false);
        return [.. reads.Zip(answers).Where(pair => pair.Second.Answer.Status == ApiStatus.Forbidden).Select(pair => pair.First.Scope)];
    }

    private static bool IsV6(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6;

    private static string PathOf(IPAddress address) => $"/v2/{(IsV6(address) ? "reserved_ipv6" : "reserved_ips")}/{address}";

    /// <summary>Null: it is not about this address.</summary>
    private static ReservedIpDto? About(ApiAnswer answer, IPAddress address) =>
        Reading(answer, address) is { } ip && IPAddress.TryParse(ip.Ip, out var about) && about.Equals(address) ? ip : null;

    /// <summary>Clients of the vendor read an IPv6 address with and without the wrapper around it, so both are taken.</summary>
    private static ReservedIpDto? Reading(ApiAnswer answer, IPAddress address) => IsV6(address)
        ? answer.Read(DigitalOceanJson.Default.ReservedIpv6Answer)?.ReservedIpv6 ?? answer.Read(DigitalOceanJson.Default.ReservedIpDto)
        : answer.Read(DigitalOceanJson.Default.ReservedIpAnswer)?.ReservedIp;

    /// <summary>A missing field is like null here: what it means is up to the proof of scope.</summary>
    private static bool TryReadDroplet(JsonElement droplet, out long? id)
    {
        id = null;
        if (droplet.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
            return true;
        if (droplet.ValueKind != JsonValueKind.Object || !droplet.TryGetProperty("id", out var field)
            || field.ValueKind != JsonValueKind.Number || !field.TryGetInt64(out var number) || number <= 0)
            return false;
        id = number;
        return true;
    }

    private static bool TryReadAction(ApiAnswer answer, out long id, out ActionStatus status)
    {
        var action = answer.Read(DigitalOceanJson.Default.ActionAnswer)?.Action;
        id = action?.Id ?? 0;
        status = action?.Status switch
        {
            "in-progress" or "new" => ActionStatus.InProgress,
            "completed" => ActionStatus.Completed,
            "errored" => ActionStatus.Errored,
            // The API has said "done" for a while (terraform-provider-digitalocean #712): whatever it says next, the floating IP itself is asked.
            _ => ActionStatus.Unknown,
        };
        return id > 0 && action?.Status is not null;
    }
}
