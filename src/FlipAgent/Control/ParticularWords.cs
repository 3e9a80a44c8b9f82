using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>What each node says of itself for people, in the words of the status.</summary>
internal static class ParticularWords
{
    public static NodeReport OfOwn(NodeReport node, ElectionState s, TimeSpan now, DateTimeOffset wall, Listening listens) => node with
    {
        Write = StatusBuilder.WriteWord(WriteOf(s)),
        Listens = Word(listens),
        MaintenanceUntil = s.Maintenance.Until == Moment.Forever ? null : StatusBuilder.Wall(s.Maintenance.Until, now, wall),
        MaintenanceBy = s.Maintenance.By,
        MaintenanceEndKnown = s.Maintenance.On,
    };

    /// <param name="prints">Of this node; null: it has no cluster key.</param>
    public static NodeReport OfPeer(NodeReport node, Peer peer, TimeSpan now, DateTimeOffset wall, ConfigPrints? prints)
    {
        if (peer.Particulars is not { Last: { } said } all)
            return node;
        var differing = node.ConfigDiffers == true && all.Prints is { } theirs ? prints?.Differing(all.KeyId, theirs) : null;
        return node with
        {
            Write = StatusBuilder.WriteWord(said.Write),
            Listens = Word(said.Listens),
            MaintenanceUntil = node.Maintenance && all.MaintenanceUntil is { } until && until != Moment.Forever ? StatusBuilder.Wall(until, now, wall) : null,
            MaintenanceBy = node.Maintenance ? all.MaintenanceBy : null,
            MaintenanceEndKnown = node.Maintenance && all.MaintenanceUntil is not null,
            ConfigKeys = differing?.Keys,
            ConfigKeysOnlyThere = differing?.OnlyThere,
        };
    }

    /// <summary>One token moves all addresses: refused for one of them is refused.</summary>
    public static WriteState WriteOf(ElectionState s)
    {
        var write = WriteState.Unproven;
        foreach (var ip in s.Ips)
            if (ip.Write.State > write)
                write = ip.Write.State;
        return write;
    }

    private static string Word(Listening listens) => listens switch
    {
        Listening.Unknown => "unknown",
        Listening.Arrival => "arrival",
        Listening.Nowhere => "nowhere",
        Listening.Elsewhere => "elsewhere",
        _ => throw new ArgumentOutOfRangeException(nameof(listens)),
    };
}
