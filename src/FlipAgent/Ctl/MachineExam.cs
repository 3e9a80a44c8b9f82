using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// What the machine itself tells the doctor: who listens where, what else runs, whether the clock is right. Read from /proc, systemd and the
/// metadata service of this very machine.
/// </summary>
internal static class MachineExam
{
    /// <param name="config">Null when the file is not valid; then nothing that depends on it is looked at.</param>
    /// <param name="agentRuns">Null: it could not be asked.</param>
    /// <param name="mute">The agent's own check of its adverts, when it is down; null: it is not.</param>
    public static IEnumerable<Finding> Look(AgentConfig? config, bool? agentRuns, CheckReport? mute = null)
    {
        if (config is not null)
        {
            yield return AdvertPort(config.Election.Port, agentRuns, Sockets.BoundUdp(), mute);
            if (config.FloatingIp.Guard is { } guard)
                yield return ServicePort(guard.Port, config, Sockets.ListeningTcp(), AnchorAddress.Ask(config));
        }
        yield return Keepalived(RunningPrograms(), StartsAtBoot("keepalived.service"));
        yield return Clock();
        yield return Unit();
    }

    internal static Finding AdvertPort(int port, bool? agentRuns, SocketList bound, CheckReport? mute = null)
    {
        var taken = bound.Found.Any(one => one.Port == port);
        if (!taken && bound.Problem is { } problem)
            return Finding.Warn("adverts", $"could not look whether UDP port {port} is bound: {problem}", "ss -lun shows it to root");
        return (taken, agentRuns) switch
        {
            (true, true) => Finding.Ok("adverts", $"UDP port {port} is bound"),
            (true, false) => Finding.Fail("adverts", $"UDP port {port} is taken though the agent does not answer",
                "ss -lunp shows by whom; set election.port to another one on all nodes"),
            (false, true) when mute is not null => Finding.Fail("adverts", $"nobody is bound to UDP port {port}: {mute.Detail}", AgentExam.Cure(mute)),
            (false, true) => Finding.Fail("adverts", $"nobody is bound to UDP port {port}: the agent runs with another configuration",
                "flipagentctl config show prints the one that it uses; reload it"),
            (false, false) => Finding.Ok("adverts", $"UDP port {port} is free"),
            (_, null) => Finding.Warn("adverts", $"UDP port {port} is {(taken ? "bound" : "free")}, and whether it should be only who may ask the agent knows", "run this as root"),
        };
    }

