using System.Text.Json;
using FlipAgent.Ctl;
using FlipAgent.Reporting;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary><c>doctor --cluster</c>: would a failover work now, asked on one node about all.</summary>
public sealed class ClusterDoctorTests
{
    private static readonly StatusReport s_well = Reports.Healthy with { Nodes = [.. Reports.Healthy.Nodes.Select((node, i) => node with { ProvenId = 3164444 + i })] };

    [Fact]
    public async Task A_cluster_that_is_well_ends_with_0_and_names_who_could_take_over()
    {
        var run = await Run(s_well);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Contains("cluster:\n", run.Out);
        Assert.Contains("  OK    failover: haproxy-2 could take over\n", run.Out);
        Assert.Contains("haproxy-1:\n  OK    heard: it answers here\n", run.Out);
        Assert.Contains("haproxy-2:\n  OK    heard: it is heard, and hears this node\n", run.Out);
        Assert.DoesNotContain("->", run.Out);
    }

    [Fact]
    public async Task A_warning_ends_with_7_and_a_failure_with_1()
    {
        Assert.Equal(7, (await Run(Peer(node => node with { ConfigDiffers = true }))).Exit);
        Assert.Equal(7, (await Run(Peer(node => node with { ProvenId = null }))).Exit);
        Assert.Equal(1, (await Run(Peer(node => node with { Fit = false }))).Exit);
        Assert.Equal(3, (await CtlRun.Of("--socket", "/there/is/none", "doctor", "--cluster")).Exit);
    }

    [Fact]
    public void Each_thing_that_would_stop_a_failover_is_found_at_its_node()
    {
        Assert.Contains((null, "failover"), Failures(Peer(node => node with { Api = "failing" })));
        Assert.Contains(("haproxy-2", "cloud API"), Failures(Peer(node => node with { Api = "failing" })));
        Assert.Contains(("haproxy-2", "fit"), Failures(Peer(node => node with { Fit = false })));
        Assert.Contains(("haproxy-2", "heard"), Failures(Peer(node => node with { HearsMe = false })));
        Assert.Contains(("haproxy-1", "write access"), Failures(s_well with { FloatingIp = s_well.FloatingIp with { Write = "refused" } }));
        Assert.Contains((null, "clients"), Failures(s_well with { FloatingIp = s_well.FloatingIp with { Served = "dead" } }));
        Assert.Contains((null, "moves"), Failures(s_well with { FlapHold = true }));
        Assert.Contains((null, "rate limit"), Failures(s_well with { FloatingIp = s_well.FloatingIp with { RateLimited = true } }));
    }

    [Fact]
    public void A_degraded_check_of_this_node_is_a_warning()
    {
        var check = Reports.Healthy.Checks[0] with { Degraded = true, Detail = "no server up in 1 of 1 backends: app" };
        var finding = ClusterExam.Look(s_well with { Checks = [check] }).Single(one => one.Finding.Health != Health.Ok);
        Assert.Equal(("haproxy-1", Health.Warn, "check haproxy", check.Detail), (finding.Node, finding.Finding.Health, finding.Finding.Subject, finding.Finding.Text));
    }

    [Fact]
    public void Who_hears_nobody_says_that_only_its_own_eyes_tell()
    {
        string Clients(StatusReport status) => ClusterExam.Look(status).Single(one => one.Finding.Subject == "clients").Finding.Text;
        var dead = s_well with { FloatingIp = s_well.FloatingIp with { Served = "dead" } };
        Assert.Equal("are not served through 203.0.113.10 (dead)", Clients(dead));
        Assert.Equal("are not served through 203.0.113.10 (dead), as seen from here; this node reaches nobody", Clients(dead with { Nodes = [dead.Nodes[0], dead.Nodes[1] with { Up = false }] }));
    }

    [Fact]
    public void A_node_whose_token_was_refused_could_not_take_over_and_an_API_that_refuses_was_reached()
    {
        var refused = Peer(node => node with { Write = "refused" });
        Assert.Contains((null, "failover"), Failures(refused));
        Assert.Contains(("haproxy-2", "write access"), Failures(refused));
        Assert.Equal("the token lacks a permission (403)", Said(Peer(node => node with { Api = "failing", Write = "refused" }), "cloud API").Text);
        Assert.Equal("refuses the token (401)", Said(Peer(node => node with { Api = "unauthorized" }), "cloud API").Text);
        Assert.Equal("does not know the floating IP, or this droplet (404)", Said(Peer(node => node with { Api = "not-found" }), "cloud API").Text);
    }

