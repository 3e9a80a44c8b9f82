using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Yaml;

/// <summary>
/// One mapping of the file, asked for its keys one by one. A key that nobody asked for in the end is unknown. So a key exists exactly when some code asks
/// for it, and the list of known keys cannot go stale. After an error a stand-in value is handed out; it never gets anywhere, because any error makes the
/// whole result invalid.
/// </summary>
internal sealed class Section
{
    private readonly ImmutableArray<YamlEntry> _entries;
    private readonly DiagnosticBag _diagnostics;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private Section(Position at, string path, ImmutableArray<YamlEntry> entries, DiagnosticBag diagnostics)
    {
        At = at;
        Path = path;
        _entries = entries;
        _diagnostics = diagnostics;
    }

    /// <summary>Where the mapping begins; where its parent does, when it is not there.</summary>
    public Position At { get; }

    /// <summary>Names of the keys that lead here, with dots between; empty for the top.</summary>
    public string Path { get; }

    public DiagnosticBag Diagnostics => _diagnostics;

    public static Section Top(YamlValue.Map root, DiagnosticBag diagnostics) => new(root.At, "", root.Entries, diagnostics);

    /// <summary>Whether the key is there with a value. One that is empty after ${NAME:-} was replaced counts as left out.</summary>
    public bool Has(string key) => Entry(key) is { } entry && !IsBlank(entry.Value);

    /// <summary>Whether the key is there with a text, not with a list or a mapping.</summary>
    public bool HasText(string key) => Entry(key) is { Value: YamlValue.Text } && Has(key);

    /// <summary>The text of a key below a mapping of this one, variables filled in, without a word about what is wrong with it: it is read again. Null: there is none.</summary>
    public string? Peek(string mapping, string key)
    {
        var entries = _entries.FirstOrDefault(e => e.Key == mapping)?.Value switch
        {
            YamlValue.Map map => map.Entries,
            YamlValue.List { Items: [YamlValue.Map first, ..] } => first.Entries,
            _ => [],
        };
        return entries.FirstOrDefault(e => e.Key == key)?.Value is YamlValue.Text text && Expand(text, out var value) is null ? value : null;
    }

    /// <summary>A value as it stands in the file, for comparing two of them: text with its variables filled in, the items of a list in a row.</summary>
    public string Plain(string key) => Entry(key)?.Value switch
    {
        YamlValue.Text text => Expand(text, out var value) is null ? value : text.Value,
        YamlValue.List list => string.Join('\0', list.Items.Select(item => item is YamlValue.Text text ? text.Value : "")),
        _ => "",
    };

    /// <summary>Whether the key has a URL, or a host and a port, with a variable in the host.</summary>
    public bool HasVariableHost(string key) => Entry(key) is { Value: YamlValue.Text text } && s_variableHost.IsMatch(text.Value);

    private static readonly Regex s_variableHost = new(@"^([a-z]+://)?[^:/]*\$\{");

    public Position Of(string key) => Entry(key)?.Value.At ?? At;

    public Position KeyOf(string key) => Entry(key)?.KeyAt ?? At;

    /// <param name="what">What the key is for, after "expected".</param>
    public T Required<T>(string key, string what, Parse<T> parse, T standIn)
    {
        if (Entry(key) is { } entry && !IsBlank(entry.Value))
            return Read(entry, parse, standIn);
        Missing(key, what);
        return standIn;
    }

    private void Missing(string key, string what)
    {
        if (Entry(key) is { } empty)
            _diagnostics.Error(empty.KeyAt, $"{PathOf(key)} has no value; expected {what}");
        else
            _diagnostics.Missing(new MissingKey(At, PathOf(key), $"{(Path.Length > 0 ? Path + ": " : "")}{key} is missing; expected {what}"));
    }

    public T Optional<T>(string key, Parse<T> parse, T otherwise)
    {
        if (Entry(key) is not { } entry)
            return otherwise;
        if (!IsBlank(entry.Value))
            return Read(entry, parse, otherwise);
        if (entry.Value is YamlValue.Text { IsNull: true })
            _diagnostics.Error(entry.KeyAt, $"{PathOf(key)} has no value; expected one, or the key left out");
        return otherwise;
    }

    /// <summary>The mapping below a key; an empty one when it is not there, so that what is missing in it gets reported.</summary>
    public Section Child(string key)
    {
        switch (Entry(key)?.Value)
        {
            case YamlValue.Map map:
                return new Section(map.At, PathOf(key), map.Entries, _diagnostics);
            case null:
                return new Section(At, PathOf(key), [], _diagnostics);
            case YamlValue.Text { IsNull: true }:
                return new Section(KeyOf(key), PathOf(key), [], _diagnostics);
            case { } other:
                _diagnostics.Error(other.At, $"{PathOf(key)} is {other.Kind}; expected a mapping, that is further keys below it");
                return new Section(other.At, PathOf(key), [], _diagnostics) { Broken = true };
        }
    }

    /// <summary>The value was not a mapping, which is reported; what is missing in it need not be.</summary>
    public bool Broken { get; private init; }

