using FlipAgent.Counting;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// What Prometheus scrapes from /metrics. The status report says how things are, the counters how often and how long; alert rules and the
/// dashboard of deploy/ use these names, so they only ever grow in number.
/// </summary>
public static class Metrics
{
    /// <summary>The page in text format 0.0.4.</summary>
    /// <param name="now">UTC, the moment of <paramref name="status"/>.</param>
    public static string Render(StatusReport status, Counters counters, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(counters);
        var page = new MetricsWriter();
        WriteNode(page, status);
        WriteFloatingIp(page, status, now);
        WritePeers(page, status, counters);
        WriteElection(page, counters);
        WriteChecks(page, status, counters);
        WriteCloud(page, counters);
        WriteProcess(page, status, counters);
        return page.ToString();
    }

    private static void WriteNode(MetricsWriter page, StatusReport status)
    {
        page.Gauge("up", "1 while the agent runs.").Sample(1);
        page.Gauge("build_info", "1, with the version of the agent.").Sample("version", status.Version, 1);
        OneOf(page, "verdict", "1 for the verdict of flipagentctl status, 0 for the others.", "verdict", status.Verdict,
            ["ok", "degraded", "critical"]);
        OneOf(page, "role", "1 for the role of this node, 0 for the others.", "role", status.Role, ["starting", "backup", "master", "fault"]);
        page.Gauge("term", "The highest term known.").Sample(status.Term);
        page.Gauge("priority", "Priority of this node, configured and with weighted checks.")
            .Sample("kind", "configured", status.Priority).Sample("kind", "effective", status.EffectivePriority);
        var reason = status switch
        {
            { Fit: true } => "none",
            { Maintenance: true } => "maintenance",
            { Role: "starting" } => "starting",
            _ => "check",
        };
        page.Gauge("eligible", "1 when this node is fit to be master; the reason when it is not.").Sample("reason", reason, status.Fit ? 1 : 0);
        page.Gauge("nodes_eligible", "How many nodes of the cluster are fit, as far as this node knows.")
            .Sample(status.Nodes.Count(node => node.Fit));
        page.Gauge("maintenance", "1 while this node is in maintenance.").Sample(status.Maintenance ? 1 : 0);
        page.Gauge("flap_hold", "1 while moves are held because there were too many.").Sample(status.FlapHold ? 1 : 0);
    }

    private static void WriteFloatingIp(MetricsWriter page, StatusReport status, DateTimeOffset now)
    {
        var ip = status.FloatingIp;
        OneOf(page, "fip_owner", "1 for the holder of the floating IP by the cloud, 0 for the others.", "owner", ip.Holder,
            [.. status.Nodes.Select(node => node.Name), "other", "nobody", "unknown"]);
        if (ip.HolderAgeS is { } age)
            page.Gauge("fip_verified_timestamp_seconds", "When the holder was last seen, seconds since the epoch.")
                .Sample(now.ToUnixTimeMilliseconds() / 1000.0 - age);
        OneOf(page, "claim", "1 for the state of this node's claim of the floating IP.", "state", ip.Claim, ["none", "claiming", "held", "lost"]);
        OneOf(page, "api_state", "1 for how the cloud API last answered this node.", "state", ip.Api,
            ["ok", "failing", "unauthorized", "forbidden", "not-found", "unknown"]);
        page.Gauge("api_ratelimited", "1 while the API answers 429, and for a minute after.").Sample(ip.RateLimited == true ? 1 : 0);
        if (ip.RateLimit is { } limit)
            page.Gauge("api_ratelimit_limit", "Requests that the API says the account has.").Sample(limit);
        OneOf(page, "guard_state", "1 for how the service answered through the floating IP.", "state", ip.Guard, ["ok", "failing", "unknown", "off"]);
        OneOf(page, "write_access", "1 for whether the token may move the floating IP, as seen in this run.", "state", ip.Write ?? "unproven", ["proven", "unproven", "refused"]);
        OneOf(page, "identity_state", "1 for how the droplet that this machine is compares with the file.", "state", status.Identity?.State ?? "unproven",
            ["right", "swapped", "unknown", "shared", "unproven"]);
        OneOf(page, "service_state", "1 for whether clients are served through the floating IP, as all nodes see it.", "state", ip.Served ?? "unknown",
            ["answers", "failing", "dead", "never-answered", "never-reached", "unknown", "early", "off"]);
        page.Gauge("service_seen", "1 when the guard of the node saw the service answer through the floating IP, 0 when it did not; missing where it cannot tell.");
        foreach (var node in status.Nodes)
            if (node.Sees is "ok" or "refused" or "timed-out")
                page.Sample("node", node.Name, node.Sees == "ok" ? 1 : 0);
    }

