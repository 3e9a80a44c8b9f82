using System.Globalization;

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
    public required IReadOnlyList<string> FullFrontends { get; init; }

    /// <summary>Frontends that take no connections, as "name PAUSED" (disabled) or "name STOP" (shut down).</summary>
    public required IReadOnlyList<string> ClosedFrontends { get; init; }

    public required int Frontends { get; init; }

    /// <summary>Backends with no server up.</summary>
    public required IReadOnlyList<string> DownBackends { get; init; }

    public required int Backends { get; init; }

    public bool Saturated => (MaxConnections > 0 && Connections >= MaxConnections) || FullFrontends.Count > 0;

    /// <summary>Reads both answers; null when this is not HAProxy talking, or the answer is cut off.</summary>
    public static HaProxyStats? Parse(string text)
    {
        var info = new Dictionary<string, string>(StringComparer.Ordinal);
        var rows = new Rows();
        string[]? columns = null;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            if (line.StartsWith("# ", StringComparison.Ordinal))
                columns = line[2..].Split(',');
            else if (columns is null && line.IndexOf(": ", StringComparison.Ordinal) is var colon and > 0)
                info[line[..colon]] = line[(colon + 2)..];
            else if (columns is not null && line.Length > 0)
                rows.Read(columns, line.Split(','));
        }
        if (columns is null || Text(info, "Name") is not { } name || !name.StartsWith("HAProxy", StringComparison.OrdinalIgnoreCase) || Number(info, "Pid") is not { } pid)
            return null;
        return new()
        {
            Pid = pid,
            Version = Text(info, "Version") ?? "?",
            Stopping = Number(info, "Stopping") == 1,
            Connections = Number(info, "CurrConns") ?? 0,
            MaxConnections = Number(info, "Maxconn") ?? 0,
            FullFrontends = rows.Full,
            ClosedFrontends = rows.Closed,
            Frontends = rows.Frontends,
            DownBackends = rows.Down,
            Backends = rows.Backends,
        };
    }

    private static string? Text(Dictionary<string, string> info, string key) => info.GetValueOrDefault(key);

    private static int? Number(Dictionary<string, string> info, string key) => Text(info, key) is { } text ? Whole(text) : null;

    private static int? Whole(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>What the rows of `show stat` come to.</summary>
    private sealed class Rows
    {
        public readonly List<string> Full = [], Closed = [], Down = [];
        public int Frontends;
        public int Backends;

        public void Read(string[] columns, string[] cells)
        {
            string Cell(string column) => Array.IndexOf(columns, column) is var i && i >= 0 && i < cells.Length ? cells[i] : "";
            var (proxy, status) = (Cell("pxname"), Cell("status"));
            switch (Cell("svname"))
            {
                case "FRONTEND":
                    Frontends++;
                    // management.txt, `disable frontend` and `shutdown frontend`: nobody listens any more, and the process lives on.
                    if (status is "PAUSED" or "STOP")
                        Closed.Add($"{proxy} {status}");
                    else if (Whole(Cell("scur")) is { } current && Whole(Cell("slim")) is > 0 and var limit && current >= limit)
                        Full.Add($"{proxy} {current}/{limit}");
                    break;
                case "BACKEND":
                    Backends++;
                    if (status.StartsWith("DOWN", StringComparison.Ordinal))
                        Down.Add(proxy);
                    break;
            }
        }
    }
}
