using System.Collections.Immutable;
using FlipAgent.Alerts;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Kernel;

namespace FlipAgent.Running;

/// <summary>What becomes of an event that the loop announces: it is counted, kept, logged and sent. The loop only; nothing here blocks.</summary>
internal sealed class Announcer(CurrentConfig current, EventRing events, AlertDispatcher alerts, Counters counters, ClientView clients, ILogger log)
{
    public void Announce(Event e, ElectionState s)
    {
        var ip = current.Value.Config.FloatingIp;
        var addresses = ip.Addresses;
        // A reload may have taken the address away.
        var address = addresses[e.Address < addresses.Length ? e.Address : 0];
        if (e.Kind == EventKind.DropletSwapped)
            e = e with { Detail = current.Value.Config.WrongNode };
        var announcement = Announcement.Of(e, ip.Vendor, addresses.Length > 1 ? $"{address}" : null);
        var wall = DateTimeOffset.UtcNow;
        Count(e);
        var id = events.Add(announcement, wall);
        var config = current.Value.Config;
        EventLog.Write(log, announcement, config.Self.Name, address);
        alerts.FloatingIp = $"{addresses[0]}";
        ImmutableArray<string> about = addresses.Length == 1 ? [$"{address}"] : e.Address == 0 ? [.. addresses.Where((_, i) => Goes(e, s, i)).Select(a => $"{a}")] : [$"{address}"];
        alerts.Post(announcement, wall, id, MasterOf(s), ClientsOf(e, s), about);
    }

    /// <summary>What the leading address does the others do with it; but one that the cloud did not let this node have has not arrived.</summary>
    private static bool Goes(Event e, ElectionState s, int address) =>
        e.Kind != EventKind.ClaimHeld || address == 0 || address >= s.Ips.Length || s.Ips[address].IsOnItsWay;

    private string? ClientsOf(Event e, ElectionState s)
    {
        // The guard asks through the first address.
        if (e is not { Kind: EventKind.ClaimHeld, Peer: not null, Address: 0 })
            return null;
        var now = Clocks.Monotonic;
        var took = (e.Detect ?? TimeSpan.Zero) + (e.Assign ?? TimeSpan.Zero) + (e.Verify ?? TimeSpan.Zero);
        return clients.Of(Election.SightingOf(s, s.Settings.Me, now), s.Settings.Self.Name, took, now);
    }

    private static string? MasterOf(ElectionState s)
    {
        var master = s.Role == Role.Master ? s.Settings.Me : Election.LivingMaster(s, Clocks.Monotonic);
        // Right after a release it is the one that was named.
        if (master < 0 && s.Releases.Last is { } release)
            master = s.Settings.IndexOf(release.Successor);
        return master >= 0 ? s.Settings.Nodes[master].Name : null;
    }

    private void Count(Event e)
    {
        switch (e.Kind)
        {
            case EventKind.BecameMaster:
                counters.BecameMaster.Add();
                break;
            case EventKind.Released:
                counters.ReleasedMaster.Add(e.Fit == true ? "planned" : "unfit");
                break;
            case EventKind.AssignAccepted:
                counters.Assigns.Add("accepted");
                break;
            case EventKind.AssignRefused:
                counters.Assigns.Add("refused");
                break;
            case EventKind.AssignUnclear:
                counters.Assigns.Add("unclear");
                break;
            case EventKind.ClaimHeld when e.Assign is { } assign:
                counters.FailoverDetect.Observe(e.Detect ?? TimeSpan.Zero);
                counters.FailoverAssign.Observe(assign);
                counters.FailoverVerify.Observe(e.Verify ?? TimeSpan.Zero);
                break;
            default:
                break;
        }
    }
}
