using System.Collections.Immutable;

namespace FlipAgent.Config.Keepalived;

/// <summary>One statement of keepalived's configuration, and the block in braces that follows it, if any.</summary>
/// <param name="Words">At least one; double quotes taken off, definitions replaced.</param>
/// <param name="Text">The same before the words were found: command lines have their own quoting.</param>
internal sealed record Statement(string File, int Line, ImmutableArray<string> Words, string Text)
{
    public List<Statement> Block { get; } = [];

    public bool HasBlock { get; set; }

    /// <summary>Where its brace stands.</summary>
    public int BraceLine { get; set; }

    /// <summary>Definitions whose names stand in it unreplaced, and why keepalived leaves each where it is.</summary>
    public IReadOnlyDictionary<string, string> NotReplaced { get; init; } = Variables.None;

    public string Keyword => Words[0];

    public string? Argument => Words.Length > 1 ? Words[1] : null;

    /// <summary>The last statement of that keyword, which is the one that counts where keepalived has one value.</summary>
    public Statement? Last(string keyword) => Block.LastOrDefault(s => s.Keyword == keyword);
}
