using System.Diagnostics;
using System.Text.Json.Nodes;
using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;
using Xunit.Abstractions;

namespace FlipAgent.SystemTests;

/// <summary>The reference failure and its reverting, with the commands that an operator would type.</summary>
public sealed class FailoverTests(ITestOutputHelper output) : ClusterTests
{
    [SystemFact]
    public void Stopping_HAProxy_moves_the_address_once_and_reverting_brings_it_back()
    {
        Cluster.Start();
        FailAndRevert(MachineCloud.DigitalOcean);
    }

    /// <summary>
    /// The same at each other cloud, on one pair: what is booted is the same for all of them, and a change of the cloud by a reload is a case of its own.
    /// </summary>
    [SystemFact]
    public void A_pair_with_two_addresses_then_at_a_program_then_at_Hetzner_Cloud_fails_over_and_back()
    {
        Cluster.Start();
        foreach (var cloud in (MachineCloud[])[MachineCloud.DualStack, MachineCloud.Exec, MachineCloud.Hetzner])
        {
            var (assigns, term, pid) = (Cluster.Assigns.Count, MachineCluster.Term(One), MainPid(One, "flipagent"));
            Cluster.MoveTo(cloud);
            Cluster.AwaitMaster(One);
            Cluster.AwaitWell(One);
            Assert.Equal((assigns, term, pid), (Cluster.Assigns.Count, MachineCluster.Term(One), MainPid(One, "flipagent")));
            var check = One.Try("flipagentctl", "config", "check");
            // The stand-in cloud and Slack are asked without TLS here, and Hetzner has no guard.
            Assert.True(
                check.Code == 0 && check.Text.Split('\n').All(line => !line.Contains("warning", StringComparison.Ordinal)
                    || line.Contains("is http://", StringComparison.Ordinal) || line.Contains("guard is off", StringComparison.Ordinal)),
                check.Text);
            FailAndRevert(cloud);
        }
    }

    private void FailAndRevert(MachineCloud cloud)
    {
        var (assigns, alerts, each) = (Cluster.Assigns.Count, Cluster.Alerts.Count, cloud.Addresses.Count);
        Cluster.AwaitWell(One);
        using var client = Cluster.NewClient();
        Until.True(() => client.ServedBy == "haproxy-1", () => $"{client.ServedBy} answers", 10);

        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);
        Until.True(() => client.ServedBy == "haproxy-2", () => $"{client.ServedBy} answers", 10);
        AssertAsked(cloud, assigns, each);
        Assert.Equal("fault", (string?)MachineCluster.Status(One)!["role"]);
        Cluster.AwaitAlert("haproxy-2", alerts);

        // Repaired, it does not take the address back by itself.
        One.Run("systemctl", "start", "haproxy");
        Cluster.AwaitRole(One, "backup");
        Cluster.AwaitWell(Two);
        AssertAsked(cloud, assigns, each);

        // Reverting: the same in the other direction, this time by stopping the agent.
        Two.Run("systemctl", "stop", "flipagent");
        Cluster.AwaitMaster(One);
        Until.True(() => client.ServedBy == "haproxy-1", () => $"{client.ServedBy} answers", 10);
        Two.Run("systemctl", "start", "flipagent");
        Cluster.AwaitRole(Two, "backup");
        Cluster.AwaitWell(One);
        AssertAsked(cloud, assigns, 2 * each);

        // The assign itself takes 1 s here.
        Assert.InRange(client.LongestOutage, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        output.WriteLine($"{cloud.Provider}, {each} addresses: {client.LongestOutage.TotalSeconds:0.0} s without an answer");
    }

    /// <summary>
    /// So many assigns since then were accepted, and all were asked for by the way of this cloud. A droplet takes one at a time: the second address of a pair is
    /// refused while the first one moves, and asked for again.
    /// </summary>
    private void AssertAsked(MachineCloud cloud, int since, int accepted)
    {
        var asked = Cluster.Assigns.Skip(since).Select(a => (Token: (string?)a["token"], Status: (int?)a["status"])).ToList();
        Assert.True(
            asked.Count(a => a.Status == 201) == accepted && asked.All(a => a.Token == cloud.TokenName && (a.Status == 201 || cloud.Addresses.Count > 1 && a.Status == 422)),
            $"{string.Join(", ", asked)}\n{Cluster.Describe()}");
    }

