using System.Text.RegularExpressions;
using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>The unit forbids real-time scheduling to all that runs in it, and root gives it to two threads from outside.</summary>
public sealed class RealTimeTests : ClusterTests
{
    private const string Ordinary = "SCHED_OTHER 0";
    private const string Raised = "SCHED_RR|SCHED_RESET_ON_FORK 20";

    private static readonly string[] s_names = ["advert-rx", "decision"];

    private static readonly string s_doctorIsWell = "OK    real time: decisions and adverts run before all other programs";

    [SystemFact]
    public void Two_threads_have_it_after_a_start_a_restart_and_a_reload_that_makes_a_new_one()
    {
        Cluster.Start();
        AssertRaised();
        Assert.Contains(s_doctorIsWell, One.Try("flipagentctl", "doctor").Out);

        One.Run("systemctl", "restart", "flipagent");
        AssertRaised();

        var adverts = Adverts().Select(thread => thread.Id).ToList();
        SetPort(5113);
        One.Run("systemctl", "reload", "flipagent");
        AssertRaised();
        Assert.Empty(adverts.Intersect(Adverts().Select(thread => thread.Id)));

        // Without systemd.
        SetPort(5114);
        One.Run("flipagentctl", "reload");
        AssertRaised();

        // A signal cannot bring it; that is said, with what brings it.
        SetPort(5115);
        One.Run("systemctl", "kill", "--signal=HUP", "--kill-who=main", "flipagent");
        Until.True(() => Adverts().Select(thread => thread.Policy).ToList() is [Ordinary], Shown, 20);
        Assert.Contains("WARN  real time: advert-rx of the agent run as other programs do", One.Try("flipagentctl", "doctor").Out);
        One.Run("systemctl", "reload", "flipagent");
        AssertRaised();
    }

    [SystemFact]
    public void Where_real_time_is_forbidden_altogether_the_agent_works_and_says_so()
    {
        One.Write("/etc/systemd/system/flipagent.service.d/forbidden.conf", "[Service]\nExecStartPost=\nExecStartPost=-+/bin/false\n");
        One.Run("systemctl", "daemon-reload");
        Cluster.Start();
        // The threads have asked for themselves, and were refused.
        Assert.All(Threads(), thread => Assert.Equal(Ordinary, thread.Policy));
        Cluster.AwaitWell(One);
        var doctor = One.Try("flipagentctl", "doctor").Out;
        Assert.Contains("WARN  real time: advert-rx, decision of the agent run as other programs do: where the processors are busy they are late\n      -> systemctl restart flipagent", doctor);
        // Nor does a reload bring what was not there.
        SetPort(5113);
        One.Run("systemctl", "reload", "flipagent");
        Assert.All(Threads(), thread => Assert.Equal(Ordinary, thread.Policy));
        Assert.DoesNotContain("real-time", One.Journal("-u", "flipagent"));
    }

    [SystemFact]
    public void The_verb_takes_root_and_an_agent()
    {
        Cluster.Start();
        var stranger = One.Try("flipagentctl", "realtime", "1");
        Assert.Equal((1, "flipagentctl: process 1 is no flipagent of this machine; expected the MainPID of flipagent.service\n"), (stranger.Code, stranger.Error));
        var user = One.Try("setpriv", "--reuid=flipagent", "--regid=flipagent", "--clear-groups", "flipagentctl", "realtime", $"{MainPid(One, "flipagent")}");
        Assert.Equal(4, user.Code);
        // After an upgrade that left the old process alone.
        One.Run("cp", "/usr/sbin/flipagent", "/usr/sbin/flipagent.new");
        One.Run("mv", "/usr/sbin/flipagent.new", "/usr/sbin/flipagent");
        var again = One.Try("flipagentctl", "realtime", $"{MainPid(One, "flipagent")}");
        Assert.True(again.Code == 0, again.Text);
        AssertRaised();
    }

    /// <summary>What docs/checks.md says of them, and of the drop-in.</summary>
    [SystemFact]
    public void Programs_of_checks_run_behind_ionice_taskset_and_nice_which_have_no_effect_unless_a_drop_in_permits_it()
    {
        var file = One.Root + "/etc/flipagent/flipagent.yaml";
        One.Write("/etc/flipagent/flipagent.yaml", File.ReadAllText(file).Replace("checks:", "checks:\n  - {name: nice, exec: [/usr/bin/ionice, -c, \"3\", /usr/bin/taskset, \"1\", /usr/bin/nice, -n, \"5\", /usr/bin/nice]}", StringComparison.Ordinal));
        Cluster.Start();
        Assert.Equal("up exit status 0: -10", Check());
        Assert.Contains("warning: check nice: ionice has no effect under the package's unit", One.Try("flipagentctl", "config", "check").Error);

        One.Write("/etc/systemd/system/flipagent.service.d/own.conf", "[Service]\nSystemCallFilter=@resources\n");
        One.Run("systemctl", "daemon-reload");
        One.Run("systemctl", "restart", "flipagent");
        Until.True(() => Check() == "up exit status 0: -5", Shown, 20);
        AssertRaised();
    }

    private string? Check()
    {
        var check = MachineCluster.Status(One)?["checks"]!.AsArray().Single(check => (string?)check!["name"] == "nice");
        return check is null ? null : $"{((bool?)check["up"] == true ? "up" : "down")} {(string?)check["detail"]}";
    }

    private void SetPort(int port)
    {
        var text = File.ReadAllText(One.Root + "/etc/flipagent/flipagent.yaml");
        One.Write("/etc/flipagent/flipagent.yaml", Regex.Replace(text, @"(?m)^election:\n(  port: \d+\n)?", $"election:\n  port: {port}\n"));
    }

    private void AssertRaised()
    {
        var threads = Threads();
        Assert.Equal(s_names.Select(name => (name, Raised)), threads.Where(thread => thread.Policy != Ordinary).Select(thread => (thread.Name, thread.Policy)).Order());
        Assert.Equal(s_names.Length, threads.Count(thread => s_names.Contains(thread.Name)));
    }

    private IEnumerable<(int Id, string Name, string Policy)> Adverts() => Threads().Where(thread => thread.Name.StartsWith("advert-", StringComparison.Ordinal));

    private string Shown() => string.Join('\n', Threads()) + "\n" + One.Journal("-u", "flipagent", "-n", "40");

    /// <summary>As the kernel has them: "SCHED_RR|SCHED_RESET_ON_FORK 20".</summary>
    private List<(int Id, string Name, string Policy)> Threads()
    {
        List<(int, string, string)> threads = [];
        foreach (var folder in Directory.GetDirectories($"/proc/{One.HostPid(MainPid(One, "flipagent"))}/task"))
        {
            var asked = Shell.Run("chrt", "-p", Path.GetFileName(folder));
            if (asked.Code == 0 && File.Exists(folder + "/comm"))
            {
                threads.Add((int.Parse(Path.GetFileName(folder)), File.ReadAllText(folder + "/comm").Trim(), string.Join(' ', asked.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[^1]))));
            }
        }

        return threads;
    }
}
