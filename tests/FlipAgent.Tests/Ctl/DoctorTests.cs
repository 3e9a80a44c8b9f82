using System.Net;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Ctl;
using FlipAgent.Kernel;
using FlipAgent.Reporting;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

public class DoctorTests
{
    [Fact]
    public void A_healthy_cluster_has_only_good_findings() =>
        Assert.All(AgentExam.Look(Reports.Healthy), finding => Assert.Equal((Health.Ok, null), (finding.Health, finding.ToDo)));

    [Fact]
    public void F26_A_peer_that_was_never_heard_is_told_apart_from_one_with_another_key_and_one_that_is_deaf()
    {
        Assert.Contains("never heard, nothing arrives from 10.110.0.3", Peer(node => node with { HeardS = null, HearsMe = null }).Text);
        Assert.Contains("Cloud Firewall", Peer(node => node with { HeardS = null, HearsMe = null }).ToDo);
        Assert.Contains("hearing it, but its key is different", Peer(node => node with { Rejected = "its key is different" }).Text);
        Assert.Contains("key file", Peer(node => node with { Rejected = "its key is different" }).ToDo);
        Assert.Contains("address translation", Peer(node => node with { Rejected = "datagrams from its address come from another port (port 40000)" }).ToDo);
        Assert.Contains("one direction only", Peer(node => node with { HearsMe = false }).Text);
        Assert.Contains("silent for 42.0 s", Peer(node => node with { HeardS = 42, Up = false }).Text);
    }

    [Theory]
    [InlineData("unauthorized", "401", "token_file")]
    [InlineData("forbidden", "403", "reserved_ip:update")]
    [InlineData("not-found", "404", "floating_ip.address")]
    [InlineData("failing", "does not answer", "DNS")]
    public void Each_trouble_with_the_API_has_its_cause_and_its_cure(string api, string text, string toDo)
    {
        var finding = Assert.Single(Ills(Reports.Healthy with { FloatingIp = Reports.Healthy.FloatingIp with { Api = api } }));
        Assert.Equal((Health.Fail, "cloud API"), (finding.Health, finding.Subject));
        Assert.Contains(text, finding.Text);
        Assert.Contains(toDo, finding.ToDo);
    }

    [Fact]
    public void Guard_foreign_holder_checks_and_redundancy_are_looked_at()
    {
        var ip = Reports.Healthy.FloatingIp;
        Assert.Contains(Ills(Reports.Healthy with { FloatingIp = ip with { Guard = "failing" } }), finding => finding.ToDo!.Contains("anchor address"));
        var blind = Assert.Single(Ills(Reports.Healthy with { FloatingIp = ip with { Guard = "off" }, Warnings = ["the guard counts as off: it asks 203.0.113.10"] }));
        Assert.Equal(("guard", "counts as off: it asks 203.0.113.10; silence alone decides a takeover"), (blind.Subject, blind.Text));
        Assert.Contains(Ills(Reports.Healthy with { FloatingIp = ip with { Holder = "other", HolderId = 99 } }), finding => finding.Text.Contains("droplet 99"));
        var degraded = Ills(Reports.Degraded).ToList();
        Assert.Contains(degraded, finding => finding is { Subject: "check haproxy", Health: Health.Fail });
        Assert.Contains(degraded, finding => finding.Subject == "redundancy");
    }

    [Theory]
    [InlineData("0.0.0.0", "Ok")]
    [InlineData("::", "Ok")]
    [InlineData("10.17.0.47", "Ok", "10.17.0.47")]
    [InlineData("::ffff:10.17.0.47", "Ok", "10.17.0.47")]
    [InlineData("10.110.0.2", "Fail", "10.17.0.47")]
    [InlineData("10.17.0.47", "Warn")]
    [InlineData("127.0.0.1", "Fail")]
    [InlineData("::1", "Fail")]
    [InlineData("192.0.2.7", "Warn")]
    [InlineData(null, "Fail")]
    public void HAProxy_must_listen_where_traffic_of_the_address_arrives(string? bind, string health, string? anchor = null)
    {
        var config = ((ConfigResult.Valid)ConfigReader.ReadText(ConfigTemplate.Text(), "flipagent.yaml", "haproxy-1")).Config;
        IPEndPoint[] listening = bind is null ? [] : [new(IPAddress.Parse(bind), 8001), new(IPAddress.Any, 22)];
        Assert.Equal(health, $"{MachineExam.ServicePort(8001, config, new(listening), anchor is null ? null : IPAddress.Parse(anchor)).Health}");
    }