    /// <summary>
    /// Traffic for a floating IP arrives with the droplet's anchor address as destination, so a bind to loopback or to one other address never
    /// sees it.
    /// </summary>
    /// <param name="anchor">The anchor address that the metadata service names; null: it did not answer, or this is no droplet.</param>
    internal static Finding ServicePort(int port, AgentConfig config, SocketList listening, IPAddress? anchor = null)
    {
        var binds = ServiceArrival.Binds(port, listening.Found);
        const string subject = "service port";
        var found = ServiceArrival.Judge(config.FloatingIp, binds, anchor);
        if (found != Listening.Arrival && listening.Problem is { } problem)
            return Finding.Warn(subject, $"could not look at all addresses that TCP port {port} is bound to: {problem}", "ss -ltn shows them to root");
        switch (found)
        {
            case Listening.Nowhere:
                return Finding.Fail(subject, $"nothing listens on TCP port {port}, which the guard asks through {config.FloatingIp.Address}",
                    "start HAProxy, or put floating_ip.guard right");
            case Listening.Arrival:
                return Finding.Ok(subject, $"TCP port {port} is open where traffic for the floating IP arrives");
        }
        if (config.FloatingIp.Vendor.AddressOnServer)
            return Finding.Fail(subject, $"TCP port {port} is bound to {string.Join(", ", binds)}; traffic for {config.FloatingIp.Address} arrives at {config.FloatingIp.Address} itself",
                $"bind it to *:{port} or to {new IPEndPoint(config.FloatingIp.Address, port)}");
        var arrival = $"traffic for {config.FloatingIp.Address} arrives at the anchor address" + (anchor is null ? "" : $" {anchor}");
        var toDo = $"bind it to *:{port} or to {(anchor is null ? "the anchor address (curl -s http://169.254.169.254/metadata/v1/interfaces/public/0/anchor_ipv4/address)" : $"{anchor}:{port}")}";
        if (binds.TrueForAll(IPAddress.IsLoopback))
            return Finding.Fail(subject, $"TCP port {port} is bound to loopback only; {arrival}", toDo);
        return anchor is null
            ? Finding.Warn(subject, $"TCP port {port} is bound to {string.Join(", ", binds)}; {arrival}, which the metadata service did not name", toDo)
            : Finding.Fail(subject, $"TCP port {port} is bound to {string.Join(", ", binds)}; {arrival}", toDo);
    }

    /// <param name="startsAtBoot">systemd would start it at the next boot.</param>
    internal static Finding Keepalived(IReadOnlyCollection<string> programs, bool startsAtBoot = false)
    {
        const string toDo = "systemctl disable --now keepalived, once flipagent has taken over (flipagentctl import-keepalived makes its configuration)";
        if (programs.Contains("keepalived"))
            return Finding.Warn("keepalived", "keepalived runs on this machine: if its scripts move the same address, the two fight over it", toDo);
        return startsAtBoot
            ? Finding.Warn("keepalived", "keepalived does not run, but is enabled and would start at the next boot: if its scripts move the same address, the two fight over it", toDo)
            : Finding.Ok("keepalived", "not running, and not enabled");
    }

    private static bool StartsAtBoot(string unit)
    {
        if (!Directory.Exists("/run/systemd/system") && !Directory.Exists("/etc/systemd/system"))
            return false;
        var (code, state) = ProgramRun.ToEnd(TimeSpan.FromSeconds(5), "systemctl", "is-enabled", unit);
        return code == 0 && state.Trim() is "enabled" or "enabled-runtime" or "alias" or "linked" or "linked-runtime";
    }

    private static Finding Clock()
    {
        // struct timex is smaller than this; with modes 0 nothing is changed (adjtimex(2)). TIME_ERROR: not synchronised.
        const int timeError = 5;
        Span<byte> timex = stackalloc byte[512];
        timex.Clear();
        var state = Libc.AdjTimex(ref MemoryMarshal.GetReference(timex));
        return state == timeError
            ? Finding.Warn("clock", "not synchronised: certificates and the times in logs depend on it (the election does not)",
                "systemctl enable --now systemd-timesyncd, or chrony")
            : Finding.Ok("clock", "synchronised");
    }

    private static Finding Unit()
    {
        if (!Directory.Exists("/run/systemd/system"))
            return Finding.Warn("unit", "this machine does not run systemd: nobody restarts the agent", "let something else keep it running");
        var state = ProgramRun.ToEnd(TimeSpan.FromSeconds(5), "systemctl", "show", "--property=LoadState,ActiveState,UnitFileState", "flipagent.service").Output;
        var properties = state.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1]);
        if (properties.GetValueOrDefault("LoadState") != "loaded")
            return Finding.Warn("unit", "there is no flipagent.service", "install the package, or let something else keep the agent running");
        if (properties.GetValueOrDefault("ActiveState") != "active")
            return Finding.Fail("unit", $"flipagent.service is {properties.GetValueOrDefault("ActiveState")}",
                "systemctl enable --now flipagent; journalctl -u flipagent -n 50");
        return properties.GetValueOrDefault("UnitFileState") == "enabled"
            ? Finding.Ok("unit", "flipagent.service is active and enabled")
            : Finding.Warn("unit", "flipagent.service is active, but will not start at the next boot", "systemctl enable flipagent");
    }

    private static List<string> RunningPrograms()
    {
        var programs = new List<string>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                continue;
            try
            {
                programs.Add(File.ReadAllText(Path.Combine(directory, "comm")).Trim());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }
        return programs;
    }
}
