using System.Collections.Immutable;
using FlipAgent.Kernel;

namespace FlipAgent.Config.Keepalived;

/// <summary>What became of a keepalived.conf: a draft of flipagent.yaml, and a note on each line that is not in it or needs a person's eye.</summary>
/// <param name="Yaml">Says FILL IN where keepalived's file does not know something; <c>config check</c> names each of those places.</param>
/// <param name="Notes">In the order of the lines.</param>
public sealed record ImportResult(string Yaml, ImmutableArray<ImportNote> Notes);

/// <summary>A remark on one line of keepalived's files. Never holds a password or token of theirs.</summary>
public sealed record ImportNote(string File, int Line, string Text)
{
    /// <summary><c>file:line: text</c></summary>
    public override string ToString() => $"{File}:{Line}: {Text}";
}

/// <summary>What lies around a keepalived.conf: other files, and the name that its <c>@</c> lines are for.</summary>
/// <param name="ConfigId">keepalived's -i option; by default the host name.</param>
/// <param name="Glob">The files that a pattern of <c>include</c> stands for; patterns are absolute or relative to the including file.</param>
/// <param name="Read">The text of a file or script, or null when it cannot be read.</param>
public sealed record KeepalivedFiles(string ConfigId, Func<string, string, IReadOnlyList<string>> Glob, Func<string, string?> Read)
{
    private const int LargestFile = 1024 * 1024;

    /// <summary>The files of this machine.</summary>
    public static KeepalivedFiles OfThisMachine(string? configId = null) => new(
        configId ?? Environment.MachineName,
        (pattern, includingFile) =>
        {
            var path = Path.GetFullPath(pattern, Path.GetDirectoryName(Path.GetFullPath(includingFile)) ?? "/");
            var directory = Path.GetDirectoryName(path) ?? "/";
            return Directory.Exists(directory) ? [.. Directory.GetFiles(directory, Path.GetFileName(path)).Order(StringComparer.Ordinal)] : [];
        },
        path => RegularFile.Read(path, LargestFile).Content is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null);

    /// <summary>No other files at all.</summary>
    public static KeepalivedFiles None(string configId = "localhost") => new(configId, (_, _) => [], _ => null);
}
