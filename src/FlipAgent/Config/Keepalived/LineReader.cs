using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// keepalived's preprocessor, in keepalived's order (<c>read_line</c> of its lib/parser.c): comments, lines for other hosts, definitions, repetitions,
/// includes, and only then braces. What comes out is a piece of text without comments, or a single brace.
/// </summary>
internal sealed class LineReader
{
    private const int MostFiles = 500;
    private const int DeepestInclude = 20;
    private const int MostLines = 200_000;
    private const int MostRounds = 20;

    /// <summary>After each brace the rest of its line is looked at as a whole, so a long line of braces alone would take minutes.</summary>
    private const long MostRest = 2_000_000_000;

    private readonly KeepalivedFiles _files;
    private readonly Notes _notes;
    private readonly Definitions _definitions;
    private readonly Stack<OpenFile> _open = new();
    private readonly Stack<Repetition> _repetitions = new();

    /// <summary>What is left of definitions of several lines, and how many repetitions there were when each was begun.</summary>
    private readonly Stack<(string Lines, int Repetitions)> _long = new();

    private string? _residue;
    private Definitions.Definition? _defining;
    private int _filesRead;
    private int _lines;
    private long _rest;

    public LineReader(string text, string file, KeepalivedFiles files, Notes notes)
    {
        _files = files;
        _notes = notes;
        File = file;
        _definitions = new Definitions(files, () => Path.GetDirectoryName(Path.GetFullPath(File!)) ?? "/", remark => Note(remark));
        _open.Push(new OpenFile(file, Characters.Checked(text, file, notes), 0));
    }

    /// <summary>Where the last piece came from.</summary>
    public string File { get; private set; }

    /// <summary>Counted from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Why the last piece has <c>$name</c> in it; null: nothing before it defines that.</summary>
    public string? WhyNotReplaced(string name) => _definitions.WhyNot(name);

    /// <summary>The next piece; null at the end.</summary>
    public string? Next()
    {
        while (Raw() is { } line)
        {
            if (++_lines > MostLines)
            {
                Note("more lines than can be imported; the rest is left out");
                return null;
            }

            if (_rest > MostRest)
            {
                Note("more braces in one line than can be imported; the rest is left out");
                return null;
            }

            if (_defining is not null)
            {
                _defining = line.Length > 0 ? _defining.Add(line) ? _defining : null : _defining.End() ? _defining : null;
                continue;
            }

            if (line.Length > 0 && Processed(line) is { Length: > 0 } text && !Include(text) && Piece(text) is { Length: > 0 } piece)
                return piece;
        }

        return null;
    }

    /// <summary>From what is under way: the rest of a line, a repetition, a definition of several lines, the file.</summary>
    private string? Raw()
    {
        if (_residue is { } residue)
        {
            _residue = null;
            _rest += residue.Length;
            return residue;
        }

        if (_repetitions.Count > (_long.Count > 0 ? _long.Peek().Repetitions : 0))
        {
            var repetition = _repetitions.Peek();
            repetition.Next(_definitions);
            if (!repetition.HasNext)
                _repetitions.Pop();
            return repetition.Text;
        }

        if (_long.TryPop(out var definition))
        {
            var end = definition.Lines.IndexOf(Definitions.LineEnd);
            if (end < 0)
                return definition.Lines;
            _long.Push((definition.Lines[(end + 1)..], definition.Repetitions));
            return definition.Lines[..end];
        }

        while (_open.TryPeek(out var file))
        {
            if (file.Next() is { } line)
            {
                (File, Line) = (file.Name, file.Line);
                return Comments.Removed(line);
            }

            _open.Pop();
        }

        return null;
    }

    /// <summary>The line as it counts on this host; null when nothing is left of it.</summary>
    private string? Processed(string line)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            if (line.StartsWith('@') && Mine(line) is not { } mine)
                return null;
            else if (line.StartsWith('@'))
                line = Condition(line)!.Value.Text;

            if (_definitions.Define(line) is { } definition)
            {
                _defining = definition.IsLong ? definition : null;
                return null;
            }

