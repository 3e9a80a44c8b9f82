using System.Collections.Immutable;
using FlipAgent.Config.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FlipAgent.Config.Yaml;

/// <summary>
/// Text to tree, with hard limits. It takes YamlDotNet's parse events one by one, so a file of a million brackets is refused at the thirteenth, long
/// before a tree of it could fill the memory or the stack. (YamlDotNet's own tree stops at the first doubled key and recurses without a limit; its events
/// give the same positions.)
/// </summary>
internal sealed class YamlLoader
{
    /// <summary>Longest file in characters; a real one has about two thousand.</summary>
    public const int MaxLength = 1024 * 1024;

    private const int MaxDepth = 12;
    private const int MaxValues = 20_000;

    private readonly string _text;
    private readonly Parser _parser;
    private readonly DiagnosticBag _diagnostics;
    private readonly Stack<(Position At, string Bracket)> _open = new();
    private Position _last = new(1, 1);
    private int _values;
    private bool _refused;

    private YamlLoader(string text, DiagnosticBag diagnostics)
    {
        _text = text;
        _parser = new Parser(new StringReader(text));
        _diagnostics = diagnostics;
    }

    /// <summary>The tree, or null when there is none that makes sense to look at: every reason is among the diagnostics.</summary>
    public static YamlValue? Load(string text, DiagnosticBag diagnostics)
    {
        if (text.Length > MaxLength)
        {
            diagnostics.Error(new Position(1, 1), $"the file is too large ({text.Length} characters); expected at most {MaxLength}");
            return null;
        }

        if (OtherFile.Of(text) is { } other)
        {
            diagnostics.Error(new Position(1, 1), other);
            return null;
        }

        if (!YamlCharacters.Check(text, diagnostics))
            return null;
        var loader = new YamlLoader(text, diagnostics);
        try
        {
            var root = loader.Document();
            return loader._refused ? null : root;
        }
        catch (NotYamlException e)
        {
            loader.NotYaml(e.InnerException as YamlException);
            return null;
        }
    }

    private YamlValue? Document()
    {
        Next();
        Next();
        if (_parser.Current is StreamEnd)
            return Empty();

        Next();
        var root = Value(0);
        if (root is null)
            return null;
        // Nothing behind a lone ---.
        if (root is YamlValue.Text { IsNull: true })
            return Empty();
        Next();
        Next();
        if (_parser.Current is DocumentStart second)
            Refuse(second, "a second document begins; expected one document, that is no further line ---");
        return root;
    }

    private YamlValue? Empty()
    {
        _diagnostics.Error(new Position(1, 1), "the file is empty; expected cluster, nodes and so on (flipagentctl init writes a first one)");
        return null;
    }

    private YamlValue? Value(int depth)
    {
        var current = _parser.Current!;
        if (++_values > MaxValues)
            return Refuse(current, $"the file has more than {MaxValues} values; expected a few dozen", null);
        if (depth > MaxDepth)
            return Refuse(current, $"nested more than {MaxDepth} levels deep; nothing in this file goes deeper than 4", null);
        if (current is AnchorAlias)
            Refuse(current, "an alias (*name); expected the value itself, written again");
        else if (current is NodeEvent { Anchor.IsEmpty: false })
            Refuse(current, "an anchor (&name); expected it left out");
        if (current is NodeEvent { Tag.IsEmpty: false })
            Refuse(current, "a tag (!name); expected it left out");
        return current switch
        {
            Scalar scalar => Text(scalar),
            SequenceStart list => List(list, depth),
            MappingStart map => Map(map, depth),
            _ => new YamlValue.Text(At(current), "", true, 0),
        };
    }

    private YamlValue.Text Text(Scalar scalar)
    {
        var plain = scalar.Style == ScalarStyle.Plain;
        if (plain && scalar.End.Line > scalar.Start.Line && scalar.Value.Length > 0)
            Refuse(scalar, "this text runs on into the next line; expected one line (is the next line indented too far, or does it lack a colon?)");
        var start = (int)scalar.Start.Column + (plain ? 0 : 1);
        var exact = scalar.End.Line == scalar.Start.Line && scalar.End.Column - scalar.Start.Column == scalar.Value.Length + (plain ? 0 : 2);
        return new YamlValue.Text(At(scalar), scalar.Value, plain, exact ? start : 0);
    }

