using System.Collections.Immutable;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Naming;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>How the status says where each floating IP is, where there are several (docs/rules.md, C12).</summary>
internal static class AddressReports
{
    /// <summary>So long after a move another address may still be on its way.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Those after the first: where they are, and how this node's claim is. What is said of the API, the guard and the service is said of the first.</summary>
    public static IEnumerable<FloatingIpReport> Others(ElectionState s, AgentConfig config, FloatingIpReport first, TimeSpan now)
    {
        for (var i = 1; i < s.Ips.Length && i < config.FloatingIp.Addresses.Length; i++)
        {
            var (ip, known) = (s.Ips[i], s.Ips[i].Lookup.Known);
            yield return new FloatingIpReport(
                $"{config.FloatingIp.Addresses[i]}", Election.HolderName(s, i), known.DropletId != 0 ? known.DropletId : null,
                known.Kind == HolderKind.Unknown ? null : StatusBuilder.Seconds(now - ip.Lookup.KnownAt), StatusBuilder.ClaimWord(ip.Claim.State), first.Api,
                ip.Metadata.Says == Witness.Unknown ? first.Metadata : "ok", "off")
            {
                Provider = first.Provider,
                HolderServer = known.DropletId != 0 ? ServerId.NameOf(known.DropletId) : null,
                Served = "off",
            };
        }
    }

    /// <summary>Another address of which the cloud says nothing, while it does of the first: it does not know it, or fails for it alone.</summary>
    private static string? Unseen(ElectionState s, int i, string address, TimeSpan now)
    {
        var (api, lookup) = (s.Ips[i].Api, s.Ips[i].Lookup);
        if (s.Api.Ok == true && api.Ok == false)
            return $"the cloud API for {address}: {StatusBuilder.ApiWord(api.Ok, api.Status)} (flipagentctl doctor says why); its holder is the last that was known";
        var since = lookup.Known.Kind == HolderKind.Unknown ? s.Lifecycle.StartedAt : lookup.KnownAt;
        return now - since > StatusVerdict.MaxLookupAge + s.Quota.LookupGap
            ? $"who holds {address} has not been seen for {(now - since).TotalSeconds:0} s"
            : null;
    }

    /// <summary>Another address that is not where the master is, though there was time enough.</summary>
    public static IEnumerable<string> Warnings(ElectionState s, ImmutableArray<FloatingIpReport> addresses, int master, TimeSpan now)
    {
        if (master < 0)
            yield break;
        for (var i = 1; i < s.Ips.Length && i < addresses.Length; i++)
            if (Unseen(s, i, addresses[i].Address, now) is { } unseen)
                yield return unseen;
        var since = master == s.Settings.Me ? s.Standing.Since : s.Peers[master].MasterSince;
        var name = s.Settings.Nodes[master].Name;
        foreach (var ip in addresses.Skip(1))
            if (ip.Holder != name && ip.Holder != "unknown" && now - since > s_patience)
                yield return $"{ip.Address} is at {ip.Holder} and not at the master, {name}";
    }
}
