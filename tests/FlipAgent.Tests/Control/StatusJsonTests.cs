using System.Text.Json;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Control;

public class StatusJsonTests
{
    // docs/cli.md, word for word.
    private const string Documented =
        """
        {"schema":1,"cluster":"web-lb","node":"haproxy-1","version":"1.0.0","verdict":"ok","summary":"...","role":"master","since":"2026-01-01T00:00:00Z",
         "term":7,"priority":150,"effective_priority":150,"fit":true,"maintenance":false,"flap_hold":false,"master":"haproxy-1",
         "floating_ip":{"address":"203.0.113.10","holder":"haproxy-1","holder_id":3164444,"holder_age_s":1.2,"claim":"held","api":"ok","metadata":"ok","guard":"ok"},
         "nodes":[{"name":"haproxy-2","address":"10.110.0.3","role":"backup","term":7,"priority":100,"effective_priority":100,"fit":true,"api":"ok","heard_s":0.4,"hears_me":true,"rejected":null}],
         "checks":[{"name":"haproxy","kind":"process","up":true,"since":"...","detail":"pid 812, active (running)"}],
         "last_move":{"term":7,"at":"...","from":"haproxy-2","to":"haproxy-1","cause":"...","detect_ms":12,"assign_ms":1100,"verify_ms":240},
         "alerts":{"sent":3,"queued":0,"failed":0},"warnings":[]}
        """;

    private static readonly string[] s_addedSince =
    [
        "unfit_because", "maintenance_reason", "maintenance_until", "superseded_by", "nodes.version", "nodes.maintenance", "nodes.holds", "nodes.up", "checks.degraded", "checks.degraded_since", "checks.duration_ms",
        "move_budget", "move_budget.max", "move_budget.window_s", "move_budget.left", "move_budget.free_in_s", "floating_ip.api_detail",
        "floating_ip.served", "floating_ip.not_served_s", "floating_ip.rate_limited", "floating_ip.rate_limit_remaining", "floating_ip.rate_limit", "nodes.sees", "nodes.sees_age_s", "nodes.demoted", "nodes.proven_id", "floating_ip.write",
        "floating_ip.provider", "floating_ip.holder_server", "floating_ips", "last_move.claim_ms",
        "config", "config.file", "config.loaded_at", "config.state", "config.problem", "config.kept",
        "hold_down_s", "secrets", "secrets.name", "secrets.problem", "heartbeat", "heartbeat.every_s", "heartbeat.ok_s", "heartbeat.problem",
        "lease", "lease.holder", "lease.term", "lease.seen_s", "lease.remaining_s", "lease.ttl_s", "lease.store", "lease.problem", "lease.clock_s", "lease.members",
        "lease.members.url", "lease.members.up", "lease.members.problem", "lease.members.version", "lease.members.leads", "nodes.store",
        "floating_ip.lookup_age_s", "floating_ip.guard_ok_age_s", "nodes.config_differs", "alerts.oldest_s",
        "identity", "identity.state", "identity.file_id", "identity.proven_id",
        "maintenance_by", "nodes.write", "nodes.listens", "nodes.maintenance_until", "nodes.maintenance_end_known", "nodes.maintenance_by", "nodes.config_keys", "nodes.config_keys_only_there",
    ];

    [NeedsFact("curl")]
    public async Task Curl_on_the_socket_gets_the_documented_fields_in_the_documented_types()
    {
        await using var agent = await AgentInMemory.Start();

        var curl = Shell.Run("curl", "-sS", "--unix-socket", agent.Socket, "http://x/v1/status");

        Assert.Equal((0, ""), (curl.Code, curl.Error));
        Assert.EndsWith("}\n", curl.Out);
        var documented = Fields(JsonDocument.Parse(Documented).RootElement, "").ToList();
        var answered = Fields(JsonDocument.Parse(curl.Out).RootElement, "").ToList();
        Assert.Equal(documented.Order(), answered.Where(field => !s_addedSince.Contains(field.Name)).Distinct().Order());
        Assert.Equal(s_addedSince.Order(), answered.Select(field => field.Name).Except(documented.Select(field => field.Name)).Order());
    }

    [Fact]
    public void The_own_node_is_in_nodes_and_was_heard_by_nobody()
    {
        var json = JsonSerializer.SerializeToElement(Reports.Healthy, FlipAgent.Reporting.ReportJson.Default.StatusReport);

        var own = json.GetProperty("nodes").EnumerateArray().Single(node => node.GetProperty("name").GetString() == "haproxy-1");
        Assert.Equal(JsonValueKind.Null, own.GetProperty("heard_s").ValueKind);
        Assert.Equal("2026-01-01T12:00:00.000Z", json.GetProperty("since").GetString());
        Assert.Equal(1.2, json.GetProperty("floating_ip").GetProperty("holder_age_s").GetDouble());
    }

    // A field that may be null has no type of its own in one answer; its documented example has.
    private static IEnumerable<(string Name, string Type)> Fields(JsonElement value, string prefix)
    {
        foreach (var field in value.EnumerateObject())
        {
            var name = prefix + field.Name;
            var type = field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "bool" : field.Value.ValueKind.ToString();
            yield return (name, name is "nodes.heard_s" or "nodes.hears_me" ? "nullable" : type);
            var below = field.Value.ValueKind switch
            {
                JsonValueKind.Object => Fields(field.Value, name + "."),
                JsonValueKind.Array => field.Value.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object).SelectMany(one => Fields(one, name + ".")),
                _ => [],
            };
            foreach (var one in below)
                yield return one;
        }
    }
}
