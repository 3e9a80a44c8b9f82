using FlipAgent.Reporting;

namespace FlipAgent.Control;

public static partial class Metrics
{
    /// <summary>Only where there is a lease (docs/lease.md).</summary>
    private static void WriteLease(MetricsWriter page, StatusReport status)
    {
        if (status.Lease is not { } lease)
            return;
        page.Gauge("lease_held", "1 while this node has the lease.").Sample(Bit(lease.RemainingS is not null));
        page.Gauge("lease_remaining_seconds", "For how long this node may be master without a renewal; 0: it does not have the lease.").Sample(lease.RemainingS ?? 0);
        page.Gauge("lease_ttl_seconds", "How long the lease lasts without a renewal.").Sample(lease.TtlS);
        page.Gauge("lease_store_up", "1 when the store of the lease answered this node's last request.").Sample(Bit(lease.Store == "ok"));
        page.Gauge("lease_store_member_up", "1 when the member of the store answered when it was asked last; missing before that.");
        foreach (var member in lease.Members)
            if (Bit(member.Up) is { } up)
                page.Sample("member", member.Url, up);
        page.Gauge("peer_lease_store_up", "1 when the peer reaches the store of the lease, as it says; 0 also when it is not known.");
        foreach (var peer in status.Nodes.Where(node => node.Name != status.Node))
            page.Sample("peer", peer.Name, Bit(peer.Store == "ok"));
        if (lease.ClockS is { } clock)
            page.Gauge("lease_store_clock_offset_seconds", "The clock of the store less this machine's, by whole seconds.").Sample(clock);
    }
}
