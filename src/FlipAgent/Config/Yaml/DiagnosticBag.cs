using System.Collections.Immutable;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Yaml;

/// <summary>
/// Everything that is noticed while one file is read, errors and warnings: every part of the reader adds to it, so that nobody has to stop at the first
/// error.
/// </summary>
internal sealed class DiagnosticBag(string file, Surroundings surroundings)
{
    /// <summary>Errors beyond this many are counted, not kept.</summary>
    private const int MaxErrors = 200;

    private readonly List<ConfigError> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<UnknownKey> _unknown = [];
    private readonly List<MissingKey> _missing = [];
    private readonly SortedSet<string> _asked = new(StringComparer.Ordinal);
    private int _more;

    public string File => file;

    public Surroundings Surroundings => surroundings;

    public bool Any => _errors.Count > 0 || _unknown.Count > 0 || _missing.Count > 0;

    public ImmutableArray<string> Warnings => [.. _warnings];

    /// <summary>Paths of all keys that the reader asked for, present or not: that is, all that there are.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    public void Error(Position at, string message)
    {
        if (_errors.Count < MaxErrors)
            _errors.Add(new ConfigError(file, at.Line, at.Column, message));
        else
            _more++;
    }

    public void Warn(string message) => _warnings.Add(message);

    public void Ask(string path) => _asked.Add(path);

    public void Unknown(UnknownKey key) => _unknown.Add(key);

    public void Missing(MissingKey key) => _missing.Add(key);

    /// <summary>
    /// All errors by their place in the file. Unknown keys are judged here, when it is known which keys there are elsewhere. What is there under a misspelt name, or would stand below
    /// it, is not missing as well: one slip, one error.
    /// </summary>
    public ImmutableArray<ConfigError> Errors()
    {
        foreach (var key in _unknown)
        {
            Error(key.At, key.Message(_asked));
            if (key.Meant is { } meant)
                _missing.RemoveAll(missing => missing.Path == meant || missing.Path.StartsWith(meant + ".", StringComparison.Ordinal));
        }
        _unknown.Clear();
        foreach (var key in _missing)
            Error(key.At, key.Message);
        _missing.Clear();
        var sorted = _errors.OrderBy(e => e.Line).ThenBy(e => e.Column).ToImmutableArray();
        return _more == 0 ? sorted : sorted.Add(new ConfigError(file, 0, 0, $"and {_more} more errors"));
    }
}

/// <summary>A key that must be there and is not.</summary>
/// <param name="Path">With the mappings that it stands in.</param>
internal sealed record MissingKey(Position At, string Path, string Message);

/// <summary>A key that no part of the reader asked for.</summary>
/// <param name="Section">Path of the mapping it stands in; empty for the top.</param>
/// <param name="Known">The keys that there are in that mapping.</param>
internal sealed record UnknownKey(Position At, string Section, string Key, ImmutableArray<string> Known)
{
    /// <summary>Path of the key of the same mapping that was meant; null: none is near.</summary>
    public string? Meant => NearestName.Of(Key, Known) is { } near ? (Section.Length > 0 ? $"{Section}.{near}" : near) : null;

    public string Message(IReadOnlyCollection<string> everywhere)
    {
        var what = $"{(Section.Length > 0 ? Section + ": " : "")}unknown key {Echo.Of(Key)}; ";
        if (NearestName.Of(Key, Known) is { } near)
            return what + $"did you mean {near}?";
        var elsewhere = everywhere.Where(p => p.EndsWith("." + Key, StringComparison.Ordinal)).Select(p => p[..^(Key.Length + 1)]).ToArray();
        if (elsewhere.Length > 0)
            return what + $"it belongs below {string.Join(" or ", elsewhere)}";
        if (Section.Length > 0 && everywhere.Contains(Key))
            return what + "it belongs at the top of the file, with no indentation";
        return what + $"expected {(Known.Length > 1 ? "one of " : "")}{string.Join(", ", Known)}";
    }
}