    [Fact]
    public void Of_this_nodes_maintenance_it_says_until_when_and_why()
    {
        var report = s_well with { Maintenance = true, MaintenanceReason = "a new disk", Nodes = [.. s_well.Nodes.Select(node => node.Name == s_well.Node ? node with { Maintenance = true, Fit = false } : node)] };
        string Text(StatusReport status) => ClusterExam.Look(status).Single(one => one.Node == s_well.Node && one.Finding.Subject == "fit").Finding.Text;
        Assert.Equal("in maintenance until somebody ends it: a new disk", Text(report));
        Assert.Equal("in maintenance until 2026-01-01 14:05 UTC: a new disk", Text(report with { MaintenanceUntil = new DateTimeOffset(2026, 1, 1, 14, 5, 30, TimeSpan.Zero) }));
    }

    [Fact]
    public void Of_a_peers_maintenance_it_says_until_when_and_who_began_it_as_far_as_the_peer_does()
    {
        string Text(Func<NodeReport, NodeReport> change) => Said(Peer(node => change(node with { Maintenance = true, Fit = false })), "fit").Text;
        Assert.Equal("in maintenance", Text(node => node));
        Assert.Equal("in maintenance until somebody ends it, by alice as root", Text(node => node with { MaintenanceEndKnown = true, MaintenanceBy = "alice as root" }));
        Assert.Equal("in maintenance until 2026-01-01 14:05 UTC, by uid 7",
            Text(node => node with { MaintenanceEndKnown = true, MaintenanceBy = "uid 7", MaintenanceUntil = new DateTimeOffset(2026, 1, 1, 14, 5, 30, TimeSpan.Zero) }));
        var own = s_well with { Maintenance = true, MaintenanceBy = "bob", MaintenanceReason = "a disk", Nodes = [s_well.Nodes[0] with { Maintenance = true, Fit = false }, s_well.Nodes[1]] };
        Assert.Equal("in maintenance until somebody ends it, by bob: a disk", ClusterExam.Look(own).Single(one => one.Node == "haproxy-1" && one.Finding.Subject == "fit").Finding.Text);
    }

    [Fact]
    public void Of_a_configuration_that_differs_it_names_the_keys()
    {
        string Text(int? onlyThere, params string[]? keys) => Said(Peer(node => node with { ConfigDiffers = true, ConfigKeys = keys, ConfigKeysOnlyThere = onlyThere }), "configuration").Text;
        Assert.Equal("differs from that of haproxy-1", Text(null, null));
        Assert.Equal("differs from that of haproxy-1", Text(0, []));
        Assert.Equal("differs from that of haproxy-1: election.interval, checks.site.fall", Text(0, "election.interval", "checks.site.fall"));
        Assert.Equal("differs from that of haproxy-1: checks, 7 that only haproxy-2 has", Text(7, "checks"));
        Assert.Equal("differs from that of haproxy-1: k0, k1, k2, k3, k4, k5, k6, k7, 2 more", Text(0, [.. Enumerable.Range(0, 10).Select(i => $"k{i}")]));
    }

    [Theory]
    [InlineData("arrival", false, "Ok", 0)]
    [InlineData("nowhere", false, "Fail", 1)]
    [InlineData("elsewhere", false, "Fail", 1)]
    [InlineData("elsewhere", true, "Warn", 7)]
    [InlineData("unknown", false, null, 0)]
    [InlineData(null, false, null, 0)]
    public async Task Whether_a_peer_listens_where_traffic_arrives_is_said(string? listens, bool maintenance, string? health, int exit)
    {
        var report = Peer(node => node with { Listens = listens });
        if (maintenance)
            report = report with { Nodes = [report.Nodes[0], report.Nodes[1] with { Maintenance = true }] };
        Assert.Equal(health, ClusterExam.Look(report).SingleOrDefault(one => one is { Node: "haproxy-2", Finding.Subject: "service port" })?.Finding.Health.ToString());
        Assert.Equal(exit, (await Run(report)).Exit);
    }

    [Fact]
    public void What_clients_see_counts_more_than_sockets_of_another_namespace()
    {
        var report = Peer(node => node with { Listens = "nowhere", Holds = true });
        Assert.Equal(Health.Ok, Said(report with { FloatingIp = report.FloatingIp with { Served = "answers" } }, "service port").Health);
        Assert.Equal(Health.Fail, Said(report with { FloatingIp = report.FloatingIp with { Served = "unknown" } }, "service port").Health);
    }

