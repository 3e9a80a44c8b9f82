using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Config;

/// <summary>Configuration as text again: what <c>config show</c> and <c>init</c> print, the shipped example, and the documentation.</summary>
public sealed class ConfigTextTests
{
    [Theory]
    [InlineData(Sample.Minimal)]
    [InlineData(Sample.Complete)]
    public void What_config_show_prints_is_the_same_configuration(string text)
    {
        var config = Sample.Valid(text);
        var shown = ConfigText.Render(config);
        var again = Sample.Valid(shown, null, Sample.Machine("192.0.2.99"));

        Assert.Equal(shown, ConfigText.Render(again));
        Assert.Equal((config.Hash, config.Me, config.Cluster), (again.Hash, again.Me, again.Cluster));
        Assert.Equal(config.Election, again.Election);
        Assert.Equal(config.FloatingIp with { GuardCheck = null }, again.FloatingIp with { GuardCheck = null });
        Assert.Equal(((CheckConfig.Http)config.FloatingIp.GuardCheck!).Host, ((CheckConfig.Http)again.FloatingIp.GuardCheck!).Host);
        Assert.Equal(config.Nodes.ToArray(), again.Nodes.ToArray());
        Assert.Equal((config.ControlSocket, config.RuntimeDir, config.StateDir), (again.ControlSocket, again.RuntimeDir, again.StateDir));
        Assert.Equal((config.ControlHttp, string.Join(' ', config.ControlHttpHosts)), (again.ControlHttp, string.Join(' ', again.ControlHttpHosts)));
        Assert.Equal(config.Checks.Select(Flat), again.Checks.Select(Flat));
        Assert.Equal(config.Alerts.Select(Flat), again.Alerts.Select(Flat));
        Assert.Equal(config.Heartbeat, again.Heartbeat);
    }

    [Fact]
    public void Odd_text_survives_being_shown()
    {
        string[] argv = ["/bin/x", "", " ", "a: b", "- c", "$HOME ${X}", "null", "\"q\" \\ 'r'", "ü\n\t", "#", "[x]", "true:"];
        var config = Sample.Valid(Sample.Minimal) with { Checks = [new CheckConfig.Exec([.. argv]) { Name = "odd" }] };
        config = config with { FloatingIp = config.FloatingIp with { Guard = null } };
        Assert.Equal(argv, ((CheckConfig.Exec)Sample.Valid(ConfigText.Render(config)).Checks[0]).Argv.ToArray());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("-")]
    [InlineData("true")]
    [InlineData("1.5")]
    [InlineData("...")]
    [InlineData("---")]
    public void Odd_names_survive_being_shown(string name)
    {
        var config = Sample.Valid(Sample.Minimal.Replace("name: haproxy-1", $"name: \"{name}\"").Replace("web-lb", $"\"{name}\""));
        var again = Sample.Valid(ConfigText.Render(config));
        Assert.Equal((name, name), (again.Cluster, again.Self.Name));
    }

