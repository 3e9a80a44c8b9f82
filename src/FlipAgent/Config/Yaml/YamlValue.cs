using System.Collections.Immutable;

namespace FlipAgent.Config.Yaml;

/// <summary>A place in the file, both numbers from 1.</summary>
internal readonly record struct Position(int Line, int Column);

/// <summary>
/// A configuration file as a tree: text, lists and mappings, each with the place where it begins, so that every error can name its line and column.
/// </summary>
internal abstract record YamlValue(Position At)
{
    /// <param name="Value">The text as written, before ${NAME} is replaced.</param>
    /// <param name="Plain">Not quoted: then nothing, <c>~</c> and <c>null</c> mean that no value is given.</param>
    /// <param name="Start">Column of the first character of <paramref name="Value"/>, or 0 when escapes or line breaks hide it.</param>
    public sealed record Text(Position At, string Value, bool Plain, int Start) : YamlValue(At)
    {
        public bool IsNull => Plain && Value is "" or "~" or "null";
    }

    public sealed record List(Position At, ImmutableArray<YamlValue> Items) : YamlValue(At);

    public sealed record Map(Position At, ImmutableArray<YamlEntry> Entries) : YamlValue(At);

    /// <summary>What it is, for "expected ..., found ...".</summary>
    public string Kind => this switch
    {
        Text => "text",
        List => "a list",
        _ => "a mapping",
    };
}

/// <summary>One <c>key: value</c> of a mapping.</summary>
internal sealed record YamlEntry(string Key, Position KeyAt, YamlValue Value);
