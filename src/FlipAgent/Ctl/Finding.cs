using FlipAgent.Redaction;
using Spectre.Console;

namespace FlipAgent.Ctl;

/// <summary>How bad a finding of the doctor is.</summary>
internal enum Health
{
    Ok,
    Warn,
    Fail,
}

/// <summary>One line of the doctor's: what was looked at, what was found, and what to do about it.</summary>
/// <param name="ToDo">Null when there is nothing to do.</param>
internal sealed record Finding(Health Health, string Subject, string Text, string? ToDo = null)
{
    public static Finding Ok(string subject, string text) => new(Health.Ok, subject, text);

    public static Finding Warn(string subject, string text, string toDo) => new(Health.Warn, subject, text, toDo);

    public static Finding Fail(string subject, string text, string toDo) => new(Health.Fail, subject, text, toDo);

    /// <summary>For people: one line, and a second one when there is something to do.</summary>
    public void Write(Terminal terminal, string indent = "")
    {
        var (word, colour) = Health switch
        {
            Health.Ok => ("OK  ", Color.Green),
            Health.Warn => ("WARN", Color.Yellow),
            _ => ("FAIL", Color.Red),
        };
        terminal.Out.WriteLine($"{indent}{TextTable.Coloured(word, colour, terminal)}  {Printable.Of($"{Subject}: {Text}")}");
        if (ToDo is { } toDo)
            terminal.Out.WriteLine($"{indent}      -> {Printable.Of(toDo)}");
    }
}
