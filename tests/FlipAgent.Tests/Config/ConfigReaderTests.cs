using System.Net;
using FlipAgent.Config;
using FlipAgent.Config.Sections;

namespace FlipAgent.Tests.Config;

/// <summary>What a good file becomes: defaults, every key, who this machine is, the guard, variables, warnings.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ConfigReaderTests
{
    [Fact]
    public void A_minimal_file_gets_every_default_of_the_design()
    {
        var c = Sample.Valid(Sample.Minimal);

        Assert.Equal(("web-lb", "f.yaml", 0, "haproxy-1"), (c.Cluster, c.Path, c.Me, c.Self.Name));
        Assert.Equal(new NodeConfig("haproxy-2", IPAddress.Parse("10.110.0.3"), 3164445, 100), c.Nodes[1]);
        Assert.Equal(
            new ElectionConfig(5112, null, TimeSpan.FromSeconds(1), false, TimeSpan.FromSeconds(30), TimeSpan.Zero, "/etc/flipagent/cluster.key")
            { TakebackDelay = TimeSpan.FromSeconds(5) },
            c.Election);
        Assert.Equal("203.0.113.10", c.FloatingIp.Address.ToString());
        Assert.Equal("/etc/flipagent/do-token", c.FloatingIp.TokenFile);
        Assert.Equal("http://203.0.113.10:8001/haproxy_check", c.FloatingIp.Guard!.ToString());
        Assert.Equal(TimeSpan.FromMilliseconds(400), c.FloatingIp.GuardTimeout);
        Assert.Equal("https://api.digitalocean.com/", c.FloatingIp.ApiUrl.ToString());
        Assert.Equal("http://169.254.169.254/", c.FloatingIp.MetadataUrl.ToString());
        Assert.False(c.FloatingIp.ReclaimForeign);
        var unit = Assert.IsType<CheckConfig.Unit>(c.Checks[0]);
        Assert.Equal(("haproxy", "haproxy.service", TimeSpan.FromSeconds(1), false), (unit.Name, unit.UnitName, unit.RestartGrace, unit.ColdStandby));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(800), 2, 2, 0), (unit.Interval, unit.Timeout, unit.Rise, unit.Fall, unit.Weight));
        var http = Assert.IsType<CheckConfig.Http>(c.Checks[1]);
        Assert.Equal(("http://127.0.0.1:8001/haproxy_check", 0, true, false), (http.Url.ToString(), http.Expect.Length, http.VerifyTls, http.ProxyV2));
        Assert.Equal((null, null), (http.Host, http.Sni));
        Assert.Empty(c.Alerts);
        Assert.Equal(("/run/flipagent/control.sock", null), (c.ControlSocket, c.ControlHttp));
        Assert.Equal(("/run/flipagent", "/var/lib/flipagent"), (c.RuntimeDir, c.StateDir));
        Assert.Empty(c.Warnings);
    }

    [Fact]
    public void Every_key_of_a_complete_file_arrives()
    {
        var c = Sample.Valid(Sample.Complete);

        Assert.Equal(("blue", 1, 5000000001), (c.Cluster, c.Me, c.Nodes[0].DropletId));
        Assert.Equal(
            new ElectionConfig(
                6000, IPAddress.Parse("239.255.51.12"), TimeSpan.FromMilliseconds(250), true, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(2), "cluster.key")
            { TakebackDelay = TimeSpan.FromSeconds(20), Lease = c.Election.Lease },
            c.Election);
        Assert.Equal(
            new LeaseConfig(new([new Uri("https://10.0.0.5:2379"), new Uri("https://etcd.example.com")]), TimeSpan.FromSeconds(10), "/lb/flip")
            { CaFile = "etcd-ca.pem", CertFile = "etcd.pem", CertKeyFile = "etcd.key", Username = "flip", PasswordFile = "etcd-password" },
            c.Election.Lease);
        Assert.Equal(TimeSpan.FromSeconds(10), c.ToClusterSettings().Lease!.Ttl);
        Assert.Equal("https://203.0.113.10:8443/live?x=1", c.FloatingIp.Guard!.ToString());
        Assert.Equal(("http://127.0.0.1:9000/do", "http://127.0.0.1:9001/", true), (c.FloatingIp.ApiUrl.ToString(), c.FloatingIp.MetadataUrl.ToString(), c.FloatingIp.ReclaimForeign));
        var unit = Assert.IsType<CheckConfig.Unit>(c.Checks[0]);
        Assert.Equal(("haproxy.service", TimeSpan.FromSeconds(2), true), (unit.UnitName, unit.RestartGrace, unit.ColdStandby));
        var pid = Assert.IsType<CheckConfig.PidFile>(c.Checks[1]);
        Assert.Equal(("/run/haproxy.pid", TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(50), 3, 1, -20), (pid.File, pid.Interval, pid.Timeout, pid.Rise, pid.Fall, pid.Weight));
        Assert.Equal("haproxy", Assert.IsType<CheckConfig.ProcessName>(c.Checks[2]).Comm);
        var tcp = Assert.IsType<CheckConfig.Tcp>(c.Checks[3]);
        Assert.Equal((new DnsEndPoint("::1", 8001), TimeSpan.FromMilliseconds(50)), (tcp.Target, tcp.FastInterval));
        var http = Assert.IsType<CheckConfig.Http>(c.Checks[4]);
        Assert.Equal(("www.example.com", "tls.example.com", false, true), (http.Host, http.Sni, http.VerifyTls, http.ProxyV2));
        Assert.Equal([200, 401], http.Expect.ToArray());
        Assert.Equal("/run/haproxy/admin.sock", Assert.IsType<CheckConfig.HaProxy>(c.Checks[5]).Socket);
        Assert.Equal(["/usr/local/bin/check", "two words", "$HOME"], Assert.IsType<CheckConfig.Exec>(c.Checks[6]).Argv.ToArray());
        Assert.Equal(new SinkConfig.Slack("slack-webhook"), c.Alerts[0]);
        Assert.Equal(new SinkConfig.Webhook(new Uri("https://alerts.example.com/a"), null, "hook.key"), c.Alerts[1]);
        Assert.Equal(new SinkConfig.Webhook(null, "hook-url", null), c.Alerts[2]);
        Assert.Equal(TimeSpan.FromSeconds(3), Assert.IsType<SinkConfig.Exec>(c.Alerts[3]).Timeout);
        var mail = Assert.IsType<SinkConfig.Email>(c.Alerts[4]);
        Assert.Equal("ops@example.com root", string.Join(" ", mail.To));
        Assert.Equal(("flipagent@example.com", "/usr/bin/msmtp", 20, "https://wiki.example.com/flipagent#{event}"), (mail.From, mail.Mailer, mail.Timeout.TotalSeconds, mail.RunbookUrl));
        Assert.Equal(["lb1.example.com", "lb.example.org"], c.ControlHttpHosts.ToArray());
        Assert.Equal(("/tmp/flip.sock", "127.0.0.1:9166", "/tmp/run", "/tmp/state"), (c.ControlSocket, c.ControlHttp!.ToString(), c.RuntimeDir, c.StateDir));
    }

    [Theory]
    [InlineData("process: haproxy.service, standby: cold", typeof(CheckConfig.Unit))]
    [InlineData("process: /run/haproxy.pid", typeof(CheckConfig.PidFile))]
    [InlineData("process: haproxy", typeof(CheckConfig.ProcessName))]
    public void A_process_in_one_word_is_a_unit_a_pid_file_or_a_name(string check, Type expected) =>
        Assert.IsType(expected, Sample.Valid(Sample.Minimal.Replace("process: {unit: haproxy.service}", check)).Checks[0]);

    [Fact]
    public void The_kinds_of_the_checks_are_the_words_of_status_json() =>
        Assert.Equal(["process", "process", "process", "tcp", "http", "haproxy", "exec"], Sample.Valid(Sample.Complete).Checks.Select(c => c.Kind).ToArray());

    [Theory]
    [InlineData("haproxy-2", "10.110.0.2", "x", "haproxy-2")] // --node first
    [InlineData(null, "10.110.0.3", "haproxy-1", "haproxy-2")] // then the address
    [InlineData(null, "192.0.2.1", "HAPROXY-2", "haproxy-2")] // then the host name
    public void It_knows_which_node_it_is(string? option, string ownAddress, string hostName, string expected) =>
        Assert.Equal(expected, Sample.Valid(Sample.Minimal, option, Sample.Machine(ownAddress, hostName)).Self.Name);

    [Fact]
    public void The_node_key_goes_before_the_address_and_the_option_before_both()
    {
        var text = "node: haproxy-2\n" + Sample.Minimal;
        Assert.Equal("haproxy-2", Sample.Valid(text).Self.Name);
        Assert.Equal("haproxy-1", Sample.Valid(text, "haproxy-1").Self.Name);
    }

    [Fact]
    public void The_real_machine_is_found_by_its_loopback_address()
    {
        var text = Sample.Minimal.Replace("10.110.0.2", "127.3.2.1");
        var result = Assert.IsType<ConfigResult.Valid>(ConfigReader.ReadText(text, "f.yaml"));
        Assert.Equal("haproxy-1", result.Config.Self.Name);
    }

    [Fact]
    public void Systemds_directories_are_the_default_when_it_made_them()
    {
        var machine = Sample.Machine(variables: [("RUNTIME_DIRECTORY", "/run/flipagent-blue:/run/other"), ("STATE_DIRECTORY", "/var/lib/blue")]);
        var c = Sample.Valid(Sample.Minimal, null, machine);
        Assert.Equal(("/run/flipagent-blue", "/var/lib/blue", "/run/flipagent-blue/control.sock"), (c.RuntimeDir, c.StateDir, c.ControlSocket));
        Assert.Equal("/tmp/r/control.sock", Sample.Valid(Sample.Minimal + "\nruntime_dir: /tmp/r\n", null, machine).ControlSocket);
    }

    [Theory]
    [InlineData("""{name: a, tcp: "127.0.0.1:8443"}""", "", "tcp://203.0.113.10:8443/")]
    [InlineData("""{name: a, http: "https://lb.example.com/x?y=1"}""", "", "https://203.0.113.10/x?y=1")]
    [InlineData("""{name: a, haproxy: {socket: /s}}""", "", null)]
    [InlineData("""{name: a, tcp: "127.0.0.1:8443"}""", "guard: off", null)]
    [InlineData("""{name: a, tcp: "127.0.0.1:8443"}""", "guard: tcp://203.0.113.10:80", "tcp://203.0.113.10:80/")]
    public void The_guard_asks_the_first_http_or_tcp_check_through_the_floating_ip(string check, string guard, string? expected)
    {
        var text = Sample.Minimal.Replace("  address: 203", $"  {guard}\n  address: 203");
        text = text[..text.IndexOf("checks:", StringComparison.Ordinal)] + "checks:\n  - " + check + "\n";
        Assert.Equal(expected, Sample.Valid(text).FloatingIp.Guard?.ToString());
    }

    [Fact]
    public void The_guard_asks_with_the_host_and_codes_of_the_check_and_does_not_verify_certificates()
    {
        var guard = Assert.IsType<CheckConfig.Http>(Sample.Valid(Sample.Complete).FloatingIp.GuardCheck);
        Assert.Equal(("https://203.0.113.10:8443/live?x=1", "www.example.com", "tls.example.com"), (guard.Url.ToString(), guard.Host, guard.Sni));
        Assert.Equal((false, true, TimeSpan.FromMilliseconds(250)), (guard.VerifyTls, guard.ProxyV2, guard.Timeout));
        Assert.Equal([200, 401], guard.Expect.ToArray());
        var derived = Sample.Valid(Sample.Minimal.Replace("http://127.0.0.1:8001/haproxy_check", "https://www.example.com/x"));
        var named = Assert.IsType<CheckConfig.Http>(derived.FloatingIp.GuardCheck);
        Assert.Equal(("https://203.0.113.10/x", "www.example.com", "www.example.com"), (named.Url.ToString(), named.Host, named.Sni));
    }

    [Fact]
    public void Variables_fill_in_what_differs_between_a_laptop_and_a_droplet()
    {
        var text = Sample.Minimal
            .Replace("10.110.0.2", "\"${LB1:-10.110.0.2}\"").Replace("3164444", "${ID1}".Insert(0, "\"") + "\"")
            + "\nruntime_dir: ${RUN:-/run/x}\ncontrol: {http: \"${HTTP:-}\"}\n";
        var c = Sample.Valid(text, null, Sample.Machine("127.0.0.9", "haproxy-2", ("ID1", "77"), ("RUN", "/tmp/run")));
        Assert.Equal(("10.110.0.2", 77, "/tmp/run"), (c.Nodes[0].Address.ToString(), c.Nodes[0].DropletId, c.RuntimeDir));
        Assert.Null(c.ControlHttp);
    }

    [Fact]
    public void Everything_commented_out_below_a_key_is_as_good_as_no_key()
    {
        var c = Sample.Valid(Sample.Minimal + "\nalerts:\n  # - slack: {webhook_url_file: x}\ncontrol:\n  # http: 127.0.0.1:9166\n");
        Assert.Empty(c.Alerts);
        Assert.Null(c.ControlHttp);
    }

    [Fact]
    public void The_election_gets_its_part()
    {
        var config = Sample.Valid(Sample.Complete);
        var s = config.ToClusterSettings();
        Assert.Equal(("blue", 1, "lb.two", 2L, 1), (s.Cluster, s.Me, s.Self.Name, s.Self.DropletId, s.Self.Priority));
        Assert.Equal((config.Election.Interval, true, config.Election.PreemptDelay, config.Election.StartupDelay), (s.Interval, s.Preempt, s.PreemptDelay, s.StartupDelay));
        Assert.Equal((true, TimeSpan.FromMilliseconds(250), true, true), (s.Guard, s.GuardTimeout, s.ReclaimForeign, s.ColdStandby));
        Assert.Equal(config.Checks.Select(c => (c.Name, c.Weight)), s.Checks.Select(c => (c.Name, c.Weight)));
        Assert.Equal((config.Hash, new Version(1, 6, 3)), (s.ConfigHash, s.AgentVersion));
        Assert.False(Sample.Valid(Sample.Minimal.Replace("  provider", "  guard: off\n  provider")).ToClusterSettings().Guard);
    }

    /// <summary>A reload goes by it: what is equal is kept, with its connections and what is known of them.</summary>
    [Fact]
    public void What_two_readings_of_one_file_say_is_equal()
    {
        var (one, other) = (Sample.Valid(Sample.Complete), Sample.Valid(Sample.Complete));
        Assert.True(one.FloatingIp == other.FloatingIp, "the cloud");
        Assert.True(one.Election.Lease == other.Election.Lease, "the lease");
        Assert.All(one.Checks.Zip(other.Checks), pair => Assert.True(pair.First == pair.Second, pair.First.Name));
    }

    [Theory]
    [InlineData("8443/haproxy_check", "8443/other")]
    [InlineData("[200, 401]", "[200, 402]")]
    [InlineData("[200, 401]", "200")]
    [InlineData("    expect: [200, 401]\n", "")]
    [InlineData("host: www.example.com", "host: web.example.com")]
    [InlineData("sni: tls.example.com", "sni: web.example.com")]
    [InlineData("tls_verify: false", "tls_verify: true")]
    [InlineData("    proxy_protocol: v2\n", "")]
    [InlineData("\"two words\"", "\"three words\"")]
    public void What_a_check_asks_makes_it_another(string from, string to) =>
        Assert.Single(Sample.Valid(Sample.Complete).Checks.Zip(Sample.Valid(Sample.Complete.Replace(from, to)).Checks), pair => pair.First != pair.Second);

    [Theory]
    [InlineData("priority: 100", "priority: 101", true)]
    [InlineData("3164445", "3164446", true)]
    [InlineData("cluster: web-lb", "cluster: other", true)]
    [InlineData("  key_file", "  interval: 2s\n  key_file", true)]
    [InlineData("  provider", "  guard: off\n  provider", true)]
    [InlineData("haproxy.service}", "haproxy.service}, fall: 3", true)]
    [InlineData("haproxy_check\"", "haproxy_check\", fast_interval: 200ms", true)]
    [InlineData("haproxy_check\"", "haproxy_check\", fast_interval: 250ms", false)]
    [InlineData("/etc/flipagent/cluster.key", "/other/cluster.key", false)]
    [InlineData("/etc/flipagent/do-token", "/other/token", false)]
    [InlineData("http://127.0.0.1:8001/haproxy_check", "http://127.0.0.2:8001/haproxy_check", false)]
    [InlineData("checks:", "state_dir: /elsewhere\nchecks:", false)]
    public void The_hash_changes_with_what_must_agree_and_with_nothing_else(string from, string to, bool changes)
    {
        var before = Sample.Valid(Sample.Minimal);
        var after = Sample.Valid(Sample.Minimal.Replace(from, to));
        Assert.NotEqual(0UL, before.Hash);
        Assert.Equal(changes, before.Hash != after.Hash);
        Assert.Equal(changes, !ConfigKeys.Of(before).Order().SequenceEqual(ConfigKeys.Of(after).Order()));
        Assert.Equal(before.Hash, Sample.Valid(Sample.Minimal, "haproxy-2").Hash);
    }

    // The figure comes from sha256sum over the canonical text; a change of it shows as drift between two versions of the agent.
    [Fact]
    public void The_hash_is_the_same_on_every_machine_and_version() =>
        Assert.Equal(0xd479c9791966edaeUL, Sample.Valid(Sample.Minimal).Hash);

    [Theory]
    [InlineData("priority: 100", "priority: 150", "nodes: haproxy-1 and haproxy-2 have the same priority 150; the holder of the floating IP comes first, then the order in the file")]
    [InlineData("  provider", "  api_url: http://10.0.0.9:8080\n  provider", "floating_ip.api_url is http:// to 10.0.0.9: the API token can be read on the way")]
    [InlineData("  provider", "  metadata_url: http://meta.example.com\n  provider", "floating_ip.metadata_url is http:// to meta.example.com: who is on the way can say where the address is")]
    [InlineData("  provider", "  guard: off\n  provider", "floating_ip.guard is off: when adverts stop, the floating IP moves without asking whether the service still answers through it")]
    [InlineData("  provider", "  guard: http://192.0.2.1/x\n  provider", "floating_ip.guard asks 192.0.2.1 and not the floating IP 203.0.113.10: it does not show what clients see")]
    [InlineData("http: \"http://127.0.0.1:8001/haproxy_check\"", "tcp: \"127.0.0.1:8001\"", "checks: process and tcp checks do not see a HAProxy that hangs, since the kernel goes on taking connections for it; add an http or haproxy check")]
    [InlineData("  key_file", "  preempt_delay: 1s\n  key_file", "election.preempt_delay has no effect without preempt: true")]
    [InlineData("checks:", "control: {http: \"0.0.0.0:9166\"}\nchecks:", "control.http listens on 0.0.0.0:9166: whoever reaches that address can read the state of the cluster")]
    [InlineData("  key_file", "  multicast: 239.1.1.1\n  key_file", "election.multicast: DigitalOcean networks carry no multicast; leave it out to send to the nodes' addresses")]
    [InlineData("process: {unit: haproxy.service}", "exec: [/usr/bin/taskset, \"1\", /bin/true]", "check haproxy: taskset has no effect under the package's unit (before systemd 248 it fails, and its program does not run); leave it out, or permit it (docs/checks.md, exec)")]
    [InlineData("process: {unit: haproxy.service}", "exec: [/bin/sh, -c, \" ionice -c3 /bin/true\"]", "check haproxy: ionice has no effect under the package's unit (before systemd 248 it fails, and its program does not run); leave it out, or permit it (docs/checks.md, exec)")]
    [InlineData("checks:", "alerts: [{exec: [/usr/bin/chrt, -i, \"0\", /bin/true]}]\nchecks:", "alerts: exec: chrt has no effect under the package's unit (before systemd 248 it fails, and its program does not run); leave it out, or permit it (docs/checks.md, exec)")]
    [InlineData("haproxy.service}", "haproxy.service}, interval: 1s, timeout: 2s", "checks: the timeout of haproxy (2s) is longer than its interval (1s): something that hangs is asked only once in each timeout")]
    [InlineData("http://127.0.0.1:8001/", "http://10.110.0.2:8001/", "checks: site asks 10.110.0.2, which is haproxy-1; with this file on every node all of them ask haproxy-1, and none is fit when it is dead; " + Instead)]
    [InlineData("http://127.0.0.1:8001/", "http://haproxy-2:8001/", "checks: site asks haproxy-2; with this file on every node all of them ask haproxy-2, and none is fit when it is dead; " + Instead)]
    [InlineData("{unit: haproxy.service}}", "{unit: haproxy.service}}\n  - {name: port, tcp: \"10.110.0.3:80\"}", "checks: port asks 10.110.0.3, which is haproxy-2; with this file on every node all of them ask haproxy-2, and none is fit when it is dead; " + Instead)]
    [InlineData("http://127.0.0.1:8001/", "http://203.0.113.10:8001/", "checks: site asks 203.0.113.10, the floating IP, so the master's service answers for every node, and none is fit when the master is dead; " + Instead)]
    public void F29_what_is_allowed_but_seldom_meant_is_a_warning(string from, string to, string warning) =>
        Assert.Equal([warning], Sample.Valid(Sample.Minimal.Replace(from, to)).Warnings.ToArray());

    private const string Instead = "expected 127.0.0.1, or a variable that has this node's own address on each node";

    [Theory]
    [InlineData("10.110.0.2", "haproxy-1", null)]
    [InlineData("10.110.0.2", "haproxy-2", "checks: site asks 10.110.0.2, which is haproxy-1 and not haproxy-2: it says nothing about the service here; " + Instead)]
    public void F29_a_variable_may_name_the_node_itself(string value, string node, string? warning)
    {
        var text = Sample.Minimal.Replace("http://127.0.0.1:8001/", "http://${SITE}:8001/");
        Assert.Equal(warning is null ? [] : [warning], Sample.Valid(text, node, Sample.Machine(variables: ("SITE", value))).Warnings.ToArray());
    }

    [Theory]
    [InlineData("http://10.110.0.2:${PORT:-8001}/", "checks: site asks 10.110.0.2, which is haproxy-1; with this file on every node all of them ask haproxy-1, and none is fit when it is dead; " + Instead)]
    [InlineData("http://10.110.0.2:8001/x\", weight: \"-20", "checks: site asks 10.110.0.2, which is haproxy-1; with this file on every node all of them ask haproxy-1; " + Instead)]
    public void F29_words_that_fit_the_check(string url, string warning)
    {
        var text = Sample.Minimal.Replace("http://127.0.0.1:8001/haproxy_check", url);
        Assert.Equal([warning], Sample.Valid(text, "haproxy-1").Warnings.ToArray());
    }

    [Fact]
    public void A_node_that_is_alone_may_ask_itself_by_its_address()
    {
        var text = string.Join('\n', Sample.Minimal.Split('\n').Where(l => !l.Contains("haproxy-2"))).Replace("127.0.0.1", "10.110.0.2");
        Assert.Equal(["nodes: haproxy-1 is the only node, so there is nowhere to fail over to"], Sample.Valid(text).Warnings.ToArray());
    }

    [Fact]
    public void A_cluster_on_one_machine_asks_its_loopback_addresses_without_a_word()
    {
        var text = Sample.Minimal.Replace("10.110.0.2", "127.0.0.1").Replace("10.110.0.3", "127.0.0.2");
        Assert.Empty(Sample.Valid(text, "haproxy-1").Warnings);
    }

    [Fact]
    public void The_reference_configuration_is_valid_with_its_own_values_and_without_a_warning()
    {
        var here = Path.GetDirectoryName(Here())!;
        var result = ConfigReader.Read(Path.Combine(here, "../../../deploy/reference/flipagent.yaml"), "haproxy-2");
        var config = Assert.IsType<ConfigResult.Valid>(result).Config;
        Assert.Equal(("web-lb", "haproxy-2", 3164445L, "10.110.0.3"), (config.Cluster, config.Self.Name, config.Self.DropletId, $"{config.Self.Address}"));
        Assert.Equal("haproxy.service", Assert.IsType<CheckConfig.Unit>(config.Checks[0]).UnitName);
        Assert.Equal("http://203.0.113.10:8001/haproxy_check", $"{config.FloatingIp.Guard}");
        Assert.Empty(config.Warnings);

        static string Here([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
    }

    [Fact]
    public void F66_a_single_node_works_and_is_told_that_it_is_alone()
    {
        var text = string.Join('\n', Sample.Minimal.Split('\n').Where(l => !l.Contains("haproxy-2")));
        Assert.Equal(["nodes: haproxy-1 is the only node, so there is nowhere to fail over to"], Sample.Valid(text).Warnings.ToArray());
    }

    [Fact]
    public void A_file_that_others_can_change_is_a_warning()
    {
        var path = Path.Combine(Path.GetTempPath(), $"flip-{Guid.NewGuid():N}.yaml");
        try
        {
            File.WriteAllText(path, "\uFEFF" + Sample.Minimal);
            File.SetUnixFileMode(path, (UnixFileMode)0x1B6 /* 0666 */);
            var result = Assert.IsType<ConfigResult.Valid>(ConfigReader.Read(path, "haproxy-1"));
            var warned = Assert.Single(result.Config.Warnings);
            Assert.StartsWith($"{path} can be changed by others than its owner (mode 0666)", warned);
            File.SetUnixFileMode(path, (UnixFileMode)0x1A4 /* 0644 */);
            Assert.Empty(Assert.IsType<ConfigResult.Valid>(ConfigReader.Read(path, "haproxy-1")).Config.Warnings);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
