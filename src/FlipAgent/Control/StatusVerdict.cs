using System.Collections.Immutable;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Naming;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>The verdict of the status as one word and one sentence: what is wrong comes before what is unclear, and OK is only what somebody has seen.</summary>
internal static class StatusVerdict
{
    private static readonly TimeSpan s_claimGrace = TimeSpan.FromSeconds(15);
    // Beyond the time at which it is asked again.
    internal static readonly TimeSpan MaxLookupAge = TimeSpan.FromSeconds(90);

    public static (string Verdict, string Summary) Judge(
        ElectionState s, TimeSpan now, int master, ServiceState service, FloatingIpReport ip, ImmutableArray<NodeReport> nodes, ImmutableArray<string> warnings, CloudVendor vendor)
    {
        var address = ip.Address;
        if (s.Role == Role.Starting)
            return ("degraded", $"{s.Settings.Self.Name} is starting and listens");
        if (s.Ip.Lookup.Known.Kind == HolderKind.Foreign)
            return ("critical", $"{address} is at {vendor.Server} {ServerId.NameOf(s.Ip.Lookup.Known.DropletId)}, which is not a node of this cluster");
        if (s.Fitness.ListenOnly)
            return ("degraded", $"{s.Settings.Self.Name} stands by and takes no part: {CauseText.OfMaybe(s.Fitness.UnfitBecause)}");
        if (master < 0 && s is { Settings.Lease: not null, Lease.Reaches: false } && service.Verdict != ServiceVerdict.Dead && s.Ip.Lookup.Known.Kind == HolderKind.Node)
            return ("degraded", $"no node is master, since the store of the lease does not answer; {address} stays at {ip.Holder}, and nothing can fail over");
        // Whoever is to have it, and why it is not there: that nobody is served comes first.
        var unserved = service.Verdict == ServiceVerdict.Dead ? $", and nobody is served: no node sees the service answer through it for {(now - service.Since).TotalSeconds:0} s" : "";
        if (master < 0)
            return ("critical", s.Settings.Guard && s.Ip.Guard.Alive == true && nodes.Any(n => n.Name != s.Settings.Self.Name && !n.Up)
                ? $"no master is heard, but {address} answers: nothing moves"
                : $"no node is master; {address} is at {Words.Place(ip.Holder)}{unserved}{(service.Verdict == ServiceVerdict.Answers ? ", and clients are served" : "")}");
        var name = nodes[master].Name;
        var seen = s.Ip.Lookup.Known.Kind == HolderKind.Unknown ? "" : $" (seen {(now - s.Ip.Lookup.KnownAt).TotalSeconds:0} s ago)";
        if (ip.Holder == "unknown")
            return (unserved.Length > 0 ? "critical" : "degraded", $"{name} is master; who holds {address} is not known{unserved}");
        if (ip.Holder != name)
        {
            var since = master == s.Settings.Me ? s.Standing.Since : s.Peers[master].MasterSince;
            var inGrace = unserved.Length == 0 && now - since < s_claimGrace;
            return (inGrace ? "degraded" : "critical", $"{name} is master and claims {address}, which is at {ip.Holder}{seen}{unserved}");
        }
        if (s.Ip.Supersession.By != 0)
            return ("critical", $"{name} is master and holds {address}{seen}, but this node was superseded");
        return OfHolder(s, now, service, name, $"{name} is master and holds {address}{seen}", nodes, warnings, vendor);
    }

    /// <summary>The master holds the address: are clients served, and could another node take over.</summary>
    private static (string Verdict, string Summary) OfHolder(
        ElectionState s, TimeSpan now, ServiceState service, string name, string summary, ImmutableArray<NodeReport> nodes, ImmutableArray<string> warnings,
        CloudVendor vendor)
    {
        if (ServiceWords.Lowers(service, name, now, vendor) is var (verdict, text))
            return (verdict, $"{summary}, {text}");
        var stale = now - s.Ip.Lookup.KnownAt > MaxLookupAge + s.Quota.LookupGap;
        var reserve = nodes.Any(n => n.Name != name && n.CouldTakeOver());
        var ok = reserve && !stale && warnings.IsEmpty;
        return (ok ? "ok" : "degraded", summary + (reserve ? "" : "; no other node could take over"));
    }
}