    private static void WritePeers(MetricsWriter page, StatusReport status, Counters counters)
    {
        var peers = status.Nodes.Where(node => node.Name != status.Node).ToList();
        page.Gauge("peer_up", "1 when the peer is heard and its adverts count.");
        foreach (var peer in peers)
            page.Sample("peer", peer.Name, peer.Up ? 1 : 0);
        page.Gauge("peer_last_advert_age_seconds", "Seconds since the peer was last heard.");
        foreach (var peer in peers)
            if (peer.HeardS is { } age)
                page.Sample("peer", peer.Name, age);
        page.Counter("advertisements_sent_total", "Adverts sent.").Sample(counters.AdvertisementsSent.Count);
        Labelled(page.Counter("advertisements_received_total", "Adverts that counted, by peer."), "peer", counters.AdvertisementsReceived);
        Labelled(page.Counter("advertisements_dropped_total", "Datagrams that did not count, by reason."), "reason", counters.AdvertisementsDropped);
    }

    private static void WriteElection(MetricsWriter page, Counters counters)
    {
        page.Counter("become_master_total", "How often this node became master.").Sample(counters.BecameMaster.Count);
        Labelled(page.Counter("release_master_total", "How often this node gave the mastership up, by cause."), "cause", counters.ReleasedMaster);
        page.Histogram("advert_lateness_seconds", "How late adverts left.", ("", "", counters.AdvertLateness));
        page.Counter("stalls_total", "How often the decision loop woke too late.").Sample(counters.Stalls.Count);
        page.Gauge("stall_seconds_max", "The longest such delay since the start.").Sample(counters.LongestStall.TotalSeconds);
    }

    private static void WriteChecks(MetricsWriter page, StatusReport status, Counters counters)
    {
        page.Gauge("haproxy_check_success", "1 when the check is up, 0 when it is down.");
        foreach (var check in status.Checks)
            if (check.Up is { } up)
                page.Sample("check", check.Name, up ? 1 : 0);
        page.Gauge("haproxy_check_duration_seconds", "How long the last run of the check took.");
        foreach (var check in status.Checks)
            if (counters.CheckSeconds.TryGetValue(check.Name, out var seconds))
                page.Sample("check", check.Name, seconds);
    }

    private static void WriteCloud(MetricsWriter page, Counters counters)
    {
        page.Counter("api_requests_total", "Requests to the cloud API, by operation and status code.");
        foreach (var (operation, code, count) in counters.Api?.Requests ?? [])
            page.Sample([("op", operation), ("code", code)], count);
        if (counters.Api is { } api)
            page.Histogram("api_request_duration_seconds", "How long requests to the cloud API took.", ("", "", api.Durations));
        if (counters.Api?.RateLimitRemaining is { } remaining)
            page.Gauge("api_ratelimit_remaining", "What the API last said is left of its limit.").Sample(remaining);
        Labelled(page.Counter("assign_total", "Assign requests, by result."), "result", counters.Assigns);
        page.Histogram("failover_duration_seconds", "How long the phases of a move to this node took.",
            ("phase", "detect", counters.FailoverDetect), ("phase", "assign", counters.FailoverAssign), ("phase", "verify", counters.FailoverVerify));
    }

    private static void WriteProcess(MetricsWriter page, StatusReport status, Counters counters)
    {
        page.Counter("alerts_total", "Alerts, by result.")
            .Sample("result", "sent", status.Alerts.Sent).Sample("result", "failed", status.Alerts.Failed);
        page.Gauge("alert_queue_length", "Alerts that wait to be sent.").Sample(status.Alerts.Queued);
        page.Counter("log_dropped_total", "Log lines thrown away because the log could not keep up.").Sample(counters.LogDropped);
        page.Gauge("config_last_reload_successful", "1 when the last reload worked.").Sample(counters.LastReloadWorked ? 1 : 0);
        OneOf(page, "config_file", "1 for how the configuration file compares with what the agent goes by.", "state", status.Config?.State ?? "in-use", ["in-use", "changed", "invalid", "refused"]);
        page.Gauge("config_hash_info", "1, with the hash of what must agree on all nodes.").Sample("hash", $"{counters.ConfigHash:x16}", 1);
    }

    private static void OneOf(MetricsWriter page, string name, string help, string label, string actual, ReadOnlySpan<string> all)
    {
        page.Gauge(name, help);
        foreach (var value in all)
            page.Sample(label, value, value == actual ? 1 : 0);
    }

    private static void Labelled(MetricsWriter page, string label, LabelledTally tally)
    {
        foreach (var (value, _, count) in tally.Read())
            page.Sample(label, value, count);
    }
}
