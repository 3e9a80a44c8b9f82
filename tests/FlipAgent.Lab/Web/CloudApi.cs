using System.Text.Json;
using System.Text.Json.Nodes;
using FlipAgent.Harness;
using FlipAgent.Lab.Cloud;

namespace FlipAgent.Lab.Web;

/// <summary>
/// The cloud API below /v2. It checks the token, the rate limit and the scope in the order of the real one, and hands the rest to a handler per endpoint.
/// </summary>
internal sealed class CloudApi(CloudState state, LabTokens tokens, RateLimit limit, Door door)
{
    private delegate Answer Handler(ApiCall call);

    public void Map(IEndpointRouteBuilder app)
    {
        foreach (var kind in AddressKind.All)
        {
            Add(app, "GET", $"/v2/{kind.Path}", FaultPoint.IpList, "reserved_ip:read",
                call => call.List(kind.Many, [.. state.Ips.Where(i => i.V6 == kind.V6)], call.Shape));
            Add(app, "GET", $"/v2/{kind.Path}/{{ip}}", FaultPoint.IpGet, "reserved_ip:read",
                call => call.Ip(kind) is { } ip ? Answer.Of(200, new JsonObject { [kind.One] = call.Shape(ip) }) : Answer.Of(Refusal.NotFound));
            Add(app, "POST", $"/v2/{kind.Path}", FaultPoint.Change, "reserved_ip:create", call => Create(call, kind));
            Add(app, "DELETE", $"/v2/{kind.Path}/{{ip}}", FaultPoint.Change, "reserved_ip:delete", call => Delete(call, kind));
            Add(app, "POST", $"/v2/{kind.Path}/{{ip}}/actions", FaultPoint.Assign, "reserved_ip:update", call => Act(call, kind));
            if (!kind.V6)
            {
                Add(app, "GET", $"/v2/{kind.Path}/{{ip}}/actions", FaultPoint.ActionList, "reserved_ip:read", call => Actions(call, kind));
                Add(app, "GET", $"/v2/{kind.Path}/{{ip}}/actions/{{id}}", FaultPoint.ActionGet, "reserved_ip:read",
                    call => call.Ip(kind) is { } ip ? Action(call, a => a.Ip == ip, kind.One) : Answer.Of(Refusal.NotFound));
            }
        }

        Add(app, "GET", "/v2/actions/{id}", FaultPoint.ActionGet, "actions:read", call => Action(call, _ => true, "reserved_ip"));
        Add(app, "GET", "/v2/droplets", FaultPoint.Droplet, "droplet:read", Droplets);
        Add(app, "GET", "/v2/droplets/{id}", FaultPoint.Droplet, "droplet:read", call =>
            state.Droplet(call.Id) is { } droplet
                ? Answer.Of(200, new JsonObject { ["droplet"] = call.Shape(droplet) })
                : Answer.Of(Refusal.NotFound));
        Add(app, "GET", "/v2/droplets/{id}/actions", FaultPoint.Droplet, "droplet:read", DropletActions);
        Add(app, "GET", "/v2/account", FaultPoint.Account, "account:read", _ => Answer.Of(200, new JsonObject { ["account"] = Shapes.Account() }));
        foreach (var (path, scope) in (ReadOnlySpan<(string, string)>)[("regions", "regions:read"), ("sizes", "sizes:read"), ("images", "image:read"), ("actions", "actions:read")])
        {
            var key = path;
            Add(app, "GET", $"/v2/{path}", FaultPoint.Account, scope, _ => Answer.Of(200, new JsonObject { [key] = new JsonArray(), ["meta"] = new JsonObject { ["total"] = 0 } }));
        }

        app.Map("/v2/{**rest}", context => Handle(context, FaultPoint.Api, null, _ => Answer.Of(Refusal.NotFound)));
    }

    private void Add(IEndpointRouteBuilder app, string method, string path, FaultPoint point, string scope, Handler handler) =>
        app.MapMethods(path, [method], context => Handle(context, point, scope, handler));

    private async Task Handle(HttpContext context, FaultPoint point, string? scope, Handler handler)
    {
        var arrived = DateTimeOffset.UtcNow;
        var token = tokens.Find(context.Request);
        var tooMany = limit.Spend(token?.Name ?? "", arrived, out var headers);
        foreach (var (name, value) in headers.Append(new("x-request-id", $"{Guid.NewGuid()}")))
        {
            context.Response.Headers[name] = value;
        }

        var (body, isJson) = await ReadBody(context.Request);
        await door.Pass(context, point, token?.Name, null, fault => Task.FromResult(
            token is null ? Answer.Error(401, "unauthorized", "Unable to authenticate you.")
            : tooMany ?? (scope is not null && token.Scopes is { } scopes && !scopes.Contains(scope)
                ? Answer.Error(403, "forbidden", "You do not have permission to perform this action.")
                : !isJson ? Answer.Error(400, "bad_request", "error parsing request body")
                : handler(new ApiCall(context, token, body, fault, state)))), Note(context.Request, point, body, arrived));
    }

