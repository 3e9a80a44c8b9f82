using System.Globalization;
using System.Text;

namespace FlipAgent.Kernel;

/// <summary>The fields of a stat file of a process or a thread (proc(5)), by the numbers that they have there.</summary>
internal readonly struct ProcStat
{
    private readonly string[] _fields;

    private ProcStat(string name, string[] fields) => (Name, _fields) = (name, fields);

    /// <summary>At most 15 bytes.</summary>
    public string Name { get; }

    /// <summary>A letter: R, S, Z, ...</summary>
    public string State => _fields[0];

    public int Parent => Number(4);

    /// <summary>When it began, in clock ticks since boot. With the number it is who it is, for numbers are given out again.</summary>
    public ulong Started => ulong.TryParse(Field(22), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) ? ticks : 0;

    /// <summary>sched(7): SCHED_OTHER and so on.</summary>
    public int Policy => Number(41);

    /// <param name="text">"812 (name) S 1 ...": the name may hold anything, blanks and brackets too, so the fields are counted from its last bracket.</param>
    /// <returns>Null: it is no such text.</returns>
    public static ProcStat? Of(string text)
    {
        var (from, to) = (text.IndexOf('('), text.LastIndexOf(')'));
        if (from < 0 || to < from)
            return null;
        var fields = text[(to + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length >= 20 ? new ProcStat(text[(from + 1)..to], fields) : null;
    }

    /// <summary>Null: it is gone, or may not be looked at.</summary>
    public static ProcStat? Read(string path) => RegularFile.Read(path, 4096).Content is { } content ? Of(Encoding.UTF8.GetString(content)) : null;

    private string Field(int number) => number - 3 < _fields.Length ? _fields[number - 3] : "";

    private int Number(int field) => int.TryParse(Field(field), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
