using FlipAgent.Reporting;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Page;

/// <summary>The page in each state that it can be in; those of a real agent are in <see cref="RealAgentPageTests"/>.</summary>
internal static class PageStates
{
    private const string LongName = "haproxy-in-a-very-long-region-name-ams3-production-blue-0123456789";

    private static readonly StatusReport s_noMaster = Reports.Degraded with
    {
        Verdict = "critical",
        Summary = "no node is master; 203.0.113.10 is at haproxy-1",
        Master = null,
        Nodes = [Reports.Degraded.Nodes[0], Reports.Healthy.Nodes[1] with { Role = "unknown", HeardS = 42.5, Up = false, Holds = false, Rejected = "its key is different" }],
        LastMove = null,
    };

    private static readonly StatusReport s_critical = Reports.Degraded with
    {
        Verdict = "critical",
        Summary = "203.0.113.10 is at droplet 99887766, which is not a node of this cluster",
        FloatingIp = Reports.Healthy.FloatingIp with { Holder = "other", HolderId = 99887766, Claim = "lost" },
        Warnings = ["not redundant: haproxy-2 is the only fit node", "the cloud API answers 401: the token is wrong or was revoked"],
    };

    private static readonly StatusReport s_long = Reports.Degraded with
    {
        Cluster = "a-cluster-name-of-a-customer-who-likes-long-names-and-no-spaces",
        Node = LongName,
        Summary = $"{LongName} is master and claims 2001:0db8:85a3:0000:0000:8a2e:0370:7334, which is at {new string('x', 120)} (seen 3 s ago)",
        Nodes = [Reports.Degraded.Nodes[0] with { Name = LongName, Version = "1.2.0~rc1+build.20260101.0123456789abcdef" }, Reports.Degraded.Nodes[1]],
        Checks =
        [
            new CheckReport("a-check-whose-name-is-long-and-has-no-space-in-it", "haproxy", false, Reports.Noon, "connect to /run/haproxy/" + new string('y', 300)),
            new CheckReport("site", "http", true, Reports.Noon, string.Join(' ', Enumerable.Repeat("backend app has no server up;", 20))) { Degraded = true },
        ],
        LastMove = new MoveReport(4_000_000_000, Reports.Noon, LongName, LongName, new string('z', 200), 12, 1100, 240),
        Warnings = [new string('w', 300), "https://example.com/" + new string('p', 200)],
    };

    public static IReadOnlyDictionary<string, (StatusReport Status, IReadOnlyList<EventReport> Events)> All { get; } =
        new Dictionary<string, (StatusReport, IReadOnlyList<EventReport>)>
        {
            ["ok"] = (Reports.Healthy, History),
            ["degraded"] = (Reports.Degraded, History),
            ["critical"] = (s_critical, History),
            ["no master"] = (s_noMaster, History),
            ["several addresses"] = (Reports.TwoAddresses, History),
            ["long"] = (s_long, [.. History, Reports.Event(99, 4_000_000_000, "claim-lost", new string('t', 400), "critical")]),
            ["empty history"] = (Reports.Healthy with { LastMove = null, Checks = [] }, []),
        };

    /// <summary>Two moves to this node and what else happened.</summary>
    private static IReadOnlyList<EventReport> History =>
    [
        At(1, 0, 5, "started", "flipagent 1.2.0 has started on haproxy-1"),
        At(2, 3, 5, "peer-heard", "haproxy-2 is heard"),
        At(3, 61, 6, "peer-silent", "haproxy-2 is silent", "warning"),
        Move(4, 65, 6, 903, 2040, 1310),
        At(5, 80, 6, "released", "haproxy-1 gives up the mastership of term 6: check site is down: 503; no fit peer is heard, so nobody takes over", "critical"),
        Move(6, 114, 7, 12, 1100, 240),
        At(7, 120, 7, "peer-heard", "haproxy-2 is heard again"),
    ];

    private static EventReport At(long id, int minute, uint term, string name, string text, string severity = "info") =>
        Reports.Event(id, term, name, text, severity) with { At = Reports.Noon.AddMinutes(minute) };

    private static EventReport Move(long id, int minute, uint term, double detect, double assign, double verify) =>
        At(id, minute, term, "claim-held", "haproxy-1 holds the floating IP 203.0.113.10") with { Peer = "haproxy-2", DetectMs = detect, AssignMs = assign, VerifyMs = verify };
}
