using System.Collections.Immutable;

namespace FlipAgent.Config.Keepalived;

/// <summary>What became of a keepalived.conf: a draft of flipagent.yaml, and a note on each line that is not in it or needs a person's eye.</summary>
/// <param name="Yaml">Says FILL IN where keepalived's file does not know something; <c>config check</c> refuses ids and addresses that are not filled in.</param>
/// <param name="Notes">In the order of the lines.</param>
public sealed record ImportResult(string Yaml, ImmutableArray<ImportNote> Notes);

/// <summary>A remark on one line of keepalived's files. Never holds a password or token of theirs.</summary>
public sealed record ImportNote(string File, int Line, string Text)
{
    /// <summary><c>file:line: text</c></summary>
    public override string ToString() => $"{File}:{Line}: {Text}";
}
