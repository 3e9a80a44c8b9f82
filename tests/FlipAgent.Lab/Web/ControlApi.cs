using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlipAgent.Harness;
using FlipAgent.Lab.Cloud;

namespace FlipAgent.Lab.Web;

/// <summary>
/// The director's desk below /lab: faults, knobs, droplets and tokens are changed here while the lab runs, and audits read the history. It has
/// no token, so the lab belongs on loopback or in a test's own network.
/// </summary>
internal sealed class ControlApi(LabCloud lab, CloudState state)
{
    public void Map(IEndpointRouteBuilder app)
    {
        Add(app, "GET", "/lab", (_, _) => Overview());
        Add(app, "GET", "/lab/faults", (_, _) => Faults());
        Add(app, "PUT", "/lab/faults", (_, body) => Do(() => lab.Faults.Replace([.. List(body).Select(LabFaults.FromJson)]), Faults));
        Add(app, "POST", "/lab/faults", (_, body) => Do(() => List(body).ForEach(f => lab.Faults.Add(LabFaults.FromJson(f))), Faults));
        Add(app, "DELETE", "/lab/faults", (_, _) => Do(lab.Faults.Clear, Faults));
        Add(app, "GET", "/lab/knobs", (_, _) => lab.Knobs.ToJson());
        Add(app, "PUT", "/lab/knobs", (_, body) => Do(() => lab.Knobs.Turn(LabJson.Object(body)), lab.Knobs.ToJson));
        Add(app, "PUT", "/lab/droplets/{id}", (request, body) => Do(() => Droplet(Id(request), LabJson.Object(body)), Overview));
        Add(app, "DELETE", "/lab/droplets/{id}", (request, _) => Do(() => lab.Destroy(Id(request)), Overview));
        Add(app, "POST", "/lab/actions/{id}", (request, body) => Do(() => lab.FinishAction(Id(request), Errored(LabJson.Object(body))), Overview));
        Add(app, "POST", "/lab/move", (_, body) => Do(() => Move(LabJson.Object(body)), Overview));
        Add(app, "PUT", "/lab/tokens/{name}", (request, body) => Do(() => Token(Name(request), LabJson.Object(body)), Overview));
        Add(app, "DELETE", "/lab/tokens/{name}", (request, _) => Do(() => lab.Tokens.Revoke(Name(request)), Overview));
        Add(app, "GET", "/lab/slack", (_, _) => ToJson(lab.SlackMessages));
        Add(app, "GET", "/lab/assigns", (_, _) => ToJson(lab.Assigns));
        Add(app, "GET", "/lab/history", (request, _) => ToJson(History(request)));
        app.Map("/lab/{**rest}", context => Answer.Plain(404, "no such thing on the control API of the lab\n").Send(context));
    }

    private static JsonNode Do(Action change, Func<JsonNode> show)
    {
        change();
        return show();
    }

    private void Add(IEndpointRouteBuilder app, string method, string path, Func<HttpRequest, JsonNode?, JsonNode> handler) =>
        app.MapMethods(path, [method], async context =>
        {
            Answer answer;
            try
            {
                var body = await LabJson.Read(context.Request);
                answer = Answer.Of(200, handler(context.Request, body));
                if (method != "GET")
                {
                    lab.History.Add(new("control", $"{method} {context.Request.Path}"));
                }
            }
            catch (FormatException e)
            {
                answer = Answer.Plain(400, e.Message + "\n");
            }
            catch (ArgumentException e)
            {
                answer = Answer.Plain(404, e.Message + "\n");
            }

            await answer.Send(context);
        });

    private JsonObject Overview() => state.Look(() => new JsonObject
    {
        ["floating_ips"] = new JsonArray([.. state.Ips.Select(i => new JsonObject
        {
            ["ip"] = $"{i.Address}", ["holder"] = i.Holder, ["traffic_to"] = i.TrafficTo, ["metadata_says"] = i.MetadataSays,
            ["pending_action"] = i.Pending?.Id,
        })]),
        ["droplets"] = new JsonArray([.. state.Droplets.Select(d => new JsonObject
        {
            ["id"] = d.Id, ["name"] = d.Name, ["address"] = $"{d.Private}", ["region"] = d.Region, ["on"] = d.On, ["busy"] = state.IsBusy(d),
        })]),
        ["knobs"] = lab.Knobs.ToJson(),
        ["faults"] = Faults(),
    });

    private JsonArray Faults() => new([.. lab.Faults.On.Select(LabFaults.ToJson)]);

    private IReadOnlyList<HistoryEntry> History(HttpRequest request)
    {
        var after = long.TryParse(request.Query["after"], out var seq) ? seq : 0;
        var kinds = request.Query["kind"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        return [.. lab.History.After(after).Where(e => kinds.Length == 0 || kinds.Contains(e.Kind))];
    }

    private void Droplet(long id, JsonObject body)
    {
        foreach (var (name, value) in body)
        {
            switch (name)
            {
                case "on": lab.Power(id, LabJson.Bool(name, value)); break;
                case "busy_ms": lab.KeepBusy(id, TimeSpan.FromMilliseconds(LabJson.Number(name, value))); break;
                case "region": lab.MoveToRegion(id, LabJson.Text(name, value)); break;
                default: throw new FormatException($"unknown field '{name}' of a droplet: expected on, busy_ms or region");
            }
        }
    }

    private void Move(JsonObject body)
    {
        IPAddress? ip = null;
        if (body["ip"] is { } named && !IPAddress.TryParse(LabJson.Text("ip", named), out ip))
        {
            throw new FormatException($"'ip' is {named.ToJsonString()}: expected an IP address");
        }

        lab.Move(body["droplet_id"] is { } id ? (long)LabJson.Number("droplet_id", id) : null, ip);
    }

    private void Token(string name, JsonObject body)
    {
        var scopes = body["scopes"] is JsonArray list ? list.Select(s => LabJson.Text("scopes", s)).ToHashSet() : null;
        lab.Tokens.Accept(new(name, LabJson.Text("value", body["value"])) { Scopes = scopes });
    }

    private static bool Errored(JsonObject body) => LabJson.OneOf("status", body["status"], ("completed", false), ("errored", true));

    private static List<JsonObject> List(JsonNode? body) =>
        body is JsonArray many ? [.. many.Select(LabJson.Object)] : [LabJson.Object(body)];

    private static long Id(HttpRequest request) =>
        long.TryParse(Name(request), out var id) ? id : throw new FormatException($"'{Name(request)}' is not a number");

    private static string Name(HttpRequest request) => (string)(request.RouteValues["id"] ?? request.RouteValues["name"])!;

    private static JsonNode ToJson<T>(IReadOnlyList<T> list) => JsonSerializer.SerializeToNode(list, LabJson.Plain)!;
}
