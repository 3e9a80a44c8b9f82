namespace FlipAgent.Config.Keepalived;

/// <summary>The priorities of the draft: this node's from its file, and a guess for each peer, no two of them equal.</summary>
internal sealed record Ranking(int Own, IReadOnlyList<int> Peers)
{
    public const int Default = 100;
    public const int Highest = 254;

    private const int UsualMaster = 150;
    private const int Step = 50;

    /// <summary>The usual pairs are 150 and 100, 101 and 100, 100 and 90. Where there is no room for the peers, this node's priority gives way.</summary>
    /// <param name="isMaster">Its file says MASTER. BACKUP says nothing: often all files do, and their priorities decide.</param>
    public static Ranking Of(int own, int peers, bool isMaster)
    {
        var isPreferred = isMaster || own > Default;
        own = isPreferred ? Math.Max(own, peers + 1) : Math.Min(own, Highest - peers);
        var first = isPreferred
            ? own > Default ? Default : Math.Clamp(own - 10, peers, own - 1)
            : Math.Clamp(own + Step, UsualMaster, Highest);
        return new Ranking(own, [.. Enumerable.Range(0, peers).Select(n => first - n)]);
    }
}
