using System.Net;
using System.Text.Json.Nodes;
using FlipAgent.Lab.Cloud;

namespace FlipAgent.Lab.Web;

/// <summary>The three names under which the API offers floating addresses; the first two are one thing, renamed in 2022.</summary>
internal sealed record AddressKind(string Path, string One, string Many, bool V6)
{
    public static readonly AddressKind[] All =
    [
        new("reserved_ips", "reserved_ip", "reserved_ips", false),
        new("floating_ips", "floating_ip", "floating_ips", false),
        new("reserved_ipv6", "reserved_ipv6", "reserved_ipv6s", true),
    ];
}

/// <summary>
/// One request that has shown its token and has the scope for what it asks: what a handler needs to answer it. Think of a form that the front
/// desk has stamped.
/// </summary>
internal sealed class ApiCall(HttpContext context, TokenSpec token, JsonNode? body, Fault? fault, CloudState state)
{
    /// <summary>Fields of the body; empty when there was none.</summary>
    public JsonObject Body { get; } = body as JsonObject ?? [];

    /// <summary>Who asks, for the history.</summary>
    public string Who => $"token {token.Name}";

    /// <summary>What becomes of an action that this call starts.</summary>
    public ActionFlaw Flaw => FlawOf(fault);

    public static ActionFlaw FlawOf(Fault? fault) => fault?.Kind switch
    {
        FaultKind.ActionErrored => ActionFlaw.Errored,
        FaultKind.ActionDone => ActionFlaw.SaysDone,
        FaultKind.ActionNotFound => ActionFlaw.NeverFound,
        FaultKind.ActionStuck => ActionFlaw.Stuck,
        _ => ActionFlaw.None,
    };

    public bool Has(string scope) => token.Scopes is null || token.Scopes.Contains(scope);

    /// <summary>The address named in the path, if there is one of this kind.</summary>
    public FloatingIp? Ip(AddressKind kind) =>
        IPAddress.TryParse(Route("ip"), out var address) && state.Ip(address) is { } ip && ip.V6 == kind.V6 ? ip : null;

    public long? Id => long.TryParse(Route("id"), out var id) ? id : null;

    public string? Query(string name) => context.Request.Query[name] is [{ Length: > 0 } value] ? value : null;

    /// <summary>A number in the body, also as a string of digits; null: absent or something else.</summary>
    public long? Number(string name) => Body[name] switch
    {
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<string>(out var text) && long.TryParse(text, out var number) => number,
        _ => null,
    };

    public string? Text(string name) => Body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public Answer List<T>(string key, IReadOnlyList<T> all, Func<T, JsonObject> shape)
    {
        var page = int.TryParse(Query("page"), out var p) && p > 0 ? p : 1;
        var perPage = int.TryParse(Query("per_page"), out var n) && n > 0 ? Math.Min(n, 200) : 20;
        var url = $"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}";
        return Answer.Of(200, state.Look(() => Shapes.Page(key, all, shape, url, page, perPage)));
    }

    public string Url(string path) => $"{context.Request.Scheme}://{context.Request.Host}{path}";

    public JsonObject Shape(FloatingIp ip) => state.Look(() =>
        Shapes.FloatingIp(ip, Has("droplet:read") && state.Droplet(ip.Holder) is { } holder ? Shape(holder) : null, Has("project:read")));

    public JsonObject Shape(Droplet droplet) => state.Look(() =>
        Shapes.Droplet(droplet, state.IsBusy(droplet), state.Ips.FirstOrDefault(i => !i.V6 && i.Holder == droplet.Id)));

    public JsonObject Shape(CloudAction action, string resource) => state.Look(() => Shapes.Action(action, resource, Has("project:read")));

    private string Route(string name) => context.Request.RouteValues[name] as string ?? "";
}
