using FlipAgent.Config.Yaml;

namespace FlipAgent.Ctl;

/// <summary>A file that is called - is the standard input, as everywhere.</summary>
internal static class StandardInput
{
    public const string Name = "-";

    /// <summary>As much as of a file.</summary>
    private const int Most = YamlLoader.MaxLength;

    /// <summary>All of it. A byte order mark at its start is no part of the text.</summary>
    /// <param name="problem">Why there is none, to follow the name of the file.</param>
    public static string? Read(Terminal terminal, out string? problem)
    {
        if (terminal.Person)
            terminal.Error.WriteLine($"{CtlProgram.Name}: reads from the terminal, until Ctrl-D");
        var text = Try(() => terminal.ReadSome(Most), out problem)?.TrimStart('\uFEFF');
        if (text is null || System.Text.Encoding.UTF8.GetByteCount(text) <= Most)
            return text;
        problem = "is longer than 1 MiB";
        return null;
    }

    /// <summary>What this way of reading gives; null where it cannot be read, as when it is a directory.</summary>
    /// <inheritdoc cref="Read"/>
    public static string? Try(Func<string> read, out string? problem)
    {
        try
        {
            problem = null;
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The inner one of an UnauthorizedAccessException has what the system says.
            problem = $"cannot be read ({(e.InnerException ?? e).Message})";
            return null;
        }
    }
}
