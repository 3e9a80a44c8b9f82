using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlipAgent.Harness;
using FlipAgent.Lab.Cloud;

namespace FlipAgent.Lab.Web;

/// <summary>
/// The API of Hetzner Cloud below /v1, as far as floating IPs go: found in a paged list, known by an id, moved by an action that locks. A token may read, or read and write.
/// </summary>
internal sealed class HetznerApi(CloudState state, LabTokens tokens, RateLimit limit, Door door)
{
    /// <summary>The scope of <see cref="TokenSpec"/> that stands for "read and write"; a token with others may only read.</summary>
    public const string Write = "write";

    private delegate Answer Handler(Call call);

    public void Map(IEndpointRouteBuilder app)
    {
        Add(app, "GET", "/v1/floating_ips", FaultPoint.IpList, false, List);
        Add(app, "GET", "/v1/floating_ips/{id}", FaultPoint.IpGet, false, call =>
            Ip(call) is { } ip ? Answer.Of(200, new JsonObject { ["floating_ip"] = Shape(ip) }) : NotFound("floating IP", call));
        Add(app, "GET", "/v1/floating_ips/{id}/actions", FaultPoint.ActionList, false, Running);
        Add(app, "POST", "/v1/floating_ips/{id}/actions/assign", FaultPoint.Assign, true, Assign);
        Add(app, "POST", "/v1/floating_ips/{id}/actions/unassign", FaultPoint.Assign, true, Unassign);
        Add(app, "GET", "/v1/actions/{id}", FaultPoint.ActionGet, false, call =>
            call.Id is { } id && state.Action(id) is { Flaw: not ActionFlaw.NeverFound } action
                ? Answer.Of(200, new JsonObject { ["action"] = Shape(action) })
                : NotFound("action", call));
        Add(app, "GET", "/v1/servers", FaultPoint.Droplet, false, call =>
            Page(call, "servers", [.. state.Droplets.Where(server => call.Query("label_selector") is not { } label || server.Tags.Contains(label))], Shape));
        Add(app, "GET", "/v1/servers/{id}", FaultPoint.Droplet, false, call =>
            state.Droplet(call.Id) is { } server ? Answer.Of(200, new JsonObject { ["server"] = Shape(server) }) : NotFound("server", call));
        app.Map("/v1/{**rest}", context => Handle(context, FaultPoint.Api, false, call => NotFound("endpoint", call)));
    }

    private void Add(IEndpointRouteBuilder app, string method, string path, FaultPoint point, bool writes, Handler handler) =>
        app.MapMethods(path, [method], context => Handle(context, point, writes, handler));

    private async Task Handle(HttpContext context, FaultPoint point, bool writes, Handler handler)
    {
        var arrived = DateTimeOffset.UtcNow;
        var token = tokens.Find(context.Request);
        var tooMany = limit.Spend("", arrived, out var headers);
        foreach (var (name, value) in headers.Append(new("X-Correlation-Id", Guid.NewGuid().ToString("N")[..16])))
        {
            context.Response.Headers[name] = value;
        }

        var body = await ReadBody(context.Request);
        var mayWrite = token?.Scopes is not { } scopes || scopes.Contains(Write);
        await door.Pass(context, point, token?.Name, null, fault => Task.FromResult(
            token is null ? Answer.Error(401, "unauthorized", "unable to authenticate")
            : tooMany ?? (writes && !mayWrite ? Answer.Error(403, "token_readonly", "token is only allowed to perform GET requests")
                : handler(new Call(context, token.Name, body, fault)))), Note(context.Request, body, arrived), Dress);
    }

    /// <summary>Errors as this cloud has them; those of the stand-in's faults have words of the other.</summary>
    private static Answer Dress(Answer answer)
    {
        if (answer.Status < 400 || answer.ContentType != Answer.Json || Parse(answer.Body) is not JsonObject { } body || body["id"]?.ToString() is not { } id)
        {
            return answer;
        }

        var code = (answer.Status, id) switch
        {
            (422, "unprocessable_entity") => "service_error",
            (_, "too_many_requests") => "rate_limit_exceeded",
            (503, _) => "unavailable",
            _ => id,
        };
        return Answer.Of(answer.Status, new JsonObject
        {
            ["error"] = new JsonObject { ["code"] = code, ["message"] = body["message"]?.ToString(), ["details"] = null },
        }) with
        { Headers = answer.Headers };
    }

    private Answer List(Call call) => Page(call, "floating_ips", state.Ips, Shape);

