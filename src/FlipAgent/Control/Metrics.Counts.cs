using FlipAgent.Counting;
using FlipAgent.Kernel;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>What is counted and measured: adverts, requests, alerts, the configuration, the process.</summary>
public static partial class Metrics
{
    private static void WriteAdverts(MetricsWriter page, StatusReport status, Counters counters)
    {
        string[] peers = [.. status.Nodes.Select(node => node.Name).Where(name => name != status.Node)];
        page.Counter("advertisements_sent_total", "Adverts sent.").Sample(counters.AdvertisementsSent.Count);
        Labelled(page.Counter("advertisements_received_total", "Adverts that counted, by peer."), "peer", counters.AdvertisementsReceived, peers);
        Labelled(page.Counter("advertisements_dropped_total", "Datagrams that did not count, by reason."), "reason", counters.AdvertisementsDropped, Counters.Rejections);
        page.Histogram("advert_lateness_seconds", "How late adverts left.", ("", "", counters.AdvertLateness));
        page.Counter("stalls_total", "How often the decision loop woke too late.").Sample(counters.Stalls.Count);
        page.Gauge("stall_seconds_max", "The longest such delay since the start.").Sample(counters.LongestStall.TotalSeconds);
    }

    private static void WriteCloud(MetricsWriter page, StatusReport status, Counters counters)
    {
        var ip = status.FloatingIp;
        OneOf(page, "api_state", "1 for how the cloud API last answered this node.", "state", ip.Api,
            ["ok", "failing", "unauthorized", "forbidden", "not-found", "unknown"]);
        page.Counter("api_requests_total", "Requests to the cloud API, by operation and status code, or a word for what came instead.");
        foreach (var (operation, code, count) in counters.Api?.Requests ?? [])
            page.Sample([("op", operation), ("code", code)], count);
        if (counters.Api is { } api)
            page.Histogram("api_request_duration_seconds", "How long requests to the cloud API took.", ("", "", api.Durations));
        page.Gauge("api_ratelimited", "1 while the API answers 429, and for a minute after.").Sample(Bit(ip.RateLimited == true));
        if (ip.RateLimit is { } limit)
            page.Gauge("api_ratelimit_limit", "Requests that the API says the account has.").Sample(limit);
        // What a peer heard is fresher where this node asks seldom.
        if ((ip.RateLimitRemaining ?? counters.Api?.RateLimitRemaining) is { } remaining)
            page.Gauge("api_ratelimit_remaining", "What the API last said is left of its limit.").Sample(remaining);
        if (counters.Api?.RateLimitReset is { } reset)
            page.Gauge("api_ratelimit_reset_timestamp_seconds", "When the API last said that requests are given back, seconds since the epoch.").Sample(reset);
        if (counters.Api?.ClockOffset is { } offset)
            page.Gauge("clock_offset_seconds", "How far the clock of this machine is ahead of the API's, to about a second.").Sample(offset.TotalSeconds);
    }

    private static void WriteAlerts(MetricsWriter page, StatusReport status, Counters counters, DateTimeOffset now)
    {
        page.Counter("alerts_total", "Alerts, by result.")
            .Sample("result", "sent", status.Alerts.Sent).Sample("result", "failed", status.Alerts.Failed);
        page.Gauge("alert_queue_length", "Alerts that wait to be sent.").Sample(status.Alerts.Queued);
        page.Gauge("alert_oldest_waiting_seconds", "For how long the oldest alert has waited to be delivered everywhere; 0: none waits.").Sample(status.Alerts.OldestS ?? 0);
        Labelled(page.Counter("heartbeat_total", "Heartbeats, by result."), "result", counters.Heartbeats, ["sent", "failed"]);
        if (status.Heartbeat is { OkS: { } age })
            page.Gauge("heartbeat_success_timestamp_seconds", "When a heartbeat last got through, seconds since the epoch.").Sample(Epoch(now) - age);
        page.Counter("log_dropped_total", "Log lines thrown away because the log could not keep up.").Sample(counters.LogDropped);
    }

    private static void WriteConfiguration(MetricsWriter page, StatusReport status, Counters counters)
    {
        page.Gauge("config_last_reload_successful", "1 when the last reload worked.").Sample(Bit(counters.LastReloadWorked));
        OneOf(page, "config_file", "1 for how the configuration file compares with what the agent goes by.", "state", status.Config?.State ?? "in-use",
            ["in-use", "changed", "invalid", "refused"]);
        page.Gauge("config_hash_info", "1, with the hash of what must agree on all nodes.").Sample("hash", $"{counters.ConfigHash:x16}", 1);
        page.Gauge("secret_readable", "1 when the secret could be read and used, 0 when it could not.");
        foreach (var secret in status.Secrets)
            page.Sample("secret", secret.Name, Bit(secret.Problem is null));
    }

    /// <summary>By the names that the client libraries of Prometheus use.</summary>
    private static void WriteProcess(MetricsWriter page, Counters counters)
    {
        var facts = ProcessFacts.Now();
        page.CommonCounter("process_cpu_seconds_total", "Processor time in user and kernel mode.").Sample(facts.CpuSeconds);
        page.CommonGauge("process_resident_memory_bytes", "Memory of the process that is in RAM.").Sample(facts.ResidentBytes);
        page.CommonGauge("process_start_time_seconds", "When the process started, seconds since the epoch.").Sample(Epoch(counters.StartedAt));
        if (facts.OpenFiles is { } files)
            page.CommonGauge("process_open_fds", "File descriptors in use.").Sample(files);
        if (facts.MaxFiles is { } max)
            page.CommonGauge("process_max_fds", "File descriptors that the process may have.").Sample(max);
        if (facts.Threads is { } threads)
            page.CommonGauge("process_threads", "Threads of the process.").Sample(threads);
    }

    /// <param name="all">The values that it can have; each is there, at 0 before its first count.</param>
    private static void Labelled(MetricsWriter page, string label, LabelledTally tally, ReadOnlySpan<string> all)
    {
        foreach (var value in all)
            tally.Add(value, 0);
        foreach (var (value, _, count) in tally.Read())
            page.Sample(label, value, count);
    }
}
