using System.Globalization;
using System.Text;

namespace FlipAgent.Kernel;

/// <summary>What a stat file of a process or a thread says (proc(5)).</summary>
/// <param name="Name">At most 15 bytes.</param>
/// <param name="State">A letter: R, S, Z, ...</param>
/// <param name="Parent">The third field of all is the state, this is the fourth.</param>
/// <param name="Started">When it began (22), in clock ticks since boot. With the number it is who it is, for numbers are given out again.</param>
/// <param name="Policy">sched(7), SCHED_OTHER and so on (41).</param>
internal readonly record struct ProcStat(string Name, char State, int Parent, ulong Started, int Policy)
{
    /// <summary>As much as there is room for in such a file, and more.</summary>
    public const int MostBytes = 1024;

    /// <summary>No zombie, which serves nobody.</summary>
    public bool IsAlive => State is not ('Z' or 'X');

    private const int StateField = 3, ParentField = 4, StartedField = 22, PolicyField = 41;

    /// <param name="text">"812 (name) S 1 ...": the name may hold anything, blanks and brackets too, so the fields are counted from its last bracket.</param>
    /// <returns>Null: it is no such text.</returns>
    public static ProcStat? Of(ReadOnlySpan<byte> text)
    {
        var (from, to) = (text.IndexOf((byte)'('), text.LastIndexOf((byte)')'));
        if (from < 0 || to < from)
            return null;
        var stat = new ProcStat(Encoding.UTF8.GetString(text[(from + 1)..to]), ' ', 0, 0, 0);
        var rest = text[(to + 1)..].Trim(" \n"u8);
        var number = StateField;
        foreach (var range in rest.Split((byte)' '))
        {
            var field = rest[range];
            switch (number++)
            {
                case StateField when field.Length == 1:
                    stat = stat with { State = (char)field[0] };
                    break;
                case ParentField when int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var parent):
                    stat = stat with { Parent = parent };
                    break;
                case StartedField when ulong.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var started):
                    stat = stat with { Started = started };
                    break;
                case PolicyField when int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var policy):
                    return stat with { Policy = policy };
                case StateField or ParentField or StartedField:
                    return null;
            }
        }
        return number > StartedField ? stat : null;
    }

    /// <summary>Null: it is gone, or may not be looked at.</summary>
    public static ProcStat? Read(string path) => RegularFile.Read(path, MostBytes).Content is { } content ? Of(content) : null;
}
