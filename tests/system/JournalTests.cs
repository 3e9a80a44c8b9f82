using System.Text.RegularExpressions;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>What a real journald and a real systemctl show of a failover.</summary>
public sealed class JournalTests : ClusterTests
{
    [SystemFact]
    public void A_failover_reads_as_a_story_with_fields_numbers_and_explanations()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);

        var held = Entries(Two).Last(e => (string?)e["FLIPAGENT_EVENT"] == "claim-held");
        Assert.Equal(TestNetwork.FloatingIp, (string?)held["FLIPAGENT_FIP"]);
        Assert.Equal("haproxy-2", (string?)held["FLIPAGENT_NODE"]);
        Assert.Equal("flipagent", (string?)held["SYSLOG_IDENTIFIER"]);
        Assert.Equal("journal", (string?)held["_TRANSPORT"]);
        Assert.Matches("^[0-9a-f]{32}$", (string?)held["MESSAGE_ID"]);
        Assert.Equal(Cluster.Term(Two).ToString(), (string?)held["FLIPAGENT_TERM"]);

        var explained = Two.Journal("-x", "-u", "flipagent");
        Assert.Contains($"haproxy-2 holds {TestNetwork.FloatingIp}", explained);
        Assert.Contains("What to do:", explained);
    }

    [SystemFact]
    public void Systemctl_status_shows_role_term_holder_and_peer()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        AssertShown(One, $"^MASTER term {Cluster.Term(One)}, {TestNetwork.FloatingIp} here, haproxy-2 backup$");

        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);
        AssertShown(Two, $"^MASTER term {Cluster.Term(Two)}, {TestNetwork.FloatingIp} here, haproxy-1 fault$");
        AssertShown(One, $"^FAULT .*haproxy.* term {Cluster.Term(Two)}, {TestNetwork.FloatingIp} at haproxy-2, haproxy-2 master$");

        // A reload says nothing of its own there.
        Two.Run("systemctl", "reload", "flipagent");
        AssertShown(Two, "^MASTER ");
    }

    /// <summary>The sentence leaves in the turn of the loop in which it becomes true; the time is for the next advert and for systemd to read it.</summary>
    private static void AssertShown(Droplet droplet, string pattern)
    {
        var text = "";
        Eventually.True(() => Regex.IsMatch(text = Property(droplet, "flipagent", "StatusText"), pattern), TimeSpan.FromSeconds(2), () => $"{droplet.Name} shows '{text}', not {pattern}");
    }

    [SystemFact]
    public void A_healthy_pair_logs_nothing()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        Thread.Sleep(TimeSpan.FromSeconds(5));
        var before = (Messages(One).Count, Messages(Two).Count);
        Thread.Sleep(TimeSpan.FromSeconds(20));
        Assert.Empty(Messages(One).Skip(before.Item1).Concat(Messages(Two).Skip(before.Item2)));
    }

    private static List<string> Messages(Droplet droplet) => [.. Entries(droplet).Select(e => (string)e["MESSAGE"]!)];
}
