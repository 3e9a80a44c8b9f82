namespace FlipAgent.Checks;

/// <summary>
/// What HAProxy says of itself on its stats socket, which is worth having because a healthy HAProxy at its connection limit and a hung one look the same
/// from outside.
/// </summary>
internal sealed record HaProxyStats
{
    /// <summary>What to ask: the process, then its frontends (1) and backends (2), without a row per server (management.txt section 9.3).</summary>
    public const string Question = "show info;show stat -1 3 -1\n";

    /// <summary>The worker that answered, as it sees its own number.</summary>
    public required int Pid { get; init; }

    public required string Version { get; init; }

    /// <summary>It finishes its connections and takes no new ones.</summary>
    public required bool Stopping { get; init; }

    public required int Connections { get; init; }

    public required int MaxConnections { get; init; }

    /// <summary>Frontends at their session limit, as "name 200/200".</summary>
    public required StatsNames FullFrontends { get; init; }

    /// <summary>Frontends that take no connections, as "name PAUSED" (disabled) or "name STOP" (shut down).</summary>
    public required StatsNames ClosedFrontends { get; init; }

    public required int Frontends { get; init; }

    /// <summary>Backends with no server up.</summary>
    public required StatsNames DownBackends { get; init; }

    public required int Backends { get; init; }

    public bool Saturated => (MaxConnections > 0 && Connections >= MaxConnections) || FullFrontends.Count > 0;
}
