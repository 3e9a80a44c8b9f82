using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// keepalived's files as a tree of statements: includes pulled in, variables replaced, lines for other hosts left out. Like unpacking nested boxes
/// onto one table before looking at what is there.
/// </summary>
internal sealed partial class KeepalivedText
{
    private const int MostFiles = 50;
    private const int MostStatements = 20_000;
    private const int DeepestBlock = 16;
    private const int LongestLine = 16_384;

    private readonly KeepalivedFiles _files;
    private readonly Notes _notes;
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly Stack<List<Statement>> _open = new();
    private readonly Stack<Statement?> _owners = new();
    private int _read;
    private int _statements;

    private KeepalivedText(KeepalivedFiles files, Notes notes)
    {
        _files = files;
        _notes = notes;
    }

    /// <summary>The statements outside all blocks.</summary>
    public static List<Statement> Parse(string text, string file, KeepalivedFiles files, Notes notes)
    {
        var parser = new KeepalivedText(files, notes);
        var top = new List<Statement>();
        parser._open.Push(top);
        parser._owners.Push(null);
        parser.File(text, file, 0);
        if (parser._owners.Peek() is { } unclosed)
            notes.Add(unclosed, $"the {{ after {unclosed.Keyword} is never closed; what follows it may have ended up in the wrong block");
        return top;
    }

    private void File(string text, string file, int depth)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i;
            var line = lines[i].TrimEnd();
            while (line.EndsWith('\\') && i + 1 < lines.Length && line.Length < LongestLine)
                line = line[..^1] + " " + lines[++i].Trim();
            Line(line.Trim(), file, first + 1, depth);
        }
    }

    private void Line(string line, string file, int number, int depth)
    {
        if (line.Length == 0 || line[0] is '#' or '!')
            return;
        if (Definition().Match(line) is { Success: true } definition)
        {
            _variables[definition.Groups[1].Value] = Replaced(definition.Groups[2].Value);
            return;
        }

        if (Condition().Match(line) is { Success: true } condition)
        {
            var isMine = condition.Groups[2].Value == _files.ConfigId;
            if (isMine == condition.Groups[1].Value.Length > 0)
            {
                _notes.Add(file, number, $"left out: only for {(isMine ? "other hosts than" : "")} {condition.Groups[2].Value}".Replace("  ", " "));
                return;
            }

            line = condition.Groups[3].Value;
        }

        var words = Words.Of(Replaced(line));
        if (words.Length > 1 && words[0].Text is "include" or "includem" or "includer" or "includew" or "includeb" or "includea")
            Include(words[1].Text, file, number, depth);
        else
            Place(words, file, number);
    }

    private void Place(IEnumerable<Words.Word> words, string file, int number)
    {
        var current = new List<string>();
        foreach (var word in words)
        {
            if (!word.IsBrace)
            {
                current.Add(word.Text);
                continue;
            }

            Finish(current, file, number);
            if (word.Text == "{")
                Open(file, number);
            else
                Close(file, number);
        }

        Finish(current, file, number);
    }

    private void Finish(List<string> words, string file, int number)
    {
        if (words.Count == 0 || words[0].Length == 0)
            return;
        if (++_statements <= MostStatements)
            _open.Peek().Add(new Statement(file, number, [.. words]));
        words.Clear();
    }

    private void Open(string file, int number)
    {
        if (_open.Peek().LastOrDefault() is not { } owner || _open.Count > DeepestBlock)
        {
            _notes.Add(file, number, "a { that belongs to nothing; left out");
            owner = new Statement(file, number, ["{"]);
        }

        _open.Push(owner.Block);
        _owners.Push(owner);
    }

    private void Close(string file, int number)
    {
        if (_open.Count == 1)
        {
            _notes.Add(file, number, "a } that closes nothing; left out");
            return;
        }

        _open.Pop();
        _owners.Pop();
    }

    private void Include(string pattern, string file, int number, int depth)
    {
        var found = depth < 8 ? _files.Glob(pattern, file) : [];
        if (found.Count == 0)
            _notes.Add(file, number, $"include {pattern}: no such file, or nested too deep; what is in it is not imported");
        foreach (var path in found)
        {
            var text = ++_read <= MostFiles ? _files.Read(path) : null;
            if (text is null)
                _notes.Add(file, number, $"include: {path} cannot be read; what is in it is not imported");
            else
                File(text, path, depth + 1);
        }
    }

    private string Replaced(string text)
    {
        // Variables may stand for text with variables in it; a few rounds are enough, and a circle ends.
        for (var round = 0; round < 5 && text.Length < LongestLine && text.Contains('$'); round++)
        {
            var next = Use().Replace(text, m => _variables.GetValueOrDefault(m.Groups[1].Value, m.Value));
            if (next == text)
                break;
            text = next;
        }

        return text.Length < LongestLine ? text : text[..LongestLine];
    }

    [GeneratedRegex(@"^\$([A-Za-z_]\w*)\s*=\s*(.*)$")]
    private static partial Regex Definition();

    [GeneratedRegex(@"^@(\^?)(\S+)\s+(.*)$")]
    private static partial Regex Condition();

    [GeneratedRegex(@"\$\{?([A-Za-z_]\w*)\}?")]
    private static partial Regex Use();
}
