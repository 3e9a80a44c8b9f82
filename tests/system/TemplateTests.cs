using System.Text.Json.Nodes;
using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>flipagent@.service: several clusters on one host, which must be strangers to each other.</summary>
public sealed class TemplateTests : ClusterTests
{
    private static readonly string[] s_names = ["web", "api"];

    [SystemFact]
    public void Two_clusters_on_one_host_have_each_their_own_agent_socket_state_and_reload_and_an_upgrade_moves_nothing()
    {
        var config = File.ReadAllText(One.Root + "/etc/flipagent/flipagent.yaml");
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Run("rm", "/etc/flipagent/flipagent.yaml");
            droplet.Write("/etc/flipagent/web.yaml", config);
            droplet.Write("/etc/flipagent/api.yaml", config.Replace("cluster: web-lb", "cluster: api-lb", StringComparison.Ordinal)
                .Replace("election:", "election:\n  port: 5113", StringComparison.Ordinal));
            droplet.Run("systemctl", "enable", "--now", "flipagent@web", "flipagent@api");
        }

        AwaitMasters();
        foreach (var name in s_names)
        {
            Assert.Equal($"{name}-lb", (string?)Status(One, name)!["cluster"]);
            Assert.Equal("flipagent flipagent 700", One.Run("stat", "-c", "%U %G %a", $"/var/lib/flipagent-{name}").Trim());
            Assert.Contains($"MASTER term 1, {MachineNetwork.FloatingIp} here", Property(One, $"flipagent@{name}", "StatusText"));
        }

        Assert.False(One.Sh("test -e /run/flipagent").Code == 0, "/run/flipagent belongs to no instance");

        // A file that is wrong is the business of one of them.
        One.Write("/etc/flipagent/api.yaml", "cluster: 1\n");
        Assert.NotEqual(0, One.Try("systemctl", "reload", "flipagent@api").Code);
        One.Run("systemctl", "reload", "flipagent@web");
        One.Write("/etc/flipagent/api.yaml", File.ReadAllText(Two.Root + "/etc/flipagent/api.yaml"));
        One.Run("systemctl", "reload", "flipagent@api");

        // An instance whose file the new version refuses goes on as it is; the other one is restarted.
        var pids = s_names.Select(name => MainPid(One, $"flipagent@{name}")).ToList();
        One.Write("/etc/flipagent/api.yaml", "cluster: 1\n");
        NextVersion.PutOn(One);
        var half = One.Try("dpkg", "-i", "--force-confold", NextVersion.Path);
        Assert.True(half.Code == 0, half.Text);
        Assert.Contains("flipagent@api.service was not restarted", half.Text);
        Assert.DoesNotContain("flipagent@web.service", half.Text);
        Assert.Equal([false, true], s_names.Select((name, i) => MainPid(One, $"flipagent@{name}") == pids[i]));
        One.Write("/etc/flipagent/api.yaml", File.ReadAllText(Two.Root + "/etc/flipagent/api.yaml"));
        AwaitMasters();

        pids = [.. s_names.Select(name => MainPid(One, $"flipagent@{name}"))];
        NextVersion.PutOn(One);
        var upgraded = One.Try("dpkg", "-i", "--force-confold", NextVersion.Path);
        Assert.True(upgraded.Code == 0, upgraded.Text);
        Assert.Empty(pids.Intersect(s_names.Select(name => MainPid(One, $"flipagent@{name}"))));
        AwaitMasters();
        Assert.All(s_names, name => Assert.Equal(1, (int)Status(One, name)!["term"]!));
        Assert.Empty(Cluster.Assigns);

        One.Run("systemctl", "stop", "flipagent@api");
        Assert.NotEqual(0, One.Sh("test -e /run/flipagent-api").Code);
        Assert.Equal("master", (string?)Status(One, "web")!["role"]);

        One.Run("dpkg", "-P", "flipagent");
        Assert.Equal("", One.Sh("ls -d /run/flipagent* /var/lib/flipagent* /etc/flipagent* 2>/dev/null").Out);
        Assert.NotEqual("active", Property(One, "flipagent@web", "ActiveState"));
    }

    private void AwaitMasters() =>
        Until.True(() => s_names.All(name => Status(One, name) is { } status && (string?)status["role"] == "master" && (string?)status["verdict"] == "ok"),
            () => One.Journal("-u", "flipagent@*"), 60);

    private static JsonNode? Status(Droplet droplet, string name)
    {
        var done = droplet.Try("flipagentctl", "--socket", $"/run/flipagent-{name}/control.sock", "status", "--json");
        return done.Out.StartsWith('{') ? JsonNode.Parse(done.Out) : null;
    }
}
