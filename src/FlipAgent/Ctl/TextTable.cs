using FlipAgent.Redaction;
using Spectre.Console;

namespace FlipAgent.Ctl;

/// <summary>
/// A table whose columns are as wide as they must be and never wrap or cut, so that grep and awk work on it; on a terminal with colours.
/// </summary>
internal sealed class TextTable(params string[] columns)
{
    private readonly List<(string[] Cells, Mark Mark)> _rows = [];

    /// <summary>How a row stands out on a coloured terminal.</summary>
    public enum Mark
    {
        None,
        Warning,
        Bad,
    }

    /// <param name="cells">One for each column; control characters in them are made visible as dots.</param>
    public void Add(Mark mark, params string[] cells) => _rows.Add(([.. cells.Select(cell => Printable.Of(cell))], mark));

    public void Write(Terminal terminal)
    {
        var table = new Table().NoBorder();
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        foreach (var (cells, mark) in _rows)
            table.AddRow(cells.Select(cell => new Text(cell, StyleOf(mark))));
        foreach (var line in Render(table, terminal.Colour).Split('\n').SkipLast(1))
            terminal.Out.WriteLine(line.TrimEnd());
    }

    /// <summary>One text in a colour when the terminal has colours.</summary>
    public static string Coloured(string text, Color colour, Terminal terminal) =>
        terminal.Colour ? Render(new Text(text, new Style(colour, decoration: Decoration.Bold)), true).TrimEnd('\n') : text;

    private static string Render(Spectre.Console.Rendering.IRenderable what, bool colour)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(text),
        });
        // Wider than any terminal: a long line is for the terminal to fold, not for us to cut.
        console.Profile.Width = 10_000;
        console.Write(what);
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static Style StyleOf(Mark mark) => mark switch
    {
        Mark.Bad => new Style(Color.Red),
        Mark.Warning => new Style(Color.Yellow),
        _ => Style.Plain,
    };
}
