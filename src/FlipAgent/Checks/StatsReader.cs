using System.Globalization;
using System.Text;

namespace FlipAgent.Checks;

/// <summary>
/// Reads HAProxy's answers line by line, as they come. Of an answer of megabytes nothing is kept but what is asked for, and each character is looked at a fixed number of times: who answers on the
/// socket must not be able to fill the memory or to keep a processor busy.
/// </summary>
internal sealed class StatsReader
{
    /// <summary>Longer ones are passed over. HAProxy's own end at a few thousand characters, the names of the columns included.</summary>
    private const int LongestLine = 16 * 1024;

    private readonly StringBuilder _rest = new();
    private readonly Dictionary<string, string> _info = new(StringComparer.Ordinal);
    private bool _tooLong;
    private Columns? _columns;
    private int _frontends, _backends;
    private readonly StatsNames _full = new(), _closed = new(), _down = new();

    /// <summary>Takes what has come, with any part of a line at its ends.</summary>
    public void Take(ReadOnlySpan<char> text)
    {
        while (text.IndexOf('\n') is >= 0 and var end)
        {
            if (_rest.Length == 0 && !_tooLong && end <= LongestLine)
                Read(text[..end]);
            else
                EndLine(text[..end]);
            text = text[(end + 1)..];
        }
        Add(text);
    }

    /// <summary>What it all comes to; null when this is not HAProxy talking, or the answer is cut off.</summary>
    public HaProxyStats? End()
    {
        EndLine([]);
        if (_columns is null || _info.GetValueOrDefault("Name") is not { } name || !name.StartsWith("HAProxy", StringComparison.OrdinalIgnoreCase) || Number("Pid") is not { } pid)
            return null;
        return new()
        {
            Pid = pid,
            Version = _info.GetValueOrDefault("Version") ?? "?",
            Stopping = Number("Stopping") == 1,
            Connections = Number("CurrConns") ?? 0,
            MaxConnections = Number("Maxconn") ?? 0,
            FullFrontends = _full,
            ClosedFrontends = _closed,
            Frontends = _frontends,
            DownBackends = _down,
            Backends = _backends,
        };
    }

    private void Add(ReadOnlySpan<char> part)
    {
        _tooLong |= _rest.Length + part.Length > LongestLine;
        if (!_tooLong)
            _rest.Append(part);
    }

    private void EndLine(ReadOnlySpan<char> part)
    {
        Add(part);
        if (!_tooLong && _rest.Length > 0)
        {
            Span<char> line = stackalloc char[_rest.Length];
            _rest.CopyTo(0, line, line.Length);
            Read(line);
        }
        _rest.Clear();
        _tooLong = false;
    }

    private void Read(ReadOnlySpan<char> line)
    {
        line = line.TrimEnd('\r');
        if (line.StartsWith("# "))
            _columns = Columns.Of(line[2..]);
        else if (_columns is null && line.IndexOf(": ") is > 0 and var colon)
            ReadInfo(line[..colon], line[(colon + 2)..]);
        else if (_columns is { } columns && !line.IsEmpty)
            ReadRow(columns, line);
    }

    private void ReadInfo(ReadOnlySpan<char> key, ReadOnlySpan<char> value)
    {
        if (key is "Name" or "Version" or "Pid" or "Stopping" or "CurrConns" or "Maxconn")
            _info[key.ToString()] = value.ToString();
    }

    private void ReadRow(Columns columns, ReadOnlySpan<char> row)
    {
        switch (Columns.Cell(row, columns.Service))
        {
            case "FRONTEND":
                _frontends++;
                var status = Columns.Cell(row, columns.Status);
                // management.txt, `disable frontend` and `shutdown frontend`: nobody listens any more, and the process lives on.
                if (status is "PAUSED" or "STOP")
                    _closed.Add(Columns.Cell(row, columns.Proxy), status);
                else if (Whole(Columns.Cell(row, columns.Sessions)) is { } current && Whole(Columns.Cell(row, columns.Limit)) is > 0 and var limit && current >= limit)
                    _full.Add(Columns.Cell(row, columns.Proxy), $"{current}/{limit}");
                break;
            case "BACKEND":
                _backends++;
                if (Columns.Cell(row, columns.Status).StartsWith("DOWN"))
                    _down.Add(Columns.Cell(row, columns.Proxy), "");
                break;
        }
    }

    private int? Number(string key) => _info.TryGetValue(key, out var text) ? Whole(text) : null;

    private static int? Whole(ReadOnlySpan<char> text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Which cell of a row is which, looked up once; below 0: there is none.</summary>
    private sealed record Columns(int Proxy, int Service, int Status, int Sessions, int Limit)
    {
        public static Columns Of(ReadOnlySpan<char> names) => new(First("pxname", names), First("svname", names), First("status", names), First("scur", names), First("slim", names));

        private static int First(string name, ReadOnlySpan<char> names)
        {
            var i = 0;
            foreach (var range in names.Split(','))
                if (names[range].SequenceEqual(name))
                    return i;
                else
                    i++;
            return -1;
        }

        public static ReadOnlySpan<char> Cell(ReadOnlySpan<char> row, int column)
        {
            for (; column > 0 && row.IndexOf(',') is >= 0 and var comma; column--)
                row = row[(comma + 1)..];
            if (column != 0)
                return [];
            return row.IndexOf(',') is >= 0 and var end ? row[..end] : row;
        }
    }
}