    /// <summary>The mappings of a list below a key; empty when it is not there.</summary>
    /// <param name="example">An item, for errors.</param>
    public ImmutableArray<Section> Sections(string key, bool required, string example)
    {
        var sections = ImmutableArray.CreateBuilder<Section>();
        if (Items(key) is not { } items)
            return [];
        if (items.Length == 0 && required)
            _diagnostics.Missing(new MissingKey(KeyOf(key), PathOf(key), $"{PathOf(key)} is {(Entry(key) is null ? "missing" : "empty")}; expected at least one, such as - {example}"));
        foreach (var item in items)
            if (item is YamlValue.Map map)
                sections.Add(new Section(map.At, PathOf(key), map.Entries, _diagnostics));
            else
                _diagnostics.Error(item.At, $"{PathOf(key)} has {item.Kind} as an item; expected a mapping, such as {example}");
        return sections.ToImmutable();
    }

    /// <summary>One value or a list of them.</summary>
    public ImmutableArray<T> OneOrMore<T>(string key, Parse<T> parse, T standIn)
    {
        if (Entry(key) is not { Value: YamlValue.List list } entry)
            return Has(key) ? [Required(key, "a value", parse, standIn)] : [];
        return [.. list.Items.Select(item => Read(entry with { Value = item }, parse, standIn))];
    }

    /// <summary>A program and its arguments as a list; there is no shell that could take a line apart.</summary>
    public ImmutableArray<string> Argv(string key)
    {
        if (Entry(key) is not { } entry)
            return [];
        if (entry.Value is not YamlValue.List list || list.Items.Length == 0)
        {
            _diagnostics.Error(entry.Value.At, $"{PathOf(key)} is {(entry.Value is YamlValue.List ? "an empty list" : entry.Value.Kind)}; " +
                "expected a list of the program and its arguments, such as [/usr/local/bin/check, --fast]");
            return [];
        }

        var program = Read(entry with { Value = list.Items[0] }, Scalars.AbsolutePath, "/");
        return [program, .. list.Items.Skip(1).Select(item => Read(entry with { Value = item }, Anything, ""))];
    }

    public void Error(string key, string message) => _diagnostics.Error(Of(key), $"{PathOf(key)}: {message}");

    /// <summary>Reports every key that nobody asked for.</summary>
    public void Done()
    {
        foreach (var entry in _entries)
            if (!_asked.Contains(entry.Key))
                _diagnostics.Unknown(new UnknownKey(entry.KeyAt, Path, entry.Key, [.. _asked.Order(StringComparer.Ordinal)]));
    }

    public string PathOf(string key) => Path.Length > 0 ? $"{Path}.{key}" : key;

    /// <summary>Null when the value is no list, which is reported.</summary>
    private ImmutableArray<YamlValue>? Items(string key)
    {
        switch (Entry(key)?.Value)
        {
            case YamlValue.List list:
                return list.Items;
            case null or YamlValue.Text { IsNull: true }:
                return ImmutableArray<YamlValue>.Empty;
            case { } other:
                _diagnostics.Error(other.At, $"{PathOf(key)} is {other.Kind}; expected a list, that is items that begin with \"- \"");
                return null;
        }
    }

    private T Read<T>(YamlEntry entry, Parse<T> parse, T standIn)
    {
        // What need not be there once for each kind of value is not.
        if (Text(entry) is not { } value)
            return standIn;
        if (parse(value, out var parsed) is not { } complaint)
            return parsed;
        Complain(entry, value, complaint);
        return standIn;
    }

    /// <summary>The text of a value, with its variables filled in; null: it has none, which is reported.</summary>
    private string? Text(YamlEntry entry)
    {
        var path = PathOf(entry.Key);
        if (entry.Value is not YamlValue.Text text)
        {
            _diagnostics.Error(entry.Value.At, $"{path} is {entry.Value.Kind}; expected text or a number{(entry.Value is YamlValue.Map ? " (text with \": \" in it needs quotes)" : "")}");
            return null;
        }

        if (Expand(text, out var value) is not { } problem)
            return value;
        _diagnostics.Error(problem.At, $"{path}: {problem.Message}");
        return null;
    }

    private void Complain(YamlEntry entry, string value, string complaint)
    {
        var text = (YamlValue.Text)entry.Value;
        // The text as it stands in the file, not what the environment made of it: that may be a secret.
        _diagnostics.Error(text.At, $"{PathOf(entry.Key)}: {(value == text.Value ? "" : "what the environment makes of ")}{Echo.Of(text.Value)} {complaint}");
    }

    private bool IsBlank(YamlValue value) =>
        value is YamlValue.Text text && (text.IsNull || (text.Value.Contains('$') && Expand(text, out var expanded) is null && expanded.Length == 0));

    private (Position At, string Message)? Expand(YamlValue.Text text, out string expanded)
    {
        if (Variables.Expand(text.Value, _diagnostics.Surroundings.Variable, out expanded) is not { } problem)
            return null;
        return (text.Start > 0 ? text.At with { Column = text.Start + problem.At } : text.At, problem.Complaint);
    }

    private YamlEntry? Entry(string key)
    {
        if (_asked.Add(key))
            _diagnostics.Ask(PathOf(key));
        return _entries.FirstOrDefault(e => e.Key == key);
    }

    private static string? Anything(string text, out string value)
    {
        value = text;
        return text.Contains('\0') ? "has a NUL in it; expected text" : null;
    }
}