    private static HistoryEntry Note(HttpRequest request, FaultPoint point, JsonNode? body, DateTimeOffset arrived)
    {
        var type = (body as JsonObject)?["type"]?.ToString();
        var kind = point == FaultPoint.Assign && type is "assign" or "unassign" ? type : "request";
        var droplet = (body as JsonObject)?["droplet_id"]?.ToString();
        return new(kind, $"{request.Method} {request.Path}{request.QueryString}{(kind == "assign" ? $" to droplet {droplet}" : "")}")
        {
            At = arrived,
            Ip = request.RouteValues["ip"] as string,
            DropletId = long.TryParse(droplet, out var id) ? id : null,
        };
    }

    private static async Task<(JsonNode?, bool IsJson)> ReadBody(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        try
        {
            return (text.Length == 0 ? null : JsonNode.Parse(text), true);
        }
        catch (JsonException)
        {
            return (null, false);
        }
    }

    private Answer Act(ApiCall call, AddressKind kind)
    {
        if (call.Ip(kind) is not { } ip)
        {
            return Answer.Of(Refusal.NotFound);
        }

        var (refusal, action) = call.Text("type") switch
        {
            "assign" when call.Number("droplet_id") is { } droplet => state.Assign(ip, droplet, call.Flaw, call.Who),
            "assign" => (Refusal.Unprocessable("droplet_id is missing or is not a number"), null),
            "unassign" => state.Unassign(ip, call.Flaw, call.Who),
            _ => (Refusal.Unprocessable("type must be assign or unassign"), null),
        };
        return refusal is not null ? Answer.Of(refusal) : Answer.Of(201, new JsonObject { ["action"] = call.Shape(action!, kind.One) });
    }

    private Answer Create(ApiCall call, AddressKind kind)
    {
        var region = call.Text(kind.V6 ? "region_slug" : "region");
        var droplet = call.Number("droplet_id");
        if (region is null && droplet is null)
        {
            return Answer.Of(Refusal.Unprocessable("Droplet or region must be specified."));
        }

        var (refusal, ip, action) = state.Create(kind.V6, region, droplet, call.Who);
        if (refusal is not null)
        {
            return Answer.Of(refusal);
        }

        var links = new JsonObject();
        if (action is not null)
        {
            JsonArray Link(long id, string rel, string path) => new(new JsonObject { ["id"] = id, ["rel"] = rel, ["href"] = call.Url(path) });
            links["droplets"] = Link(action.DropletId!.Value, "droplet", $"/v2/droplets/{droplet}");
            links["actions"] = Link(action.Id, "assign_ip", $"/v2/actions/{action.Id}");
        }

        var body = new JsonObject { [kind.One] = call.Shape(ip!) };
        if (!kind.V6)
        {
            body["links"] = links;
        }

        return Answer.Of(kind.V6 ? 201 : 202, body);
    }

    private Answer Delete(ApiCall call, AddressKind kind) =>
        call.Ip(kind) is not { } ip ? Answer.Of(Refusal.NotFound)
        : state.Delete(ip, call.Who) is { } refusal ? Answer.Of(refusal)
        : Answer.Of(204, null);

    private Answer Actions(ApiCall call, AddressKind kind) => call.Ip(kind) is { } ip
        ? call.List("actions", state.Actions(a => a.Ip == ip), a => call.Shape(a, kind.One))
        : Answer.Of(Refusal.NotFound);

    private Answer Action(ApiCall call, Func<CloudAction, bool> belongs, string resource) =>
        call.Id is { } id && state.Action(id) is { } action && belongs(action) && action.Flaw != ActionFlaw.NeverFound
            ? Answer.Of(200, new JsonObject { ["action"] = call.Shape(action, action.Ip.V6 ? "reserved_ipv6" : resource) })
            : Answer.Of(Refusal.NotFound);

    private Answer Droplets(ApiCall call)
    {
        var name = call.Query("name");
        var tag = call.Query("tag_name");
        if (tag is not null && !call.Has("tag:read"))
        {
            return Answer.Error(403, "forbidden", "You do not have permission to perform this action.");
        }

        return call.List("droplets", [.. state.Droplets.Where(d => (name is null || d.Name == name) && (tag is null || d.Tags.Contains(tag)))], call.Shape);
    }

    private Answer DropletActions(ApiCall call)
    {
        if (state.Droplet(call.Id) is not { } droplet)
        {
            return Answer.Of(Refusal.NotFound);
        }

        // Only events of the droplet itself; those of its addresses are listed with the addresses.
        IReadOnlyList<Droplet> busy = droplet.BusyUntil > DateTimeOffset.UtcNow ? [droplet] : [];
        return call.List("actions", busy, d => new JsonObject
        {
            ["id"] = 1_000_000_000 + d.Id,
            ["status"] = "in-progress",
            ["type"] = "snapshot",
            ["started_at"] = null,
            ["completed_at"] = null,
            ["resource_id"] = d.Id,
            ["resource_type"] = "droplet",
            ["region_slug"] = d.Region,
        });
    }
}
