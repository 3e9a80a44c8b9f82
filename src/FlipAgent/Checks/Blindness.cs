using FlipAgent.Systemd;

namespace FlipAgent.Checks;

/// <summary>
/// When an active unit says nothing of HAProxy: it has no process, none that systemd knows as the main one, or the main one only starts another. Then the unit
/// check is up as long as a machine is on, and people are told which check would see HAProxy.
/// </summary>
internal static class Blindness
{
    private const string Expected = "add an http or haproxy check, which sees it";

    /// <summary>Clients of container engines and their monitors: what they start lives elsewhere, and may end, hang or be paused without them.</summary>
    private static readonly HashSet<string> s_containers =
    [
        "docker", "docker-compose", "docker-containe", "podman", "podman-compose", "conmon", "nerdctl", "ctr", "runc", "crun", "containerd-shim", "containerd-shim-",
        "lxc-start", "lxc-execute", "lxc-attach", "lxc", "incus", "systemd-nspawn", "machinectl", "kubectl", "apptainer", "singularity", "udocker",
    ];

    /// <summary>Programs that run another one below them, and go on when that one ends or hangs.</summary>
    private static readonly HashSet<string> s_wrappers =
    [
        "sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "sudo", "su", "runuser", "doas", "screen", "tmux", "tmux: server", "nohup", "timeout", "script", "start-stop-daem",
        "supervisord", "s6-svscan", "s6-supervise", "runsv", "runsvdir", "svscan", "supervise", "monit", "tini", "dumb-init", "catatonit", "sleep", "tail", "cat",
        "ssh", "python", "python3", "perl", "ruby", "node",
    ];

    /// <summary>The same, with the name that the kernel has for the main process now.</summary>
    public static string? Of(UnitState state) => Of(state, state.MainPid > 0 ? CommandOf(state.MainPid) : null);

    /// <summary>Null: its main process is watched, and nothing is known against it; otherwise what the check cannot see, as a phrase.</summary>
    /// <param name="state">An active unit.</param>
    /// <param name="command">The name of its main process; null: not known.</param>
    public static string? Of(UnitState state, string? command) => state switch
    {
        { HasExited: true } => $"none of its processes runs, so this check does not see whether HAProxy does; {Expected}",
        { Active: "active", MainPid: 0 } => $"systemd knows no main process of it, so this check does not see HAProxy end; {Expected} (or give the unit PIDFile=)",
        { MainPid: > 0 } when command is not null && s_containers.Contains(command) =>
            $"its main process is {command}, and HAProxy runs in a container that this check does not see; {Expected}",
        { MainPid: > 0 } when command is not null && s_wrappers.Contains(command) =>
            $"its main process is {command}, which starts others, so this check does not see HAProxy itself; {Expected}",
        _ => null,
    };

    private static string? CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
