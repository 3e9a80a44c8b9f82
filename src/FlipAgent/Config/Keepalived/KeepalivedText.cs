using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>keepalived's files as a tree of statements: what <see cref="LineReader"/> gives, put into blocks.</summary>
internal sealed class KeepalivedText
{
    private const int MostStatements = 20_000;
    private const int DeepestBlock = 16;

    private readonly Notes _notes;
    private readonly LineReader _reader;
    private readonly Stack<List<Statement>> _open = new();
    private readonly Stack<Statement?> _owners = new();
    private readonly List<Statement> _lost = [];
    private int _statements;

    private KeepalivedText(LineReader reader, Notes notes) => (_reader, _notes) = (reader, notes);

    /// <summary>The statements outside all blocks.</summary>
    public static List<Statement> Parse(string text, string file, KeepalivedFiles files, Notes notes)
    {
        var reader = new LineReader(text, file, files, notes);
        var parser = new KeepalivedText(reader, notes);
        var top = new List<Statement>();
        parser._open.Push(top);
        parser._owners.Push(null);
        while (reader.Next() is { } piece)
            parser.Place(piece, reader.File, reader.Line);
        var mark = Placeholders.MarkIn(text);
        if (mark is not null)
        {
            notes.IsIncomplete = true;
            notes.Add(file, 1, $"looks like a template ({mark}); expected the file that is made of it, as keepalived reads it");
        }

        Placeholders.Note(top, notes);
        // The name of a template's variable may be a keyword of keepalived's.
        foreach (var lost in parser._lost.SelectMany(b => b.Block).Where(s => NotImported.IsKnown(s.Keyword) && (mark is null || s.Words.Length > 1 || s.HasBlock)))
            NotImported.NoteOutside(lost, notes);
        if (parser._statements > MostStatements)
            notes.Add(file, 1, $"more than {MostStatements} statements; the rest is not imported");
        notes.IsIncomplete |= parser._owners.Peek() is not null;
        if (parser._owners.Peek() is { } unclosed)
            notes.Add(unclosed, $"the {{ after {Echo.Mask(unclosed.Keyword)} is never closed; what follows it may have ended up in the wrong block");
        return top;
    }

    private void Place(string piece, string file, int line)
    {
        switch (piece)
        {
            case "{":
                Open(file, line);
                break;
            case "}":
                Close(file, line);
                break;
            default:
                Add(piece, file, line);
                break;
        }
    }

    private void Add(string piece, string file, int line)
    {
        var words = Words.Of(piece);
        if (words is null)
        {
            var keyword = Echo.Mask(piece.Split(' ', '\t', '"')[0]);
            _notes.Add(file, line, $"{keyword}: a quote is never closed" + (piece.EndsWith('\\')
                ? ", and \\ at the end of a line only goes on in a definition; keepalived refuses the line"
                : "; keepalived refuses the line") + ", so it is not imported");
            return;
        }

        if (words.Value.Length == 0 || words.Value[0].Length == 0 || ++_statements > MostStatements)
            return;
        if (piece.EndsWith('\\'))
            _notes.Add(file, line, $"{Echo.Mask(words.Value[0])}: \\ at the end of a line only goes on in a definition; keepalived takes each line by itself");
        _open.Peek().Add(new Statement(file, line, words.Value, piece) { NotReplaced = Variables.Known(piece, _reader.WhyNotReplaced) });
    }

    private void Open(string file, int line)
    {
        if (_open.Peek().LastOrDefault() is not { HasBlock: false } owner || _open.Count > DeepestBlock)
        {
            _notes.Add(file, line, "a { that belongs to nothing; left out, with what is in it");
            _notes.IsIncomplete = true;
            owner = new Statement(file, line, ["{"], "{");
            _lost.Add(owner);
        }

        (owner.HasBlock, owner.BraceLine) = (true, line);
        _open.Push(owner.Block);
        _owners.Push(owner);
    }

    private void Close(string file, int line)
    {
        if (_open.Count == 1)
        {
            _notes.Add(file, line, "a } that closes nothing; left out");
            return;
        }

        _open.Pop();
        _owners.Pop();
    }
}
