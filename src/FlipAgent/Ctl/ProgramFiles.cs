using FlipAgent.Config;
using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>
/// Looks for the programs that a configuration names on this machine: a check whose program is not there is down on every node, and nobody is master; and who can change
/// one decides what the agent runs. Warnings only, for the file may be meant for another machine.
/// </summary>
internal static class ProgramFiles
{
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

    private static string? Problem(string path)
    {
        try
        {
            if (Directory.Exists(path))
                return "is a directory";
            if (!File.Exists(path))
                return "is not there";
            return (File.GetUnixFileMode(path) & Execute) == 0 ? "is not executable (chmod +x)" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
