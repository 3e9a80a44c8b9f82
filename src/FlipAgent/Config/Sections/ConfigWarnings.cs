using System.Net;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>What is allowed but seldom meant.</summary>
internal static class ConfigWarnings
{
    public static void Look(AgentConfig config, DiagnosticBag diagnostics)
    {
        foreach (var same in config.Nodes.GroupBy(n => n.Priority).Where(g => g.Count() > 1))
            diagnostics.Warn($"nodes: {string.Join(" and ", same.Select(n => n.Name))} have the same priority {same.Key}; " +
                "the holder of the floating IP comes first, then the order in the file");
        if (config.Nodes.Length == 1)
            diagnostics.Warn($"nodes: {config.Self.Name} is the only node, so there is nowhere to fail over to");
        if (config.Election.Multicast is not null)
            diagnostics.Warn("election.multicast: DigitalOcean networks carry no multicast; leave it out to send to the nodes' addresses");
        if (Urls.IsOpenToOthers(config.FloatingIp.ApiUrl))
            diagnostics.Warn($"floating_ip.api_url is http:// to {config.FloatingIp.ApiUrl.Host}: the API token can be read on the way");
        if (Urls.IsOpenToOthers(config.FloatingIp.MetadataUrl) && config.FloatingIp.MetadataUrl.Host != FloatingIpSection.DefaultMetadata.Host)
            diagnostics.Warn($"floating_ip.metadata_url is http:// to {config.FloatingIp.MetadataUrl.Host}: who is on the way can say where the address is");
        Checks(config, diagnostics);
        if (config.ControlHttp is { } http && !IPAddress.IsLoopback(http.Address))
            diagnostics.Warn($"control.http listens on {http}: whoever reaches that address can read the state of the cluster");
    }

    private static void Checks(AgentConfig config, DiagnosticBag diagnostics)
    {
        var sees = config.Checks.Any(c => c is CheckConfig.Http or CheckConfig.HaProxy or CheckConfig.Exec);
        if (!sees && config.Checks.Length > 0)
            diagnostics.Warn("checks: process and tcp checks do not see a HAProxy that hangs, since the kernel goes on taking connections for it; " +
                "add an http or haproxy check");
        if (config.Checks.Length > 0 && config.Checks.All(c => c.Weight != 0))
            diagnostics.Warn("checks: every check has a weight, so a dead HAProxy changes the priority and nothing else; " +
                "leave the weight out where a node without it must not be master");
    }
}