    [Fact]
    public void The_template_is_valid_as_it_is_and_has_the_values_of_the_reference_cluster()
    {
        var config = Sample.Valid(ConfigTemplate.Text());
        Assert.Equal(ConfigTemplate.ReferenceNodes.ToArray(), config.Nodes.ToArray());
        Assert.Equal(new SinkConfig.Slack("/etc/flipagent/slack-webhook"), Assert.Single(config.Alerts));
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void Every_line_behind_a_hash_in_the_template_is_valid_too()
    {
        // "  # key: value" becomes "  key: value"; sentences stay comments. The stand-ins for the default have other values than it has.
        var lines = ConfigTemplate.Text().Split('\n').Select(l =>
            System.Text.RegularExpressions.Regex.Replace(l, @"^( *)# ((- )?\{?[a-z_]+:(\s.*)?|  [a-z_]+: .*|- .*)$", "$1$2"));
        var text = string.Join('\n', lines.Where(l => !l.TrimStart().StartsWith("process: restart", StringComparison.Ordinal) && !l.Contains("http:    expect")));
        var config = Sample.Valid(text);
        Assert.Equal(("haproxy-1", "127.0.0.1:9166", 5, 5), (config.Self.Name, config.ControlHttp?.ToString(), config.Checks.Length, config.Alerts.Length));
        Assert.NotNull(config.Election.Multicast);
    }

    [Fact]
    public void The_template_takes_other_nodes()
    {
        var config = Sample.Valid(ConfigTemplate.Text("blue", [new NodeConfig("a", System.Net.IPAddress.Parse("127.0.0.5"), 7, 9)], "198.51.100.7"));
        Assert.Equal(("blue", "a", 7, "198.51.100.7"), (config.Cluster, config.Self.Name, config.Self.DropletId, config.FloatingIp.Address.ToString()));
        Assert.Contains("# guard: http://198.51.100.7:8001/haproxy_check", ConfigTemplate.Text(floatingIp: "198.51.100.7"));
    }

    [Fact]
    public void The_example_of_the_package_is_the_template()
    {
        var path = Repository.PathOf("deploy/apt/flipagent.yaml.example");
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(path, ConfigTemplate.Text());
        Assert.Equal(ConfigTemplate.Text(), File.ReadAllText(path));
    }

    [Theory]
    [InlineData("deploy/reference/flipagent.yaml")]
    [InlineData("deploy/apt/flipagent.yaml.example")]
    public void Every_configuration_that_we_ship_is_valid_without_any_variable_set(string path)
    {
        var config = Sample.Valid(File.ReadAllText(Repository.PathOf(path)));
        Assert.Equal(ConfigTemplate.ReferenceNodes.ToArray(), config.Nodes.ToArray());
        Assert.Equal("haproxy.service", Assert.IsType<CheckConfig.Unit>(config.Checks[0]).UnitName);
        Assert.Equal("http://203.0.113.10:8001/haproxy_check", config.FloatingIp.Guard?.ToString());
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void The_reference_cluster_fits_on_a_laptop_by_variables_alone()
    {
        var machine = Sample.Machine("192.0.2.1", "nobody", ("HAPROXY_PROCESS", "/tmp/haproxy.pid"), ("FLOATING_IP", "127.9.9.9"));
        var config = Sample.Valid(File.ReadAllText(Repository.PathOf("deploy/reference/flipagent.yaml")), "haproxy-2", machine);
        Assert.Equal("/tmp/haproxy.pid", Assert.IsType<CheckConfig.PidFile>(config.Checks[0]).File);
        Assert.Equal("127.9.9.9", config.FloatingIp.Guard?.Host);
    }

    [Fact]
    public void The_documentation_names_every_key_and_no_other()
    {
        var known = ConfigReader.KnownKeys(Sample.Complete, Sample.Machine());
        var documented = System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(Repository.PathOf("docs/configuration.md")), @"^\| `([a-z_.]+)` \|", System.Text.RegularExpressions.RegexOptions.Multiline)
            .Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal).ToArray();
        var sections = new[] { "nodes", "election", "election.lease", "floating_ip", "checks", "alerts", "control", "alerts.slack", "alerts.webhook", "alerts.email", "alerts.heartbeat", "checks.haproxy" };
        Assert.Equal(known.Except(sections).Order(StringComparer.Ordinal).ToArray(), documented);
    }

    private static string Flat(CheckConfig c) => c switch
    {
        CheckConfig.Exec e => $"{e.Name} {string.Join('|', e.Argv)}",
        CheckConfig.Http h => (h with { Expect = [] }).ToString() + string.Join(',', h.Expect),
        _ => c.ToString(),
    };

    private static string Flat(SinkConfig s) => s switch
    {
        SinkConfig.Exec e => $"{string.Join('|', e.Argv)} {e.Timeout} {e.RunbookUrl}",
        SinkConfig.Email m => $"{string.Join('|', m.To)} {m.From} {m.Mailer} {m.Timeout} {m.RunbookUrl}",
        _ => s.ToString(),
    };
}
