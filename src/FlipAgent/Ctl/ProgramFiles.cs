using FlipAgent.Config;

namespace FlipAgent.Ctl;

/// <summary>
/// Looks for the programs that a configuration names on this machine: a check whose program is not there is down on every node, and nobody is master. A warning
/// only, for the file may be meant for another machine.
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
        foreach (var program in config.Alerts.Select(ProgramOf).OfType<string>())
            if (Problem(program) is { } problem)
                yield return $"alerts: {program} {problem}: no alert goes out that way";
    }

    private static string? ProgramOf(SinkConfig sink) => sink switch
    {
        SinkConfig.Exec exec => exec.Argv[0],
        SinkConfig.Email email => email.Mailer,
        _ => null,
    };

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
