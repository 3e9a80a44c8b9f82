using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// What Prometheus scrapes from /metrics. The status report says how things are, the counters how often and how long; the alert rules and the dashboard of
/// deploy/monitoring use these names, so they only ever grow in number. Every sample has the labels <c>cluster</c> and <c>node</c>, what belongs to one floating IP
/// also <c>address</c>. A counter with labels is there at 0 with the values that are known before (of the requests to a cloud, those of DigitalOcean): what
/// appears with its first count is no increase to Prometheus.
/// </summary>
public static partial class Metrics
{
    /// <summary>The whole page.</summary>
    /// <param name="now">UTC, the moment of <paramref name="status"/>.</param>
    /// <param name="openMetrics">OpenMetrics 1.0 in place of text format 0.0.4.</param>
    public static string Render(StatusReport status, Counters counters, DateTimeOffset now, bool openMetrics = false)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(counters);
        var page = new MetricsWriter(openMetrics, ("cluster", status.Cluster), ("node", status.Node));
        WriteNode(page, status);
        WriteAddresses(page, status.FloatingIps ?? [status.FloatingIp], status, now);
        WriteMoves(page, status, counters);
        WritePeers(page, status);
        WriteLease(page, status);
        WriteAdverts(page, status, counters);
        WriteChecks(page, status, counters);
        WriteCloud(page, status, counters);
        WriteAlerts(page, status, counters, now);
        WriteConfiguration(page, status, counters);
        WriteProcess(page, counters);
        return page.ToString();
    }

    private static void WriteNode(MetricsWriter page, StatusReport status)
    {
        page.Gauge("up", "1 while the agent runs.").Sample(1);
        page.Gauge("build_info", "1, with the version of the agent.").Sample("version", status.Version, 1);
        OneOf(page, "verdict", "1 for the verdict of flipagentctl status, 0 for the others.", "verdict", status.Verdict,
            ["ok", "degraded", "critical"]);
        page.Gauge("warnings", "How many warnings flipagentctl status shows.").Sample(status.Warnings.Count);
        OneOf(page, "role", "1 for the role of this node, 0 for the others.", "role", status.Role, ["starting", "backup", "master", "fault"]);
        page.Gauge("role_since_timestamp_seconds", "Since when the node has its role, seconds since the epoch.").Sample(Epoch(status.Since));
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
        page.Gauge("maintenance", "1 while this node is in maintenance.").Sample(Bit(status.Maintenance));
        page.Gauge("hold_down_seconds", "For how long this node still ranks last because it has failed repeatedly; 0: it does not.").Sample(status.HoldDownS ?? 0);
        OneOf(page, "identity_state", "1 for how the droplet that this machine is compares with the file.", "state", status.Identity?.State ?? "unproven",
            ["right", "swapped", "unknown", "shared", "unproven"]);
    }

    private static void WritePeers(MetricsWriter page, StatusReport status)
    {
        var peers = status.Nodes.Where(node => node.Name != status.Node).ToList();
        page.Gauge("standbys", "How many other nodes could take over now: heard, fit, and able to move the floating IP and to reach the store of the lease where there is one.")
            .Sample(peers.Count(peer => peer.CouldTakeOver()));
        PerPeer("peer_up", "1 when the peer is heard and its adverts count.", peer => Bit(peer.Up));
        PerPeer("peer_last_advert_age_seconds", "Seconds since the peer was last heard; missing where it never was.", peer => peer.HeardS);
        PerPeer("peer_fit", "1 when the peer may be master, as it says; 0 also when it is not known.", peer => Bit(peer.Fit));
        PerPeer("peer_api_ok", "1 when the peer reaches the cloud API and could move the floating IP, as it says; 0 also when it is not known.", peer => Bit(peer.Api == "ok"));
        PerPeer("peer_hears_me", "1 when the peer says that it hears this node, 0 when it does not; missing where it is not known.", peer => Bit(peer.HearsMe));
        PerPeer("peer_rejected", "1 while the adverts of the peer do not count.", peer => Bit(peer.Rejected is not null));
        PerPeer("peer_maintenance", "1 while the peer is in maintenance.", peer => Bit(peer.Maintenance));
        PerPeer("peer_config_differs", "1 when the peer goes by another configuration than this node; missing where it is not known.", peer => Bit(peer.ConfigDiffers));

        void PerPeer(string name, string help, Func<NodeReport, double?> of)
        {
            page.Gauge(name, help);
            foreach (var peer in peers)
                if (of(peer) is { } value)
                    page.Sample("peer", peer.Name, value);
        }
    }

    private static void WriteChecks(MetricsWriter page, StatusReport status, Counters counters)
    {
        page.Gauge("check_success", "1 when the check is up, 0 when it is down.");
        foreach (var check in status.Checks)
            if (Bit(check.Up) is { } up)
                page.Sample("check", check.Name, up);
        page.Gauge("check_duration_seconds", "How long the last run of the check took.");
        foreach (var check in status.Checks)
            if (counters.CheckSeconds.TryGetValue(check.Name, out var seconds))
                page.Sample("check", check.Name, seconds);
        page.Gauge("check_degraded", "1 when the check is up, but with something that a person should know.");
        foreach (var check in status.Checks)
            page.Sample("check", check.Name, Bit(check.Degraded));
    }

    private static void OneOf(MetricsWriter page, string name, string help, string label, string actual, ReadOnlySpan<string> all)
    {
        page.Gauge(name, help);
        foreach (var value in all)
            page.Sample(label, value, Bit(value == actual));
    }

    private static double Bit(bool value) => value ? 1 : 0;

    private static double? Bit(bool? value) => value is { } known ? Bit(known) : null;

    private static double Epoch(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;
}
