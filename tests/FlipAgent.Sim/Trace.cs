using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace FlipAgent.Sim;

/// <summary>How much of what happens is written down.</summary>
internal enum Detail
{
    /// <summary>Nothing: a sweep only wants the verdict.</summary>
    Off,
    /// <summary>Faults, roles, the cloud's doings, what people are told.</summary>
    Story,
    /// <summary>Every input, effect and datagram as well.</summary>
    Everything,
}

/// <summary>The log book of one simulated world: a line per event, with the world's time. Two runs of one seed give the same bytes.</summary>
internal sealed class Trace(Detail detail)
{
    private readonly List<string> _lines = [];

    public Detail Detail { get; } = detail;

    public IReadOnlyList<string> Lines => _lines;

    public bool Wants(Detail detail) => Detail >= detail;

    public void Add(TimeSpan now, string who, string text) =>
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{now.TotalSeconds,9:0.000} {who,-5} {text}"));

    /// <summary>Takes the lines that were added since the last call.</summary>
    public IReadOnlyList<string> Take()
    {
        var taken = _lines.ToArray();
        _lines.Clear();
        return taken;
    }
}

/// <summary>Text of a trace line that is only put together when somebody wants it: a sweep spends no time on it.</summary>
[InterpolatedStringHandler]
internal ref struct TraceText
{
    private readonly StringBuilder? _text;

    public TraceText(int literalLength, int formattedCount, World world, out bool wanted)
    {
        wanted = world.Trace.Wants(Detail.Story);
        _text = wanted ? new StringBuilder(literalLength + (16 * formattedCount)) : null;
    }

    public readonly void AppendLiteral(string text) => _text!.Append(text);

    public readonly void AppendFormatted<T>(T value)
    {
        if (value is TimeSpan time)
            _text!.Append(time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)).Append(" s");
        else
            _text!.Append(CultureInfo.InvariantCulture, $"{value}");
    }

    public override readonly string ToString() => _text?.ToString() ?? "";
}
