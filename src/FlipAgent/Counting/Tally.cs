using System.Collections.Concurrent;

namespace FlipAgent.Counting;

/// <summary>A number that only grows.</summary>
public sealed class Tally
{
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public void Add() => Add(1);

    public void Add(long count) => Interlocked.Add(ref _count, count);
}

/// <summary>
/// One <see cref="Tally"/> for each label; after the 100th label the rest is counted as "other", so that no input can grow the page without end.
/// </summary>
public sealed class LabelledTally
{
    private const int MaxLabels = 100;

    private readonly ConcurrentDictionary<(string, string), Tally> _tallies = new();

    public void Add(string label, long count = 1) => Add(label, "", count);

    public void Add(string first, string second) => Add(first, second, 1);

    /// <summary>It is there from now on, though nothing was counted: who looks for an increase needs a line that begins at 0.</summary>
    internal void Expect(string first, string second) => Add(first, second, 0);

    private void Add(string first, string second, long count)
    {
        if (!_tallies.TryGetValue((first, second), out var tally))
            tally = _tallies.GetOrAdd(_tallies.Count < MaxLabels ? (first, second) : ("other", ""), _ => new Tally());
        tally.Add(count);
    }

    /// <summary>By their labels.</summary>
    public IEnumerable<TallyLine> Read() =>
        _tallies.Select(pair => new TallyLine(pair.Key.Item1, pair.Key.Item2, pair.Value.Count))
            .OrderBy(line => line.First, StringComparer.Ordinal).ThenBy(line => line.Second, StringComparer.Ordinal);
}

/// <summary>What was counted for a label; <paramref name="Second"/> is empty where there is one only.</summary>
public sealed record TallyLine(string First, string Second, long Count);
