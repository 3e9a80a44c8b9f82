using System.Collections.Immutable;

namespace FlipAgent.Config.Keepalived;

/// <summary>One line of keepalived's configuration, and the block in braces that follows it, if any: a branch with its twigs.</summary>
/// <param name="Words">At least one; quotes taken off, variables replaced.</param>
internal sealed record Statement(string File, int Line, ImmutableArray<string> Words)
{
    public List<Statement> Block { get; } = [];

    public string Keyword => Words[0];

    /// <summary>Everything after the keyword.</summary>
    public string Rest => string.Join(' ', Words.Skip(1));

    public string? Argument => Words.Length > 1 ? Words[1] : null;
}
