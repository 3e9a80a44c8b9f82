using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FlipAgent.Naming;

namespace FlipAgent.Config;

/// <summary>
/// A fingerprint of what must agree on all nodes, carried in each advert. Left out is what may rightly differ from node to node when values come from
/// variables: paths, sockets, and where a check asks its own node.
/// </summary>
internal static class ConfigHash
{
    /// <summary>First 64 bits of SHA-256 over <see cref="Canonical"/>, big-endian.</summary>
    public static ulong Of(AgentConfig config) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical(config))));

    internal static string Canonical(AgentConfig config)
    {
        var text = new StringBuilder();
        text.Append($"cluster {config.Cluster}\n");
        foreach (var node in config.Nodes)
            text.Append($"node {node.Name} {node.Address} {node.DropletId} {node.Priority}\n");
        var election = config.Election;
        text.Append($"election {election.Port} {election.Multicast} {election.Interval.Ticks} {election.Preempt} ");
        text.Append($"{election.PreemptDelay.Ticks} {election.StartupDelay.Ticks}\n");
        var ip = config.FloatingIp;
        text.Append($"ip {ip.Address} {ip.Guard} {ip.GuardTimeout.Ticks} {ip.ReclaimForeign}\n");
        // Only what is not as in a version that knows neither.
        if (ip.Vendor != CloudVendor.DigitalOcean)
            text.Append($"cloud {ip.Vendor.Name}\n");
        foreach (var address in ip.Others)
            text.Append($"ip {address}\n");
        if (election.Lease is { } lease)
            text.Append($"lease {lease.Prefix} {lease.Ttl.Ticks} {string.Join(' ', lease.Endpoints.Select(e => e.AbsoluteUri).Order(StringComparer.Ordinal))}\n");
        foreach (var check in config.Checks)
        {
            text.Append($"check {check.Name} {check.Kind} {check.Interval.Ticks} {check.Timeout.Ticks} {check.Rise} {check.Fall} {check.Weight}");
            // Only when the file says it, so that a file without it has the same hash as in a version that does not know the key.
            if (check.Kind != "process" && check.FastInterval != CheckConfig.DefaultFastInterval(check.Interval))
                text.Append($" fast {check.FastInterval.Ticks}");
            text.Append(check is CheckConfig.Unit unit ? $" {unit.RestartGrace.Ticks} {unit.ColdStandby}\n" : "\n");
        }

        return text.ToString();
    }
}
