using System.Collections.Immutable;

namespace FlipAgent.Config.Keepalived;

/// <summary>Remarks on lines of keepalived's files, kept until the end and then put into their order.</summary>
internal sealed class Notes
{
    private readonly List<ImportNote> _notes = [];

    /// <summary>A part of the configuration could not be read, or stands where nobody reads it, so what is not there need not be missing.</summary>
    public bool IsIncomplete { get; set; }

    /// <summary>Follows what is said not to be there.</summary>
    public string AsFarAsRead => IsIncomplete ? " in what could be read" : "";

    public void Add(string file, int line, string text) => _notes.Add(new ImportNote(file, line, text));

    public void Add(Statement statement, string text) => Add(statement.File, statement.Line, text);

    /// <summary>The main file first, each by line; what is said twice of one line is said once.</summary>
    public ImmutableArray<ImportNote> Sorted(string mainFile)
    {
        var files = _notes.Select(n => n.File).Prepend(mainFile).Distinct().ToList();
        return [.. _notes.Distinct().OrderBy(n => files.IndexOf(n.File)).ThenBy(n => n.Line)];
    }
}