    /// <summary>25 of a list, 50 at most, and where it goes on.</summary>
    private static Answer Page<T>(Call call, string key, IReadOnlyList<T> all, Func<T, JsonObject> shape)
    {
        var page = int.TryParse(call.Query("page"), out var p) && p > 0 ? p : 1;
        var size = int.TryParse(call.Query("per_page"), out var n) && n > 0 ? Math.Min(n, 50) : 25;
        var last = Math.Max(1, (all.Count + size - 1) / size);
        return Answer.Of(200, new JsonObject
        {
            [key] = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(shape)]),
            ["meta"] = new JsonObject
            {
                ["pagination"] = new JsonObject
                {
                    ["page"] = page,
                    ["per_page"] = size,
                    ["previous_page"] = page > 1 ? page - 1 : null,
                    ["next_page"] = page < last ? page + 1 : null,
                    ["last_page"] = last,
                    ["total_entries"] = all.Count,
                },
            },
        });
    }

    private Answer Running(Call call) => Ip(call) is { } ip
        ? Answer.Of(200, new JsonObject
        {
            ["actions"] = new JsonArray([.. state.Actions(a => a.Ip == ip && (call.Query("status") is not { } wanted || Word(a) == wanted)).Select(Shape)]),
        })
        : NotFound("floating IP", call);

    private Answer Assign(Call call)
    {
        if (Ip(call) is not { } ip)
        {
            return NotFound("floating IP", call);
        }

        if ((call.Body as JsonObject)?["server"] is not JsonValue value || !value.TryGetValue<long>(out var server))
        {
            return Answer.Error(422, "invalid_input", "invalid input in field 'server'");
        }

        var (refusal, action) = state.Assign(ip, server, call.Flaw, call.Who, hetzner: true);
        return refusal is not null ? Answer.Of(refusal) : Answer.Of(201, new JsonObject { ["action"] = Shape(action!) });
    }

    private Answer Unassign(Call call)
    {
        if (Ip(call) is not { } ip)
        {
            return NotFound("floating IP", call);
        }

        var (refusal, action) = state.Unassign(ip, call.Flaw, call.Who, hetzner: true);
        return refusal is not null ? Answer.Of(refusal) : Answer.Of(201, new JsonObject { ["action"] = Shape(action!) });
    }

    private FloatingIp? Ip(Call call) => state.Ips.FirstOrDefault(ip => ip.ResourceId == call.Id);

    private static Answer NotFound(string what, Call call) => Answer.Error(404, "not_found", $"{what} with ID '{call.Id}' not found");

    private static JsonObject Shape(FloatingIp ip) => JsonNode.Parse($$"""
        {"id":{{ip.ResourceId}},"name":"web-{{ip.ResourceId}}","description":null,"ip":"{{(ip.V6 ? Network(ip.Address) : ip.Address)}}","type":"{{(ip.V6 ? "ipv6" : "ipv4")}}",
         "server":{{(ip.Holder is { } holder ? $"{holder}" : "null")}},"dns_ptr":[{"ip":"{{ip.Address}}","dns_ptr":"site.example.com"}],
         "home_location":{"id":1,"name":"fsn1","description":"Falkenstein DC Park 1","country":"DE","city":"Falkenstein","latitude":50.47612,"longitude":12.370071,"network_zone":"{{(ip.Region == "nyc3" ? "eu-central" : ip.Region)}}"},
         "blocked":false,"protection":{"delete":false},"labels":{},"created":"2026-01-30T23:55:00Z"}
        """)!.AsObject();

    private static JsonObject Shape(Droplet server) => JsonNode.Parse($$"""
        {"id":{{server.Id}},"name":"{{server.Name}}","status":"{{(server.On ? "running" : "off")}}","created":"2026-01-30T23:55:00Z",
         "public_net":{"ipv4":{"id":{{server.Id}},"ip":"{{server.Public}}","blocked":false,"dns_ptr":"server.example.com"},"ipv6":null,"floating_ips":[],"firewalls":[]},
         "private_net":[{"network":{{server.Network}},"ip":"{{server.Private}}","alias_ips":[],"mac_address":"86:00:ff:2a:7d:e1"}],
         "labels":{ {{string.Join(',', server.Tags.Select(tag => $"\"{tag}\":\"\""))}} },"locked":false,"protection":{"delete":false,"rebuild":false} }
        """)!.AsObject();

    private static string Network(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    private static string Word(CloudAction action) => action.Status switch { "in-progress" => "running", "completed" => "success", "errored" => "error", var other => other };

    private JsonObject Shape(CloudAction action) => state.Look(() => new JsonObject
    {
        ["id"] = action.Id,
        ["command"] = action.Type == "assign_ip" ? "assign_floating_ip" : "unassign_floating_ip",
        ["status"] = Word(action),
        ["progress"] = action.CompletedAt is null ? 0 : 100,
        ["started"] = action.StartedAt.ToString("O"),
        ["finished"] = action.CompletedAt?.ToString("O"),
        ["resources"] = new JsonArray(
            new JsonObject { ["id"] = action.DropletId, ["type"] = "server" }, new JsonObject { ["id"] = action.Ip.ResourceId, ["type"] = "floating_ip" }),
        ["error"] = action.Status == "errored" ? new JsonObject { ["code"] = "action_failed", ["message"] = "Action failed" } : null,
    });

    private static HistoryEntry Note(HttpRequest request, JsonNode? body, DateTimeOffset arrived)
    {
        var kind = request.Path.Value!.EndsWith("/assign", StringComparison.Ordinal) ? "assign" : request.Path.Value.EndsWith("/unassign", StringComparison.Ordinal) ? "unassign" : "request";
        var server = (body as JsonObject)?["server"]?.ToString();
        return new(kind, $"{request.Method} {request.Path}{request.QueryString}{(kind == "assign" ? $" to server {server}" : "")}")
        {
            At = arrived,
            DropletId = long.TryParse(server, out var id) ? id : null,
        };
    }

    private static async Task<JsonNode?> ReadBody(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        return Parse(await reader.ReadToEndAsync(request.HttpContext.RequestAborted));
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>One request that has shown a token.</summary>
    private sealed record Call(HttpContext Context, string Token, JsonNode? Body, Fault? Fault)
    {
        public string Who => $"token {Token}";

        public long? Id => long.TryParse(Context.Request.RouteValues["id"] as string, out var id) ? id : null;

        public ActionFlaw Flaw => ApiCall.FlawOf(Fault);

        public string? Query(string name) => Context.Request.Query[name] is [{ Length: > 0 } value] ? value : null;
    }
}
