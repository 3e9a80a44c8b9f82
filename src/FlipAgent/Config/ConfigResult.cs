using System.Collections.Immutable;

namespace FlipAgent.Config;

/// <summary>What reading a configuration file came to: a configuration, or everything that is wrong with it at once.</summary>
public abstract record ConfigResult
{
    private ConfigResult()
    {
    }

    public sealed record Valid(AgentConfig Config) : ConfigResult;

    /// <param name="Errors">At least one, in the order of their place in the file.</param>
    public sealed record Invalid(ImmutableArray<ConfigError> Errors) : ConfigResult
    {
        /// <summary>One error a line.</summary>
        public override string ToString() => string.Join('\n', Errors);
    }
}

/// <summary>One thing that is wrong: where, what it is and what was expected. Never holds a secret.</summary>
/// <param name="Line">1 for the first line; 0 when the error is about the file as a whole (missing, unreadable).</param>
/// <param name="Column">1 for the first character of the line; 0 with line 0.</param>
public sealed record ConfigError(string File, int Line, int Column, string Message)
{
    /// <summary><c>file:line:column: what is wrong, what was expected</c></summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}: {Message}";
}
