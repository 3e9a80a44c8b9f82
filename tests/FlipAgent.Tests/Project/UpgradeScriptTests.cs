using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Project;

/// <summary>
/// What root does with a running agent after an upgrade, by the package's own script with a stand-in for systemd. The agent is played by a process of another user, whom
/// root must take nothing from.
/// </summary>
public sealed class UpgradeScriptTests : IDisposable
{
    private const string Nobody = "import ctypes, os, sys, time; os.setgroups([]); os.setgid(65534); os.setuid(65534); ";

    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-upgrade-").FullName;

    public UpgradeScriptTests()
    {
        // Anybody may write here, so what is made tells by its owner who made it.
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_111_111);
        Program("systemctl", """
            case "$1 $3" in
                "show User") echo nobody ;;
                "show SupplementaryGroups") echo games ;;
                "show MainPID") cat "${0%/*}/pid" ;;
                list-units*) echo 'flipagent.service loaded active running FlipAgent' ;;
            esac
            """);
        Program("dpkg-query", "echo 9.9.9");
        Program("deb-systemd-invoke", "echo restarted");
        Program("flipagentctl", """
            [ "$1" = config ] || exit 0
            echo "uid $(id -u) of $(id -G)"
            printf '(%s)' "$@"
            echo
            tr '\0' '\n' </proc/self/environ
            printf 'a\033]0;b\a\n'
            exit 1
            """);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [NeedsFact("root", "python3", "setpriv")]
    public void The_new_version_is_asked_as_the_agent_would_be_and_who_that_is_says_its_unit()
    {
        // It has never run another program since it gave up root's rights, so its entry in /proc is root's.
        using var agent = Agent($"{Nobody} print('ready', flush=True); time.sleep(600)", ["--config", "/etc/other name.yaml", "--node=n1"], "CLUSTER", "web lb");

        var upgrade = Upgrade(agent, () => agent.Output.Contains("ready"));

        Assert.Contains("flipagent.service was not restarted, and the old version goes on running: version 9.9.9 refuses its configuration:\n    uid 65534 of 65534 60\n", upgrade.Error);
        Assert.Contains("    (config)(check)(/etc/other name.yaml)(--node)(n1)\n", upgrade.Error);
        Assert.Contains("    CLUSTER=web lb\n", upgrade.Error);
        Assert.Contains("flipagent: mend /etc/other name.yaml, then: systemctl restart flipagent.service.", upgrade.Error);
    }

    [NeedsFact("root", "python3", "setpriv")]
    public void What_a_process_writes_into_its_environment_and_arguments_is_nothing_to_root()
    {
        Program("evil", "id -u >${0%/*}/evil-ran");
        // The loader writes a file for each program that is started with these.
        var words = $"b'{_directory}/evil', b'LD_DEBUG=statistics', b'LD_DEBUG_OUTPUT={_directory}/loaded', b'--split-string=x=y', b'0=', b'a[$(id)]=c'";
        using var agent = Agent($"{Nobody} libc = ctypes.CDLL(None); words = lambda *w: (ctypes.c_char_p * (len(w) + 1))(*w, None); " +
            $"libc.execve(b'/usr/bin/python3', words(b'agent', b'-c', b'import time; print(1, flush=True); time.sleep(600)', b'--config', b'/x\\033[2J\\\\033[2J'), words({words}))", [], "A", "b");

        var upgrade = Upgrade(agent, () => agent.Output.Contains('1'));

        Assert.False(File.Exists($"{_directory}/evil-ran"));
        var loaded = Directory.GetFiles(_directory, "loaded.*");
        Assert.NotEmpty(loaded);
        Assert.All(loaded, file => Assert.Equal("65534\n", Shell.Must("stat", "-c", "%u", file)));
        Assert.Contains("was not restarted", upgrade.Error);
        Assert.DoesNotContain(upgrade.Error, c => char.IsControl(c) && c != '\n');
        Assert.Contains("    a?]0;b?\n", upgrade.Error);
    }

    [NeedsFact("root", "python3", "setpriv")]
    public void What_the_check_leaves_behind_does_not_hold_up_the_upgrade_and_has_no_terminal()
    {
        Program("flipagentctl", "[ \"$1\" = config ] || exit 0; (: >/dev/tty) 2>/dev/null && echo terminal; setsid sleep 20 & exit 1");
        using var agent = Agent($"{Nobody} print('ready', flush=True); time.sleep(600)", [], "A", "b");
        var began = DateTime.UtcNow;

        var upgrade = Upgrade(agent, () => agent.Output.Contains("ready"), "script", "-qec");

        Assert.Contains("was not restarted", upgrade.Out);
        Assert.DoesNotContain("terminal", upgrade.Out);
        Assert.True(DateTime.UtcNow - began < TimeSpan.FromSeconds(15));
    }

    private static OwnedProcess Agent(string program, string[] arguments, string name, string value) => new(
        new OwnedProcessOptions { Environment = new Dictionary<string, string> { [name] = value } }, ["python3", "-c", program, .. arguments]);

    private ProgramResult Upgrade(OwnedProcess agent, Func<bool> ready, params string[] under)
    {
        Until.True(ready, () => agent.Output, 20);
        File.WriteAllText($"{_directory}/pid", $"{agent.Id}\n");
        // Without what debhelper puts there, and what root does for the first installation.
        var script = File.ReadAllText(Repository.PathOf("deploy/apt/debian/flipagent.postinst"));
        File.WriteAllText($"{_directory}/postinst", script[..script.IndexOf("#DEBHELPER#", StringComparison.Ordinal)].Replace("/usr/bin/flipagentctl", $"{_directory}/flipagentctl") + "restart_running\n");
        var path = new Dictionary<string, string> { ["PATH"] = $"{_directory}:/usr/sbin:/usr/bin:/sbin:/bin" };
        return under is [var program, .. var options]
            ? Shell.Run(program, [.. options, $"sh {_directory}/postinst", "/dev/null"], environment: path)
            : Shell.Run("sh", [$"{_directory}/postinst"], environment: path);
    }

    private void Program(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        File.WriteAllText(file, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
    }
}
