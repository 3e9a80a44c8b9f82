using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Control;

/// <summary>The one sentence that <c>systemctl status</c> shows: role, term, holder, peers.</summary>
internal static class StatusLine
{
    /// <summary>A number that differs when the sentence would. The loop asks on every turn, so nothing is allocated here.</summary>
    public static int Facts(ElectionState s, TimeSpan now, AgentConfig config)
    {
        var facts = new HashCode();
        facts.Add(s.Role);
        facts.Add(s.Fitness.UnfitBecause);
        facts.Add(s.Term);
        facts.Add(config.FloatingIp.Address);
        facts.Add(Election.HolderName(s));
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i != s.Settings.Me)
                facts.Add(Word(s, i, now));
        }
        return facts.ToHashCode();
    }

    public static string Of(ElectionState s, TimeSpan now, AgentConfig config)
    {
        var holder = Election.HolderName(s);
        var where = holder == s.Settings.Self.Name ? "here" : holder switch { "unknown" => "unknown", "nobody" => "at nobody", "other" => $"at a foreign {config.FloatingIp.Vendor.Server}", _ => $"at {holder}" };
        var peers = string.Join(", ", Enumerable.Range(0, s.Peers.Count).Where(i => i != s.Settings.Me).Select(i => Peer(s, i, now)));
        var unfit = s.Fitness.UnfitBecause is { } why ? $" ({CauseText.Of(why)})" : "";
        return $"{Words.Of(s.Role).ToUpperInvariant()}{unfit} term {s.Term}, {config.FloatingIp.Address} {where}{(peers.Length > 0 ? ", " : "")}{peers}";
    }

    private static string Peer(ElectionState s, int i, TimeSpan now) => $"{s.Settings.Nodes[i].Name} {Word(s, i, now)}";

    private static string Word(ElectionState s, int i, TimeSpan now)
    {
        var p = s.Peers[i];
        return p.HeardAt == Moment.Never ? "never heard" : p.Leaving ? "stopped" : now - p.HeardAt < s.Settings.MasterDown ? Words.Of(p.Role) : "silent";
    }
}
