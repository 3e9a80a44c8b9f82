using FlipAgent.Redaction;

namespace FlipAgent.Checks;

/// <summary>Frontends or backends of one kind: how many there are, and the first of them by name, as many as anybody reads.</summary>
internal sealed class StatsNames
{
    private const int MostShown = 5;

    /// <summary>So that what is said after the names is still read.</summary>
    private const int LongestName = 64;

    private readonly List<string> _shown = [];

    public int Count { get; private set; }

    /// <param name="note">Stands behind the name; empty: nothing does.</param>
    public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> note)
    {
        Count++;
        if (_shown.Count < MostShown)
            _shown.Add($"{Printable.Of(name.ToString(), LongestName)}{(note.IsEmpty ? "" : " ")}{note}");
    }

    public override string ToString() => string.Join(", ", _shown) + (Count > _shown.Count ? $" and {Count - _shown.Count} more" : "");
}