    [SystemFact]
    public void F49_HAProxy_killed_for_good_is_answered_with_an_assign_within_a_tenth_of_a_second()
    {
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Write("/etc/systemd/system/haproxy.service.d/no-restart.conf", "[Service]\nRestart=no\n");
            droplet.Run("systemctl", "daemon-reload");
        }

        Cluster.Start();
        Cluster.AwaitWell(One);
        var took = new List<double>();
        var (master, backup) = (One, Two);
        for (var i = 1; i <= 5; i++)
        {
            // Not with systemctl: the time in which that reaches systemd is none of ours.
            var main = master.HostPid(MainPid(master, "haproxy"));
            var killed = DateTimeOffset.UtcNow;
            Process.GetProcessById(main).Kill();
            Cluster.AwaitMaster(backup);
            Assert.Equal(i, Cluster.Assigns.Count);
            took.Add(((DateTimeOffset)Cluster.Assigns[^1]["at"]! - killed).TotalMilliseconds);

            master.Run("systemctl", "start", "haproxy");
            Cluster.AwaitWell(backup);
            (master, backup) = (backup, master);
        }

        var figures = $"from kill -9 to the assign at the cloud: {string.Join(", ", took.Select(ms => $"{ms:0}"))} ms";
        output.WriteLine(figures);
        // FAULTS F49. The median: the machines, the cloud and the test share this machine's cores with whatever else runs on it.
        Assert.True(took.Order().ElementAt(took.Count / 2) is > 0 and < 100, figures);
    }

    [SystemFact]
    public void F12_a_clean_stop_hands_over_at_once_and_a_reboot_does_too()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        One.Run("systemctl", "stop", "flipagent");
        Cluster.AwaitMaster(Two);
        AssertTookOverAfterRelease(One, 0, Two);
        Assert.Equal("success", Property(One, "flipagent", "Result"));
        One.Run("systemctl", "start", "flipagent");
        Cluster.AwaitWell(Two);

        Two.Reboot();
        Cluster.AwaitMaster(One);
        AssertTookOverAfterRelease(Two, -1, One);
        Cluster.AwaitWell(One);
        Assert.Equal(2, Cluster.Assigns.Count);
    }

    [SystemFact]
    public void F13_both_rebooted_together_end_with_the_present_holder_as_the_only_master()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Kill();
        }

        Parallel.ForEach([One, Two], droplet => droplet.Boot());
        Cluster.AwaitMaster(One, TimeSpan.FromMinutes(2));
        Cluster.AwaitWell(One);
        Assert.Empty(Cluster.Assigns);
    }

    /// <summary>Named as successor, not told by silence (which takes 3.6 s), and master in a fraction of a skew. FAULTS F12 asks for 50 ms on an idle machine.</summary>
    private void AssertTookOverAfterRelease(Droplet leaver, int boot, Droplet successor)
    {
        var promotion = Entries(successor).Last(e => (string?)e["FLIPAGENT_EVENT"] == "became-master");
        Assert.DoesNotMatch("silent|no master", (string?)promotion["FLIPAGENT_CAUSE"]);
        var stop = Entries(leaver, boot).Last(e => ((string)e["MESSAGE"]!).StartsWith("Stopping flipagent", StringComparison.Ordinal));
        var took = (Moment(promotion) - Moment(stop)).TotalMilliseconds;
        output.WriteLine($"from systemd's stop of {leaver.Name}'s agent to the next master: {took:0.0} ms");
        Assert.True(took is > 0 and < 250, $"{took:0.0} ms\n{leaver.Journal("-b", $"{boot}", "-u", "flipagent")}\n{successor.Journal("-u", "flipagent")}");
    }

    private static TimeSpan Moment(JsonNode entry) => TimeSpan.FromMicroseconds(long.Parse((string)entry["_SOURCE_REALTIME_TIMESTAMP"]!));
}
