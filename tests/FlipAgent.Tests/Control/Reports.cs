using FlipAgent.Reporting;

namespace FlipAgent.Tests.Control;

/// <summary>The cluster of docs/cli.md as a report: two nodes, all well, haproxy-1 is master.</summary>
internal static class Reports
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static StatusReport Healthy { get; } = new()
    {
        Cluster = "web-lb",
        Node = "haproxy-1",
        Version = "1.1.0",
        Verdict = "ok",
        Summary = "haproxy-1 is master and holds 203.0.113.10 (seen 1 s ago)",
        Role = "master",
        Since = Noon,
        Term = 7,
        Priority = 150,
        EffectivePriority = 150,
        Fit = true,
        Maintenance = false,
        FlapHold = false,
        Master = "haproxy-1",
        FloatingIp = new FloatingIpReport("203.0.113.10", "haproxy-1", 3164444, 1.2, "held", "ok", "ok", "ok") { Served = "answers", Write = "proven", LookupAgeS = 1.2, GuardOkAgeS = 0.8 },
        Nodes =
        [
            new NodeReport("haproxy-1", "10.110.0.2", "master", 7, 150, 150, true, "ok", null, null, null) { Version = "1.1.0", Holds = true, Up = true, Sees = "ok", SeesAgeS = 0.8 },
            new NodeReport("haproxy-2", "10.110.0.3", "backup", 7, 100, 100, true, "ok", 0.4, true, null) { Version = "1.1.0", Up = true, ConfigDiffers = false, Sees = "ok", SeesAgeS = 0.2 },
        ],
        Checks =
        [
            new CheckReport("haproxy", "process", true, Noon, "pid 812, active (running)"),
            new CheckReport("site", "http", true, Noon, "200 in 3 ms"),
        ],
        LastMove = new MoveReport(7, Noon, "haproxy-2", "haproxy-1", "haproxy-2 released: check haproxy is down", 12, 1100, 240),
        Alerts = new AlertsReport(3, 0, 0),
        Warnings = [],
        Config = new ConfigFileReport("/etc/flipagent/flipagent.yaml", Noon, "in-use", null, "/var/lib/flipagent/last-good.yaml"),
        Identity = new IdentityReport("right", 3164444, 3164444),
        MoveBudget = new MoveBudgetReport(3, 600, 3, []),
        Secrets = [new SecretReport("cloud token", null), new SecretReport("cluster key", null)],
        Heartbeat = new HeartbeatReport(60, 12.5, null),
        Lease = new LeaseReport("haproxy-1", 7, 0.4, 3.9, 5, "ok", null) { Members = [new StoreMemberReport("https://10.110.0.5:2379", true, null, "3.5.21", true)], ClockS = 0.1 },
    };

    /// <summary>The same cluster with a second address, which has not come along.</summary>
    public static StatusReport TwoAddresses { get; } = Healthy with
    {
        FloatingIps = [Healthy.FloatingIp, Healthy.FloatingIp with { Address = "2001:db8::1", Holder = "haproxy-2", HolderId = 3164445, Claim = "claiming", Guard = "off", Served = "off", LookupAgeS = null, GuardOkAgeS = null }],
    };

    /// <summary>The same cluster after haproxy-1 lost its HAProxy, as haproxy-1 sees it.</summary>
    public static StatusReport Degraded { get; } = Healthy with
    {
        Verdict = "degraded",
        Summary = "haproxy-2 is master and holds 203.0.113.10, but there is no fit node besides it",
        Role = "fault",
        Term = 8,
        Fit = false,
        UnfitBecause = "check haproxy is down",
        Master = "haproxy-2",
        FloatingIp = Healthy.FloatingIp with { Holder = "haproxy-2", HolderId = 3164445, HolderAgeS = 3.4, Claim = "none" },
        Nodes =
        [
            Healthy.Nodes[0] with { Role = "fault", Term = 8, Fit = false, Holds = false },
            Healthy.Nodes[1] with { Role = "master", Term = 8, Holds = true },
        ],
        Checks = [Healthy.Checks[0] with { Up = false, Detail = "inactive (dead)" }, Healthy.Checks[1] with { Up = false, Detail = "connection refused" }],
        LastMove = new MoveReport(8, Noon.AddHours(1), "haproxy-1", "haproxy-2", "check haproxy is down", null, null, null),
        Warnings = ["not redundant: haproxy-2 is the only fit node"],
    };

    public static EventReport Event(long id, uint term, string name, string text, string severity = "info") =>
        new(id, Noon.AddMilliseconds(id * 10), name, severity, term, text);
}
