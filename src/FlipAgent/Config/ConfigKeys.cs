using System.Globalization;

namespace FlipAgent.Config;

/// <summary>
/// What <see cref="ConfigHash"/> is made of, key by key, so that it can be said which differ. The values are those that are in use, whether the file says them or not.
/// </summary>
internal static class ConfigKeys
{
    public static IReadOnlyList<(string Key, string Value)> Of(AgentConfig config) =>
        [("cluster", config.Cluster), .. Nodes(config), .. Election(config.Election), .. FloatingIp(config.FloatingIp), .. config.Checks.SelectMany(Check), ("checks", string.Join('\n', config.Checks.Select(check => check.Name)))];

    /// <summary>The order of nodes counts, for it breaks ties; so does that of checks.</summary>
    private static IEnumerable<(string, string)> Nodes(AgentConfig config)
    {
        yield return ("nodes", string.Join('\n', config.Nodes.Select(node => node.Name)));
        foreach (var node in config.Nodes)
        {
            yield return ($"nodes.{node.Name}.address", $"{node.Address}");
            yield return ($"nodes.{node.Name}.server_id", Text(node.DropletId));
            yield return ($"nodes.{node.Name}.priority", Text(node.Priority));
        }
    }

    private static IEnumerable<(string, string)> Election(ElectionConfig election)
    {
        yield return ("election.port", Text(election.Port));
        yield return ("election.multicast", $"{election.Multicast}");
        yield return ("election.interval", Text(election.Interval.Ticks));
        yield return ("election.preempt", $"{election.Preempt}");
        yield return ("election.preempt_delay", Text(election.PreemptDelay.Ticks));
        yield return ("election.startup_delay", Text(election.StartupDelay.Ticks));
        yield return ("election.lease", election.Lease is null ? "" : "on");
        if (election.Lease is not { } lease)
            yield break;
        yield return ("election.lease.prefix", lease.Prefix);
        yield return ("election.lease.ttl", Text(lease.Ttl.Ticks));
        yield return ("election.lease.etcd", string.Join('\n', lease.Endpoints.Select(one => one.AbsoluteUri).Order(StringComparer.Ordinal)));
    }

    private static IEnumerable<(string, string)> FloatingIp(FloatingIpConfig ip)
    {
        yield return ("floating_ip.provider", ip.Vendor.Name);
        yield return ("floating_ip.address", string.Join('\n', ip.Addresses));
        yield return ("floating_ip.guard", $"{ip.Guard}");
        yield return ("floating_ip.guard_timeout", Text(ip.GuardTimeout.Ticks));
        yield return ("floating_ip.on_foreign_move", $"{ip.ReclaimForeign}");
    }

    private static IEnumerable<(string, string)> Check(CheckConfig check)
    {
        var name = $"checks.{check.Name}";
        yield return ($"{name}.kind", check.Kind);
        yield return ($"{name}.interval", Text(check.Interval.Ticks));
        yield return ($"{name}.timeout", Text(check.Timeout.Ticks));
        yield return ($"{name}.rise", Text(check.Rise));
        yield return ($"{name}.fall", Text(check.Fall));
        yield return ($"{name}.weight", Text(check.Weight));
        if (check.Kind != "process" && check.FastInterval != CheckConfig.DefaultFastInterval(check.Interval))
            yield return ($"{name}.fast_interval", Text(check.FastInterval.Ticks));
        if (check is not CheckConfig.Unit unit)
            yield break;
        yield return ($"{name}.restart_grace", Text(unit.RestartGrace.Ticks));
        yield return ($"{name}.standby", unit.ColdStandby ? "cold" : "");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