    [Theory]
    [InlineData(true, true, "Ok")]
    [InlineData(false, false, "Ok")]
    [InlineData(true, false, "Fail")]
    [InlineData(false, true, "Fail")]
    public void The_port_of_the_adverts_must_fit_the_agent(bool bound, bool agentRuns, string health) =>
        Assert.Equal(health, $"{MachineExam.AdvertPort(5112, agentRuns, new(bound ? [new IPEndPoint(IPAddress.Any, 5112)] : [])).Health}");

    [Fact]
    public void Keepalived_beside_us_is_a_warning()
    {
        Assert.Equal(Health.Warn, MachineExam.Keepalived(["systemd", "keepalived"]).Health);
        Assert.Equal(Health.Ok, MachineExam.Keepalived(["systemd"]).Health);
        var later = MachineExam.Keepalived(["systemd"], startsAtBoot: true);
        Assert.Equal(Health.Warn, later.Health);
        Assert.Contains("is enabled and would start at the next boot", later.Text);
    }

    [Fact]
    public void Who_may_not_ask_the_agent_gets_no_advice_about_its_port()
    {
        var finding = MachineExam.AdvertPort(5112, agentRuns: null, new([new IPEndPoint(IPAddress.Any, 5112)]));
        Assert.Equal((Health.Warn, "run this as root"), (finding.Health, finding.ToDo));
    }

    [Fact]
    public void F26_address_translation_and_a_way_that_was_never_open_have_cures_of_their_own()
    {
        var translated = Peer(node => node with { Rejected = "its adverts arrive from another address (10.9.9.9 instead of 10.110.0.3)" });
        Assert.Contains("10.9.9.9 instead of 10.110.0.3", translated.Text);
        Assert.Contains("without address translation", translated.ToDo);
        var oneWay = Peer(node => node with { Rejected = $"{FlipAgent.Events.Words.Of(FlipAgent.Core.Rejection.Uncounted)} (session 5, sequence 7)" });
        Assert.Contains("one direction only", oneWay.Text);
        Assert.Contains("10.110.0.3 (Cloud Firewall", oneWay.ToDo);
    }

    [Fact]
    public void What_the_client_of_the_API_knows_is_repeated_and_cured()
    {
        var ip = Reports.Healthy.FloatingIp with { Api = "failing", ApiDetail = "1.2.3.4: TLS: the certificate of CN=x is not valid before 2030-01-01" };
        var finding = Assert.Single(Ills(Reports.Healthy with { FloatingIp = ip }));
        Assert.Equal($"fails: {ip.ApiDetail}", finding.Text);
        Assert.Contains("timedatectl", finding.ToDo);
    }

    [Fact]
    public void A_degraded_check_is_a_warning()
    {
        var check = Reports.Healthy.Checks[0] with { Degraded = true, Detail = "its main process is docker" };
        var finding = Assert.Single(Ills(Reports.Healthy with { Checks = [check] }));
        Assert.Equal((Health.Warn, "its main process is docker"), (finding.Health, finding.Text));
        // The warning of the status says the same.
        Assert.Single(Ills(Reports.Healthy with { Checks = [check], Warnings = [StatusWarnings.Degraded(check)] }));
    }

    [Theory]
    [InlineData("process", "systemctl status haproxy")]
    [InlineData("network", "ip address show")]
    [InlineData("secret", "mend the file")]
    public void The_cure_of_a_check_that_is_down_is_that_of_its_kind(string kind, string cure)
    {
        var check = Reports.Healthy.Checks[0] with { Kind = kind, Up = false, Detail = "it is down" };
        var finding = Assert.Single(Ills(Reports.Healthy with { Checks = [check] }));
        Assert.StartsWith($"this node is not fit while it is down: {cure}", finding.ToDo);
    }

    [Fact]
    public void Why_nobody_is_bound_to_the_port_is_what_the_agent_says_of_its_adverts()
    {
        var mute = new CheckReport("adverts", "network", false, Reports.Noon, "10.66.0.11 is not on this machine");
        var finding = MachineExam.AdvertPort(5112, agentRuns: true, new([]), mute);
        Assert.Equal((Health.Fail, "nobody is bound to UDP port 5112: 10.66.0.11 is not on this machine"), (finding.Health, finding.Text));
        Assert.StartsWith("ip address show", finding.ToDo);
    }

