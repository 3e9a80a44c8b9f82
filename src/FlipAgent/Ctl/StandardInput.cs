namespace FlipAgent.Ctl;

/// <summary>A file that is called - is the standard input, as everywhere.</summary>
internal static class StandardInput
{
    public const string Name = "-";

    /// <summary>All of it. A byte order mark at its start is no part of the text.</summary>
    public static string Read(Terminal terminal)
    {
        if (terminal.Person)
            terminal.Error.WriteLine($"{CtlProgram.Name}: reads from the terminal, until Ctrl-D");
        return terminal.ReadAll().TrimStart('\uFEFF');
    }
}
