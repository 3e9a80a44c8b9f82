namespace FlipAgent.Ctl;

/// <summary>Why the agent could not be asked or did not do it: the exit code to end with, and one sentence (or several lines of errors).</summary>
internal sealed record Failure(int Code, string Text);

/// <summary>What came of a request: a value, or why there is none.</summary>
internal readonly record struct Answer<T>(T? Value, Failure? Failure)
{
    public static implicit operator Answer<T>(Failure failure) => new(default, failure);
}