    [Fact]
    public void Own_sockets_are_found_in_proc()
    {
        using var tcp4 = Listening(IPAddress.Loopback);
        using var tcp6 = Listening(IPAddress.IPv6Any);
        using var udp = new System.Net.Sockets.UdpClient(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0));

        Assert.Contains((IPEndPoint)tcp4.LocalEndPoint!, Sockets.ListeningTcp().Found);
        Assert.Contains((IPEndPoint)tcp6.LocalEndPoint!, Sockets.ListeningTcp().Found);
        Assert.Contains((IPEndPoint)udp.Client.LocalEndPoint!, Sockets.BoundUdp().Found);
        Assert.DoesNotContain((IPEndPoint)udp.Client.LocalEndPoint!, Sockets.ListeningTcp().Found);
        Assert.Null(Sockets.BoundUdp().Problem ?? Sockets.ListeningTcp().Problem);
    }

    /// <summary>As where a security module closes /proc/net.</summary>
    [Fact]
    public void Sockets_that_may_not_be_looked_at_are_said_and_those_that_may_count()
    {
        var folder = Directory.CreateTempSubdirectory("flipagent-");
        try
        {
            var closed = folder.CreateSubdirectory("udp").FullName;
            folder.CreateSubdirectory("tcp6");
            File.WriteAllText(Path.Combine(folder.FullName, "udp6"), "  sl\n 0: 00000000000000000000000000000000:13F8 0:0 07\n");
            var bound = Sockets.BoundUdp(folder.FullName);
            Assert.Equal([new IPEndPoint(IPAddress.IPv6Any, 5112)], bound.Found);
            Assert.StartsWith($"{closed} cannot be read: ", bound.Problem);
            Assert.Equal(Health.Ok, MachineExam.AdvertPort(5112, agentRuns: true, bound).Health);
            var other = MachineExam.AdvertPort(5113, agentRuns: false, bound);
            Assert.Equal((Health.Warn, $"could not look whether UDP port 5113 is bound: {bound.Problem}"), (other.Health, other.Text));
            var config = ((ConfigResult.Valid)ConfigReader.ReadText(ConfigTemplate.Text(), "flipagent.yaml", "haproxy-1")).Config;
            var service = MachineExam.ServicePort(8001, config, Sockets.ListeningTcp(folder.FullName));
            Assert.Equal(Health.Warn, service.Health);
            Assert.StartsWith($"could not look at all addresses that TCP port 8001 is bound to: {folder.FullName}/tcp6 cannot be read: ", service.Text);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Without_a_file_and_an_agent_it_says_both_and_ends_with_1()
    {
        var run = await CtlRun.Of("--socket", "/nonexistent/control.sock", "doctor", "/nonexistent/flipagent.yaml");
        Assert.Equal(1, run.Exit);
        Assert.Contains("FAIL  configuration: /nonexistent/flipagent.yaml: there is no such file", run.Out);
        Assert.Contains("FAIL  agent: the agent is not running here", run.Out);
        Assert.Contains("      -> systemctl enable --now flipagent", run.Out);
        Assert.Matches("(?m)^(OK  |WARN)  clock: ", run.Out);
        Assert.All(run.Out.TrimEnd('\n').Split('\n'), line => Assert.Matches("^(OK  |WARN|FAIL|    ) ", line));
    }

    [Fact]
    public async Task The_name_of_a_node_in_the_place_of_a_file_is_answered_with_the_options_for_it()
    {
        var run = await CtlRun.Of("doctor", "haproxy-2");
        Assert.Equal(1, run.Exit);
        Assert.Contains("-> the word is taken for the file of the configuration: --node haproxy-2 looks as that node, --cluster at all nodes", run.Out);
    }

    [Fact]
    public async Task What_the_agent_sees_is_in_the_report()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = Reports.Healthy with { Nodes = [Reports.Healthy.Nodes[0], Reports.Healthy.Nodes[1] with { Rejected = "its key is different" }] };
        var run = await CtlRun.Of(agent, "doctor", "/nonexistent/flipagent.yaml");
        Assert.Contains("OK    agent: haproxy-1 is master and holds", run.Out);
        Assert.Contains("FAIL  peer haproxy-2: hearing it, but its key is different", run.Out);
    }

    [Theory]
    [InlineData("swapped", "this machine is droplet 777, which the file has for another node; for haproxy-1 it says 3164444")]
    [InlineData("unknown", "this machine is droplet 777, which the file has for no node; for haproxy-1 it says 3164444")]
    [InlineData("shared", "this node and another one both say that they are droplet 777")]
    public void What_the_agent_has_proven_to_be_is_a_failure_where_the_file_says_otherwise(string state, string text)
    {
        var finding = Assert.Single(Ills(Reports.Healthy with { Identity = new IdentityReport(state, 3164444, 777) }));
        Assert.Equal((Health.Fail, "droplet_id", text), (finding.Health, finding.Subject, finding.Text));
    }

    [Fact]
    public void It_is_named_by_the_key_that_the_file_has_for_it()
    {
        var hetzner = Reports.Healthy with { FloatingIp = Reports.Healthy.FloatingIp with { Provider = "hetzner" }, Identity = new IdentityReport("swapped", 3164444, 777) };
        var finding = Assert.Single(Ills(hetzner), one => one.Text.StartsWith("this machine is ", StringComparison.Ordinal));
        Assert.Equal(("server_id", "this machine is server 777, which the file has for another node; for haproxy-1 it says 3164444"), (finding.Subject, finding.Text));
        Assert.StartsWith("set server_id of haproxy-1 to 777", finding.ToDo);
    }

    [Theory]
    [InlineData("proven", "Ok", "proven")]
    [InlineData("unproven", "Warn", "not proven (reserved_ip:update); a drill proves it")]
    [InlineData("refused", "Fail", "the token is not allowed to move the address (403)")]
    public void Write_access_is_not_proven_until_a_write_has_worked(string write, string health, string text)
    {
        var finding = AgentExam.Look(Reports.Healthy with { FloatingIp = Reports.Healthy.FloatingIp with { Write = write } }).Single(f => f.Subject == "write access");
        Assert.Equal(health, $"{finding.Health}");
        Assert.StartsWith(text, finding.Text);
    }

    [Theory]
    [InlineData("write-proven", "OK    write access: the token is allowed to move the floating IP")]
    [InlineData("write-refused", "FAIL  write access: the token is allowed to move the floating IP")]
    [InlineData("write-unproven", "WARN  write access: the token is allowed to move the floating IP")]
    public async Task Write_access_is_proven_on_request_by_the_agent(string kind, string expected)
    {
        await using var agent = await AgentInMemory.Start();
        agent.Happened(Reports.Event(1, 7, "write-refused", "of an hour ago"));
        agent.Report = Reports.Healthy with { FloatingIp = Reports.Healthy.FloatingIp with { Write = "unproven" } };
        agent.Run = command =>
        {
            agent.Happened(Reports.Event(2, 7, kind, "the token is allowed to move the floating IP"));
            return new FlipAgent.Events.CommandAnswer(null, "asked");
        };
        var run = await CtlRun.Of(agent, "doctor", "/nonexistent/flipagent.yaml", "--prove-write");
        Assert.Equal(new FlipAgent.Core.Command.ProveWrite(), Assert.Single(agent.Commands));
        Assert.Contains(expected, run.Out);
        Assert.DoesNotContain("a drill proves it\n", run.Out);
    }

    [Fact]
    public async Task A_proof_that_the_agent_refuses_is_a_failure_with_its_reason()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Run = _ => new FlipAgent.Events.CommandAnswer("haproxy-1 is not the master that holds the floating IP", "");
        var run = await CtlRun.Of(agent, "doctor", "/nonexistent/flipagent.yaml", "--prove-write");
        Assert.Contains("FAIL  write access: not proven now: haproxy-1 is not the master that holds the floating IP", run.Out);
    }

    private static IEnumerable<Finding> Ills(StatusReport status) => AgentExam.Look(status).Where(finding => finding.Health != Health.Ok);

    private static Finding Peer(Func<NodeReport, NodeReport> change) =>
        AgentExam.Look(Reports.Healthy with { Nodes = [Reports.Healthy.Nodes[0], change(Reports.Healthy.Nodes[1])] }).Single(finding => finding.Subject == "peer haproxy-2");

    private static System.Net.Sockets.Socket Listening(IPAddress address)
    {
        var socket = new System.Net.Sockets.Socket(address.AddressFamily, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        return socket;
    }

    [Theory]
    [InlineData("pkcheck version 0.105\n", false)]
    [InlineData("pkcheck version 0.106", true)]
    [InlineData("pkcheck version 0.120", true)]
    [InlineData("pkcheck version 122", true)]
    public void Rules_for_one_unit_came_with_polkit_0106(string version, bool hasThem) => Assert.Equal(hasThem, StandbyRight.HasRules(version));
}
