using System.Text;
using FlipAgent.Config;
using FlipAgent.Kernel;
using FlipAgent.Redaction;

namespace FlipAgent.Ctl;

/// <summary>
/// Looks for the programs that a configuration names on this machine: a check whose program is not there is down on every node, and nobody is master; and who can change
/// one decides what the agent runs. Warnings only, for the file may be meant for another machine.
/// </summary>
internal static class ProgramFiles
{
    /// <summary>What the kernel reads of a file to see how it is run.</summary>
    private const int LongestStart = 256;

    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static IEnumerable<string> Warnings(AgentConfig config)
    {
        foreach (var check in config.Checks.OfType<CheckConfig.Exec>())
            if (Problem(check.Argv[0]) is { } problem)
                yield return $"check {check.Name}: {check.Argv[0]} {problem}: the check is down on this machine";
        if (config.FloatingIp.Command is [var mover, ..] && Problem(mover) is { } wrong)
            yield return $"floating_ip.command: {mover} {wrong}: the floating IP cannot be moved from this machine";
        foreach (var program in config.Alerts.Select(sink => sink.Command.FirstOrDefault()).OfType<string>())
            if (Problem(program) is { } problem)
                yield return $"alerts: {program} {problem}: no alert goes out that way";
    }

    /// <summary>Those that others than root, and than who asks, may change.</summary>
    public static IEnumerable<string> Changeable(AgentConfig config)
    {
        foreach (var check in config.Checks.OfType<CheckConfig.Exec>())
            if (Changeable(check.Argv) is { } problem)
                yield return $"check {check.Name}: {problem}";
        if (Changeable(config.FloatingIp.Command) is { } mover)
            yield return $"floating_ip.command: {mover}";
        foreach (var sink in config.Alerts)
            if (Changeable(sink.Command) is { } problem)
                yield return $"alerts: {problem}";
    }

    /// <summary>What of a command others may change: its program, or one that it is given to run (<c>sh SCRIPT</c>, <c>timeout 5 PROGRAM</c>). Null: nothing.</summary>
    public static string? Changeable(IEnumerable<string> command) =>
        command.Where((word, place) => word.StartsWith('/') && (place == 0 || IsProgram(word))).Select(word => SafeProgram.Problem(word, Libc.EffectiveUser())).FirstOrDefault(problem => problem is not null);

    /// <summary>Nothing is opened that is no file: to open a device may do something.</summary>
    private static bool IsProgram(string path) =>
        Libc.Stat(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasic, out var stat) == 0 && (stat.Mode & Libc.ModeTypeMask) == Libc.ModeRegular
        && (((UnixFileMode)stat.Mode & Execute) != 0 || RegularFile.ReadStart(path, 2).Content is [(byte)'#', (byte)'!']);

    /// <summary>Why the kernel cannot run a script, which a shell would have run all the same; null: it can, or it is none.</summary>
    private static string? Start(string path)
    {
        if (RegularFile.ReadStart(path, LongestStart).Content is not { Length: > 0 } start || start.AsSpan().Contains((byte)0))
            return null;
        var text = Encoding.UTF8.GetString(start);
        var line = text.Split('\n')[0];
        if (!line.StartsWith("#!", StringComparison.Ordinal))
            return line.StartsWith("\uFEFF#!", StringComparison.Ordinal) ? "cannot be run, for a byte order mark stands before its #!" : "cannot be run, for it is text that does not begin with #! and an interpreter, such as #!/bin/sh";
        if (line.EndsWith('\r'))
            return "cannot be run, for its lines end as on Windows (CRLF), and the carriage return counts as a part of the interpreter's name";
        var interpreter = line[2..].Trim().Split(' ', '\t')[0];
        return interpreter.StartsWith('/') && !File.Exists(interpreter) ? $"cannot be run, for its interpreter {Printable.Of(interpreter)} is not there" : null;
    }

    private static string? Problem(string path)
    {
        try
        {
            if (Directory.Exists(path))
                return "is a directory";
            if (!File.Exists(path))
                return "is not there";
            return (File.GetUnixFileMode(path) & Execute) == 0 ? "is not executable (chmod +x)" : Start(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
