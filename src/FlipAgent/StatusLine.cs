using FlipAgent.Config;
using FlipAgent.Core;

namespace FlipAgent;

/// <summary>The one sentence that <c>systemctl status</c> shows: role, term, holder, peers.</summary>
internal static class StatusLine
{
    public static string Of(ElectionState s, TimeSpan now, AgentConfig config)
    {
        var holder = Election.HolderName(s);
        var where = holder == s.Settings.Self.Name ? "here" : holder switch { "unknown" => "unknown", "nobody" => "at nobody", "other" => "at a foreign droplet", _ => $"at {holder}" };
        var peers = string.Join(", ", Enumerable.Range(0, s.Peers.Length).Where(i => i != s.Settings.Me).Select(i => Peer(s, i, now)));
        var unfit = s.UnfitBecause is { } why ? $" ({why})" : "";
        return $"{Election.Say(s.Role).ToUpperInvariant()}{unfit} term {s.Term}, {config.FloatingIp.Address} {where}{(peers.Length > 0 ? ", " : "")}{peers}";
    }

    private static string Peer(ElectionState s, int i, TimeSpan now)
    {
        var (p, name) = (s.Peers[i], s.Settings.Nodes[i].Name);
        if (p.HeardAt == ElectionState.Never)
            return $"{name} never heard";
        var age = now - p.HeardAt;
        return age < s.Settings.MasterDown ? $"{name} {Election.Say(p.Role)}" : $"{name} silent";
    }
}