            if (line.StartsWith("~SEQ", StringComparison.Ordinal) || line.StartsWith("~LST", StringComparison.Ordinal))
            {
                Repeat(line);
                return null;
            }

            if (line.StartsWith('~') || _definitions.Replaced(line, rest => _long.Push((rest, _repetitions.Count))) is not { } replaced)
                return line;
            line = Comments.Removed(replaced);
            if (!line.StartsWith('@') && !line.Contains('$') && !line.StartsWith('~'))
                return line;
        }

        return line;
    }

    private static (bool Reversed, string Id, string Text)? Condition(string line)
    {
        var reversed = line.StartsWith("@^", StringComparison.Ordinal);
        var from = reversed ? 2 : 1;
        var end = line.AsSpan(from).IndexOfAny(' ', '\t');
        return end < 0 ? null : (reversed, line.Substring(from, end), line[(from + end)..].TrimStart(' ', '\t'));
    }

    private string? Mine(string line)
    {
        if (Condition(line) is not var (reversed, id, text))
        {
            Note("left out: nothing follows the name of the host after @");
            return null;
        }

        if ((id == _files.ConfigId) != reversed)
            return text;
        Note($"left out: only for {(reversed ? "other hosts than " : "")}{Echo.Mask(id)}");
        return null;
    }

    private void Repeat(string line)
    {
        if (Repetition.Of(line, numbers => _definitions.Replaced(numbers, _ => { }) ?? numbers) is not { } repetition)
            Note($"{line[..4]} is not written as keepalived wants it; what it repeats is not imported");
        else if (repetition.HasNext)
            _repetitions.Push(repetition);
    }

    private bool Include(string line)
    {
        var space = line.AsSpan().IndexOfAny(' ', '\t');
        if (space < 0 || line[..space] is not ("include" or "includer" or "includem" or "includew" or "includeb" or "includea"))
            return false;
        var pattern = line[space..].Trim(' ', '\t');
        var shown = Echo.Mask(pattern);
        var depth = _open.TryPeek(out var including) ? including.Depth + 1 : 1;
        var found = depth <= DeepestInclude ? _files.Glob(pattern, File) : [];
        if (found.Count == 0)
            Note($"include {shown}: no such file, or nested too deep; what is in it is not imported" +
                (pattern.Contains('"') ? " (keepalived takes the quotes for a part of the name)" : ""));
        // The last one goes on the stack first, so that they are read in their order.
        var texts = found.Select(path => (Path: path, Text: ++_filesRead <= MostFiles ? _files.Read(path) : null)).ToArray();
        _notes.IsIncomplete |= found.Count == 0 || texts.Any(t => t.Text is null);
        foreach (var (path, text) in texts.Reverse())
            if (text is not null)
                _open.Push(new OpenFile(path, Characters.Checked(text, path, _notes), depth));
            else
                Note($"include: {path} {_files.WhyNot(path)}; what is in it is not imported");
        return true;
    }

    /// <summary>The text up to the next brace outside double quotes, or that brace; the rest waits.</summary>
    private string Piece(string text)
    {
        var brace = text[0] is '{' or '}' ? 0 : Brace(text);
        if (brace < 0)
            return text.TrimEnd(' ', '\t');
        var end = brace == 0 ? 1 : brace;
        _residue = text[end..].Trim(' ', '\t') is { Length: > 0 } rest ? rest : null;
        return text[..end].TrimEnd(' ', '\t');
    }

    private static int Brace(string text)
    {
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && text[i] is '{' or '}')
                return i;
        return -1;
    }

    private void Note(string text) => _notes.Add(File, Line, text);

    private sealed class OpenFile(string name, string text, int depth)
    {
        private readonly string[] _lines = text.Split('\n');

        public string Name { get; } = name;

        /// <summary>How many files include it, one the other.</summary>
        public int Depth { get; } = depth;

        public int Line { get; private set; }

        public string? Next() => Line < _lines.Length ? _lines[Line++].TrimEnd('\r') : null;
    }
}
