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
}
