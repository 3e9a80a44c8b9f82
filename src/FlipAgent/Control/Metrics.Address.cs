using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>What belongs to one floating IP; each sample has its address as a label.</summary>
public static partial class Metrics
{
    private static void WriteAddresses(MetricsWriter page, IReadOnlyList<FloatingIpReport> all, StatusReport status, DateTimeOffset now)
    {
        string[] owners = [.. status.Nodes.Select(node => node.Name), "other", "nobody", "unknown"];
        OneOfEach(page, all, "fip_owner", "1 for the holder of the floating IP by the cloud, 0 for the others.", "owner", ip => ip.Holder, owners);
        When(page, all, "fip_verified_timestamp_seconds", "When the holder was last seen by any node, seconds since the epoch.", ip => ip.HolderAgeS, now);
        When(page, all, "lookup_success_timestamp_seconds", "When the cloud last told this node itself who the holder is, seconds since the epoch.", ip => ip.LookupAgeS, now);
        OneOfEach(page, all, "claim", "1 for the state of this node's claim of the floating IP.", "state", ip => ip.Claim, ["none", "claiming", "held", "lost"]);
        OneOfEach(page, all, "guard_state", "1 for how the service answered through the floating IP.", "state", ip => ip.Guard, ["ok", "failing", "unknown", "off"]);
        When(page, all, "guard_success_timestamp_seconds", "When the guard of this node last saw the service answer, seconds since the epoch.", ip => ip.GuardOkAgeS, now);
        OneOfEach(page, all, "metadata_state", "1 for how the metadata service of this machine answers.", "state", ip => ip.Metadata, ["ok", "failing", "unknown"]);
        OneOfEach(page, all, "write_access", "1 for whether the token may move the floating IP, as seen in this run.", "state", ip => ip.Write ?? "unproven",
            ["proven", "unproven", "refused"]);
        OneOfEach(page, all, "service_state", "1 for whether clients are served through the floating IP, as all nodes see it.", "state", ip => ip.Served ?? "unknown",
            ["answers", "failing", "dead", "never-answered", "never-reached", "unknown", "early", "off"]);
        PerAddress(page, all, "service_unserved_seconds", "For how long clients have not been served; 0 while they are, or nobody can tell.", ip => ip.NotServedS ?? 0);
        WriteSights(page, status);
    }

    private static void WriteSights(MetricsWriter page, StatusReport status)
    {
        page.Gauge("guard_sees", "1 when the guard of that node saw the service answer through the floating IP, 0 when it did not; missing where it cannot tell.");
        foreach (var node in status.Nodes)
            if (node.Sees is "ok" or "refused" or "timed-out")
                page.Sample([("guard", node.Name), ("address", status.FloatingIp.Address)], Bit(node.Sees == "ok"));
    }

    private static void WriteMoves(MetricsWriter page, StatusReport status, Counters counters)
    {
        var address = status.FloatingIp.Address;
        page.Gauge("flap_hold", "1 while moves are held because there were too many.").Sample("address", address, Bit(status.FlapHold));
        page.Gauge("superseded", "1 while the floating IP is at a node that this one does not hear, so that it stays backup.").Sample("address", address, Bit(status.SupersededBy is not null));
        page.Gauge("moves_left", "How many moves away from a fit holder are left of those allowed in 10 minutes; missing in versions before 1.0.1.");
        if (status.MoveBudget is { } budget)
            page.Sample("address", address, budget.Left);
        page.Gauge("last_move_timestamp_seconds", "When the floating IP last moved as this run has seen it, seconds since the epoch; missing: it has not.");
        if (status.LastMove is { } move)
            page.Sample("address", address, Epoch(move.At));
        page.Gauge("last_move_info", "1, with the nodes between which the floating IP last moved.");
        if (status.LastMove is { } last)
            page.Sample([("from", last.From), ("to", last.To), ("address", address)], 1);
        page.Counter("become_master_total", "How often this node became master.").Sample(counters.BecameMaster.Count);
        Labelled(page.Counter("release_master_total", "How often this node gave the mastership up, by cause."), "cause", counters.ReleasedMaster, ["planned", "unfit"]);
        Labelled(page.Counter("assign_total", "Assign requests, by result."), "result", counters.Assigns, ["accepted", "refused", "unclear"]);
        page.Histogram("failover_duration_seconds", "How long the phases of a move to this node took.",
            ("phase", "detect", counters.FailoverDetect), ("phase", "assign", counters.FailoverAssign), ("phase", "verify", counters.FailoverVerify));
    }

    private static void OneOfEach(
        MetricsWriter page, IReadOnlyList<FloatingIpReport> all, string name, string help, string label, Func<FloatingIpReport, string> actual, ReadOnlySpan<string> values)
    {
        page.Gauge(name, help);
        foreach (var ip in all)
            foreach (var value in values)
                page.Sample([(label, value), ("address", ip.Address)], Bit(value == actual(ip)));
    }

    private static void PerAddress(MetricsWriter page, IReadOnlyList<FloatingIpReport> all, string name, string help, Func<FloatingIpReport, double?> of)
    {
        page.Gauge(name, help);
        foreach (var ip in all)
            if (of(ip) is { } value)
                page.Sample("address", ip.Address, value);
    }

    /// <summary>A moment from an age; missing where it has not been.</summary>
    private static void When(MetricsWriter page, IReadOnlyList<FloatingIpReport> all, string name, string help, Func<FloatingIpReport, double?> age, DateTimeOffset now) =>
        PerAddress(page, all, name, help, ip => Epoch(now) - age(ip));
}
