using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;
using Xunit.Abstractions;

namespace FlipAgent.SystemTests;

/// <summary>What a real journald and a real systemctl show of a failover.</summary>
public sealed class JournalTests(ITestOutputHelper output) : ClusterTests
{
    [SystemFact]
    public void A_failover_reads_as_a_story_with_fields_numbers_and_explanations()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);

        // The agent says it at the same moment, and journald takes its time.
        Until.True(() => Events(Two).Contains("claim-held"), () => Two.Journal("-u", "flipagent"), 10);
        var held = Entries(Two).Last(e => (string?)e["FLIPAGENT_EVENT"] == "claim-held");
        Assert.Equal(MachineNetwork.FloatingIp, (string?)held["FLIPAGENT_FIP"]);
        Assert.Equal("haproxy-2", (string?)held["FLIPAGENT_NODE"]);
        Assert.Equal("flipagent", (string?)held["SYSLOG_IDENTIFIER"]);
        Assert.Equal("journal", (string?)held["_TRANSPORT"]);
        Assert.Matches("^[0-9a-f]{32}$", (string?)held["MESSAGE_ID"]);
        Assert.Equal(MachineCluster.Term(Two).ToString(), (string?)held["FLIPAGENT_TERM"]);

        var explained = Two.Journal("-x", "-u", "flipagent");
        Assert.Contains($"haproxy-2 holds {MachineNetwork.FloatingIp}", explained);
        Assert.Contains("What to do:", explained);

        // docs/journal.md tells this very story: the same events of the same nodes in the same order, with the same fields.
        Until.True(() => Events(One).Contains("holder-changed"), () => One.Journal("-u", "flipagent"), 10);
        // The second machine may write that it is master before the first has written why: each begins with its own first event of the story.
        var happened = After(One, "check-down").Concat(After(Two, "became-master")).OrderBy(Moment).ToList();
        output.WriteLine(string.Join("\n", happened.Select(Short)));
        foreach (var node in (string[])["haproxy-1", "haproxy-2"])
        {
            var left = new Queue<JsonNode>(happened.Where(e => (string?)e["FLIPAGENT_NODE"] == node));
            foreach (var told in Told().Where(e => (string?)e["FLIPAGENT_NODE"] == node))
            {
                JsonNode? same = null;
                while (same is null && left.TryDequeue(out var next))
                {
                    same = (string?)next["FLIPAGENT_EVENT"] == (string?)told["FLIPAGENT_EVENT"] ? next : null;
                }

                Assert.True(same is not null, $"docs/journal.md tells of {told.ToJsonString()}, which did not happen:\n{string.Join("\n", happened.Select(Short))}");
                Assert.All(told.AsObject(), field => Assert.NotNull(same[field.Key]));
            }
        }
    }

    /// <summary>The entries that docs/journal.md shows.</summary>
    private static List<JsonNode> Told()
    {
        var told = File.ReadLines(Repository.PathOf("docs/journal.md")).Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.NotEmpty(told);
        return told;
    }

    private static IEnumerable<JsonNode> After(Droplet droplet, string first) =>
        Entries(droplet).Where(e => e["FLIPAGENT_EVENT"] is not null).OrderBy(Moment).SkipWhile(e => (string?)e["FLIPAGENT_EVENT"] != first);

    private static TimeSpan Moment(JsonNode entry) => TimeSpan.FromMicroseconds(long.Parse((string)entry["_SOURCE_REALTIME_TIMESTAMP"]!));

    /// <summary>The fields that are the agent's own.</summary>
    private static string Short(JsonNode entry) => new JsonObject(entry.AsObject()
        .Where(f => f.Key is "_SOURCE_REALTIME_TIMESTAMP" or "PRIORITY" or "MESSAGE" || f.Key.StartsWith("FLIPAGENT_", StringComparison.Ordinal))
        .OrderBy(f => Array.IndexOf(s_order, f.Key) is >= 0 and var place ? place : s_order.Length)
        .Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone()))).ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static readonly string[] s_order = ["_SOURCE_REALTIME_TIMESTAMP", "PRIORITY", "FLIPAGENT_NODE", "FLIPAGENT_EVENT", "MESSAGE"];

    [SystemFact]
    public void Systemctl_status_shows_role_term_holder_and_peer()
    {
        Cluster.Start();
        Cluster.AwaitWell(One);
        AssertShown(One, $"^MASTER term {MachineCluster.Term(One)}, {MachineNetwork.FloatingIp} here, haproxy-2 backup$");

        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);
        AssertShown(Two, $"^MASTER term {MachineCluster.Term(Two)}, {MachineNetwork.FloatingIp} here, haproxy-1 fault$");
        AssertShown(One, $"^FAULT .*haproxy.* term {MachineCluster.Term(Two)}, {MachineNetwork.FloatingIp} at haproxy-2, haproxy-2 master$");

        // A reload says nothing of its own there.
        Two.Run("systemctl", "reload", "flipagent");
        AssertShown(Two, "^MASTER ");
    }

    /// <summary>The sentence leaves in the turn of the loop in which it becomes true; the time is for the next advert and for systemd to read it.</summary>
    private static void AssertShown(Droplet droplet, string pattern)
    {
        var text = "";
        Until.True(() => Regex.IsMatch(text = Property(droplet, "flipagent", "StatusText"), pattern), () => $"{droplet.Name} shows '{text}', not {pattern}", 2);
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