    private YamlValue.List? List(SequenceStart list, int depth)
    {
        var items = ImmutableArray.CreateBuilder<YamlValue>();
        _open.Push((At(list), list.Style == SequenceStyle.Flow ? "[" : ""));
        for (Next(); _parser.Current is not SequenceEnd; Next())
        {
            if (Value(depth + 1) is not { } item)
                return null;
            items.Add(item);
        }

        _open.Pop();
        return new YamlValue.List(At(list), items.ToImmutable());
    }

    private YamlValue.Map? Map(MappingStart map, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<YamlEntry>();
        var seen = new Dictionary<string, Position>(StringComparer.Ordinal);
        _open.Push((At(map), map.Style == MappingStyle.Flow ? "{" : ""));
        for (Next(); _parser.Current is not MappingEnd; Next())
        {
            var keyAt = At(_parser.Current!);
            if (Value(depth + 1) is not { } key)
                return null;
            Next();
            if (Value(depth + 1) is not { } value)
                return null;
            if (key is not YamlValue.Text name)
                Refuse(keyAt, $"{key.Kind} as a key; expected a name and a colon");
            else if (!seen.TryAdd(name.Value, keyAt))
                _diagnostics.Error(keyAt, $"{Echo.Of(name.Value)} is given twice, first in line {seen[name.Value].Line}; expected it once");
            else
                entries.Add(new YamlEntry(name.Value, keyAt, value));
        }

        _open.Pop();
        // A pair that stands in a list without braces of its own has no place of its own either.
        return new YamlValue.Map(depth > 0 && map.Start.Index == 0 && entries is [var first, ..] ? first.KeyAt : At(map), entries.ToImmutable());
    }

    private void Next()
    {
        if (_parser.Current is { } done)
            _last = new Position((int)done.End.Line, (int)done.End.Column);
        try
        {
            if (_parser.MoveNext())
                return;
        }
        catch (Exception e)
        {
            // Not only YamlException: YamlDotNet 16.3 also throws InvalidOperationException (an open "[" before a line that looks like a key) and
            // ArgumentException ("!" before odd letters). It is a parser of text and nothing else, so each of them means: not YAML.
            throw new NotYamlException(e);
        }

        throw new NotYamlException(null);
    }

    private void NotYaml(YamlException? e)
    {
        if (!_open.TryPeek(out var open) || open.Bracket.Length == 0)
            open = e is null ? BracketAfter(_last) : default;
        // A quote has its own rules, in brackets too.
        if (e is not null && YamlWords.IsOfQuotes(e.Message))
            open = default;
        if (open.Bracket is "[" or "{")
        {
            var closing = open.Bracket == "[" ? "]" : "}";
            _diagnostics.Error(open.At, $"the {open.Bracket} that opens here is not finished; expected commas between its parts and {closing} " +
                "at its end (inside { } and [ ], text with one of { } [ ] , # ! % in it needs quotes, ${NAME} too)");
        }
        else if (e is null)
            _diagnostics.Error(_last, "not valid YAML after this place; expected key: value");
        else if (YamlSlip.Before(_text, (int)e.Start.Line) is { } slip)
            _diagnostics.Error(slip.At, $"not valid YAML: {slip.What}");
        else
            _diagnostics.Error(new Position((int)e.Start.Line, (int)e.Start.Column), $"not valid YAML: {YamlWords.Of(e.Message)}");
    }

    /// <summary>The first bracket in the rest of a line: the parser looks a line ahead, and may stumble before it reports one.</summary>
    private (Position At, string Bracket) BracketAfter(Position place)
    {
        var line = _text.Split('\n').ElementAtOrDefault(place.Line - 1) ?? "";
        var at = place.Column - 1 < line.Length ? line.IndexOfAny(['[', '{'], place.Column - 1) : -1;
        return at < 0 ? default : (place with { Column = at + 1 }, line[at].ToString());
    }

    private void Refuse(ParsingEvent at, string why) => Refuse(At(at), why);

    private YamlValue? Refuse(ParsingEvent at, string why, YamlValue? result)
    {
        Refuse(At(at), why);
        return result;
    }

    private void Refuse(Position at, string why)
    {
        _refused = true;
        _diagnostics.Error(at, why);
    }

    private static Position At(ParsingEvent e) => new((int)e.Start.Line, (int)e.Start.Column);

    /// <summary>The way out of the recursion; caught in <see cref="Load"/>.</summary>
    private sealed class NotYamlException(Exception? inner) : Exception(null, inner);
}