    [Theory]
    [InlineData("proven", "Ok", 0)]
    [InlineData("unproven", "Ok", 0)]
    [InlineData("refused", "Fail", 1)]
    [InlineData(null, null, 0)]
    public async Task Whether_the_token_of_a_peer_may_write_is_said(string? write, string? health, int exit)
    {
        var report = Peer(node => node with { Write = write });
        var found = ClusterExam.Look(report).SingleOrDefault(one => one is { Node: "haproxy-2", Finding.Subject: "write access" })?.Finding;
        Assert.Equal(health, found?.Health.ToString());
        Assert.Equal(write == "refused" ? "on haproxy-2: make a token with the scopes reserved_ip:read, reserved_ip:update and droplet:read" : null, found?.ToDo);
        Assert.Equal(exit, (await Run(report)).Exit);
    }

    [Fact]
    public void Of_a_node_that_is_silent_only_that_is_said()
    {
        var silent = Peer(node => node with { Up = false, HeardS = 42, HearsMe = null, Role = "unknown", Fit = false, Api = "unknown" });
        var finding = Assert.Single(ClusterExam.Look(silent), one => one.Node == "haproxy-2");
        Assert.Contains("silent for 42.0 s", finding.Finding.Text);
    }

    [Theory]
    [InlineData("digitalocean", "droplet", "on haproxy-2: curl -s http://169.254.169.254/metadata/v1/id", "reserved_ip:update")]
    [InlineData("hetzner", "server", "on haproxy-2: curl -s http://169.254.169.254/hetzner/v1/metadata/instance-id", "permission to read and write")]
    [InlineData("exec", null, null, "as the program needs it")]
    public void It_speaks_of_the_cloud_that_is_configured(string provider, string? subject, string? toDo, string token)
    {
        var unproven = Peer(node => node with { ProvenId = null });
        var findings = ClusterExam.Look(unproven with { FloatingIp = unproven.FloatingIp with { Provider = provider, Write = "refused" } });

        var proof = findings.Where(one => one.Node == "haproxy-2").Select(one => one.Finding).SingleOrDefault(finding => finding.Subject is "droplet" or "server");
        Assert.Equal((subject, toDo), (proof?.Subject, proof?.ToDo));
        Assert.Contains(token, Assert.Single(findings, one => one.Finding.Subject == "write access").Finding.ToDo);
        if (provider != "digitalocean")
            Assert.DoesNotContain(findings, one => $"{one.Finding}".Contains("droplet", StringComparison.Ordinal) || $"{one.Finding}".Contains("reserved", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_is_one_object_with_every_finding()
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = Peer(node => node with { Maintenance = true, Fit = false });
        var run = await CtlRun.Of(agent, "doctor", "--cluster", "--json");

        var root = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal((1, "web-lb", "haproxy-1", "failure"), (root.GetProperty("schema").GetInt32(), root.GetProperty("cluster").GetString(), root.GetProperty("asked").GetString(), root.GetProperty("health").GetString()));
        var findings = root.GetProperty("findings").EnumerateArray().ToList();
        Assert.Equal(ClusterExam.Look(agent.Report).Count, findings.Count);
        var maintenance = findings.Single(one => one.GetProperty("node").GetString() == "haproxy-2" && one.GetProperty("subject").GetString() == "fit");
        Assert.Equal(("warning", "in maintenance", "flipagentctl maintenance off on haproxy-2"),
            (maintenance.GetProperty("health").GetString(), maintenance.GetProperty("text").GetString(), maintenance.GetProperty("to_do").GetString()));
    }

    [Theory]
    [InlineData("doctor", "--json")]
    [InlineData("doctor", "--cluster", "--prove-write")]
    [InlineData("doctor", "--cluster", "--node", "haproxy-2")]
    [InlineData("doctor", "--cluster", "/etc/hosts")]
    [InlineData("doctor", "--clutser")]
    public async Task What_does_not_go_together_is_a_wrong_command_line(params string[] arguments)
    {
        var run = await CtlRun.Of(arguments);
        Assert.Equal(2, run.Exit);
        Assert.NotEmpty(run.Error);
    }

    private static Finding Said(StatusReport status, string subject) => ClusterExam.Look(status).Single(one => one.Node == "haproxy-2" && one.Finding.Subject == subject).Finding;

    private static StatusReport Peer(Func<NodeReport, NodeReport> change) => s_well with { Nodes = [s_well.Nodes[0], change(s_well.Nodes[1])] };

    private static IEnumerable<(string?, string)> Failures(StatusReport status) =>
        ClusterExam.Look(status).Where(one => one.Finding is { Health: Health.Fail, ToDo: not null }).Select(one => (one.Node, one.Finding.Subject));

    private static async Task<CtlRun> Run(StatusReport status)
    {
        await using var agent = await AgentInMemory.Start();
        agent.Report = status;
        return await CtlRun.Of(agent, "doctor", "--cluster");
    }
}
