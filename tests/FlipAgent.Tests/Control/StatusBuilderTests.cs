using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Redaction;
using FlipAgent.Reporting;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Control;

/// <summary>What a status says of nodes that are not there any more, and of a claim that does not get on: what a person sees first at night.</summary>
public sealed class StatusBuilderTests
{
    private static readonly AgentConfig s_config = Sample.Valid(Sample.Minimal, "haproxy-2");

    private readonly ElectionState _state;
    private TimeSpan _now = TimeSpan.FromSeconds(1000);
    private uint _sequence;

    public StatusBuilderTests()
    {
        var settings = s_config.ToClusterSettings() with { Checks = [new CheckWeight("cluster key", 0, OfService: false, OfKey: true)] };
        _state = Election.Start(settings, null, 1_800_000_000_000, _now);
    }

    [Fact]
    public void A_master_that_has_died_is_silent_and_not_a_second_master()
    {
        Hear(leaving: false);
        var alive = Report().Nodes[0];
        Assert.Equal(("master", true, "ok", true, true), (alive.Role, alive.Fit, alive.Api, alive.HearsMe, alive.Up));
        _now += TimeSpan.FromSeconds(35);
        var report = Report();
        var dead = report.Nodes[0];
        Assert.Equal(("unknown", false, "unknown", null, false, 35.0), (dead.Role, dead.Fit, dead.Api, dead.HearsMe, dead.Up, dead.HeardS));
        Assert.Equal(("silent", "-"), (StatusWords.Role(dead), StatusWords.Fit(dead)));
        Assert.Contains("haproxy-1 has been silent for 35 s", report.Warnings);
        var metrics = Metrics.Render(report, new Counters(), DateTimeOffset.UtcNow);
        Assert.Contains("flipagent_peer_up{peer=\"haproxy-1\",cluster=\"web-lb\",node=\"haproxy-2\"} 0\n", metrics);
    }

    [Theory]
    [InlineData(7200)]
    [InlineData(null)]
    public void Until_when_a_maintenance_is_on_is_said(int? seconds)
    {
        Assert.Null(Report().MaintenanceUntil);
        Step(new Input.Commanded(new Command.Maintenance(true, seconds is { } length ? TimeSpan.FromSeconds(length) : null, "a new disk")));
        _now += TimeSpan.FromSeconds(200);
        var until = Report().MaintenanceUntil;
        Assert.Equal(seconds is null, until is null);
        if (until is { } end)
            Assert.InRange((end - DateTimeOffset.UtcNow).TotalSeconds, 6900, 7000);
        Step(new Input.Commanded(new Command.Maintenance(false, null, null)));
        Assert.Null(Report().MaintenanceUntil);
    }

    [Fact]
    public void Whatever_was_said_by_others_there_is_no_secret_in_a_status()
    {
        const string secret = "dop_v1_STATUSSECRET0123456789abcdef";
        Redactor.Register(secret);
        Hear(leaving: false);
        Step(new Input.Commanded(new Command.Maintenance(true, null, $"it is {secret}") { By = secret }));
        var report = StatusBuilder.Build(_state, _now, DateTimeOffset.UtcNow, new StatusContext(
            s_config, "1.0.0", [new CheckReport("site", "http", false, DateTimeOffset.UtcNow, secret)], new AlertsReport(0, 0, 0), [$"a part says {secret}"], secret, StaleMetadata: false)
        {
            ApiProblem = secret,
            File = new ConfigFileReport("/f", DateTimeOffset.UtcNow, "invalid", secret, null),
            Secrets = [new SecretReport("cluster key", secret)],
            Heartbeat = new HeartbeatReport(60, null, secret),
        });
        var json = System.Text.Json.JsonSerializer.Serialize(report, ReportJson.Default.StatusReport);
        Assert.DoesNotContain("STATUSSECRET", json);
        Assert.Contains("it is ***", json);
        Assert.DoesNotContain("STATUSSECRET", StatusPage.Render(report, [], DateTimeOffset.UtcNow));
    }

    [Fact]
    public void A_node_that_said_goodbye_has_stopped_at_once()
    {
        Hear(leaving: true);
        Assert.Equal(("unknown", false, false), (Report().Nodes[0].Role, Report().Nodes[0].Fit, Report().Nodes[0].Up));
    }

    [Fact]
    public void F61_without_a_key_it_stands_by_as_a_degraded_backup_and_says_so()
    {
        Step(new Input.CheckChanged(0, false, "cluster key: /etc/flipagent/cluster.key is missing"));
        for (var i = 0; i < 60; i++)
        {
            _now += TimeSpan.FromSeconds(1);
            Step(new Input.Deadline());
        }
        var report = Report();
        Assert.Equal(("backup", "degraded", false), (report.Role, report.Verdict, report.Fit));
        Assert.Equal("haproxy-2 stands by and takes no part: cluster key: /etc/flipagent/cluster.key is missing", report.Summary);
    }

    /// <summary>Green means that clients are served: what all guards see comes before roles and holders.</summary>
    [Theory]
    [InlineData(Sight.Answers, true, false, "ok", "haproxy-1 is master and holds 203.0.113.10 (seen 0 s ago)", "answers")]
    [InlineData(Sight.Refused, true, true, "ok", "haproxy-1 is master and holds 203.0.113.10 (seen 0 s ago)", "answers")]
    [InlineData(Sight.Refused, true, false, "critical", "but nobody is served: no node sees the service answer through it for", "dead")]
    [InlineData(Sight.Refused, false, false, "critical", "but the service was never seen to answer through it; look at HAProxy's bind lines on haproxy-1", "never-answered")]
    [InlineData(Sight.TimedOut, false, false, "degraded", "but no node has reached the service through it since its agent was started", "never-reached")]
    public void Whether_clients_are_served_decides(Sight sight, bool proven, bool ownSees, string verdict, string summary, string served)
    {
        Step(new Input.CheckChanged(0, true, "the key can be read"));
        for (var i = 0; i < 60; i++)
        {
            _now += TimeSpan.FromSeconds(0.5);
            var failing = sight == Sight.Answers ? (TimeSpan?)null : TimeSpan.FromSeconds(i / 2.0);
            Hear(leaving: false, new ServiceReport(sight, proven, TimeSpan.FromSeconds(5), TimeSpan.Zero, failing, null));
            Step(new Input.HolderRead(_now, ApiStatus.Ok, 3164444, false, true, null, ""));
            Step(new Input.GuardAnswered(ownSees || (proven && i < 20), "refused") { TimedOut = sight == Sight.TimedOut });
        }
        var report = Report();
        Assert.Equal((verdict, served), (report.Verdict, report.FloatingIp.Served));
        Assert.Contains(summary, report.Summary, StringComparison.Ordinal);
        Assert.Equal(ServiceWords.Of(sight), report.Nodes.Single(n => n.Name == "haproxy-1").Sees);
    }

    /// <summary>Every node says it, not only the master that cannot get the address.</summary>
    [Theory]
    [InlineData(10, false, "degraded", "haproxy-1 is master and claims 203.0.113.10, which is at haproxy-2 (seen 0 s ago)")]
    [InlineData(20, false, "critical", "haproxy-1 is master and claims 203.0.113.10, which is at haproxy-2 (seen 0 s ago)")]
    [InlineData(10, true, "critical", "haproxy-1 is master and claims 203.0.113.10, which is at haproxy-2 (seen 0 s ago), and nobody is served: no node sees the service answer through it for 9 s")]
    public void A_claim_that_does_not_get_on_is_critical_on_every_node(int seconds, bool dead, string verdict, string summary)
    {
        Step(new Input.CheckChanged(0, true, "the key can be read"));
        for (var i = 0; i < seconds; i++)
        {
            _now += TimeSpan.FromSeconds(1);
            Hear(leaving: false, dead ? new ServiceReport(Sight.Refused, true, TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.FromSeconds(i), null) : null);
            Step(new Input.HolderRead(_now, ApiStatus.Ok, 3164445, false, true, null, ""));
        }
        var report = Report();
        Assert.Equal(("backup", verdict, summary), (report.Role, report.Verdict, report.Summary));
    }

    /// <summary>Rule C12: each node sees it, and not only the master that asks for it in vain.</summary>
    [Theory]
    [InlineData(10, false)]
    [InlineData(20, true)]
    public void Another_address_that_stays_behind_is_a_warning_of_a_backup_too(int seconds, bool warned)
    {
        var config = Sample.Valid(Sample.Minimal.Replace("address: 203.0.113.10", "addresses: [203.0.113.10, \"2001:db8::1\"]"), "haproxy-2");
        var state = Election.Start(config.ToClusterSettings(), null, 1_800_000_000_000, _now);
        for (var i = 0; i < seconds; i++)
        {
            _now += TimeSpan.FromSeconds(1);
            Election.Step(state, new Input.AdvertHeard(0, PeerAdvert.To(state, ++_sequence)), _now, []);
            Election.Step(state, new Input.HolderRead(_now, ApiStatus.Ok, 3164444, false, true, null, ""), _now, []);
            Election.Step(state, new Input.HolderRead(_now, ApiStatus.Ok, 3164445, false, true, null, "") { Address = 1 }, _now, []);
        }
        var report = StatusBuilder.Build(state, _now, DateTimeOffset.UtcNow, new StatusContext(config, "1.0.0", [], new AlertsReport(0, 0, 0), [], null, false));
        Assert.Equal(warned, report.Warnings.Contains("2001:db8::1 is at haproxy-2 and not at the master, haproxy-1"));
    }

    /// <summary>An address that was deleted in the control panel, or that belongs to another project: the first one is well, and so is all that goes by it.</summary>
    [Theory]
    [InlineData(ApiStatus.NotFound, 5, "the cloud API for 2001:db8::1: not-found (flipagentctl doctor says why); its holder is the last that was known")]
    [InlineData(null, 300, "who holds 2001:db8::1 has not been seen for 300 s")]
    [InlineData(null, 200, null)]
    public void Another_address_that_the_cloud_does_not_know_is_a_warning(ApiStatus? answer, int seconds, string? warning)
    {
        var config = Sample.Valid(Sample.Minimal.Replace("address: 203.0.113.10", "addresses: [203.0.113.10, \"2001:db8::1\"]"), "haproxy-2");
        var state = Election.Start(config.ToClusterSettings(), null, 1_800_000_000_000, _now);
        for (var i = 0; i < 30 + seconds; i++)
        {
            _now += TimeSpan.FromSeconds(1);
            Election.Step(state, new Input.AdvertHeard(0, PeerAdvert.To(state, ++_sequence)), _now, []);
            Election.Step(state, new Input.HolderRead(_now, ApiStatus.Ok, 3164444, false, true, null, ""), _now, []);
            if (i < 30)
                Election.Step(state, new Input.HolderRead(_now, ApiStatus.Ok, 3164444, false, true, null, "") { Address = 1 }, _now, []);
            else if (answer is { } status)
                Election.Step(state, new Input.HolderRead(_now, status, null, false, false, null, "no such address") { Address = 1 }, _now, []);
        }
        var report = StatusBuilder.Build(state, _now, DateTimeOffset.UtcNow, new StatusContext(config, "1.0.0", [], new AlertsReport(0, 0, 0), [], null, false));
        Assert.Equal(warning is null ? [] : [warning], report.Warnings.Where(text => text.Contains("2001:db8::1", StringComparison.Ordinal)));
        Assert.StartsWith("haproxy-1 is master and holds", report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_that_is_degraded_is_a_warning_and_ends_the_ok()
    {
        BecomeWell();
        var stats = new CheckReport("stats", "haproxy", true, DateTimeOffset.UtcNow, "no server up in 1 of 1 backends: app");
        Assert.Equal(("ok", 0), (Report(stats).Verdict, Report(stats).Warnings.Count));
        var report = Report(stats with { Degraded = true });
        Assert.Equal(("degraded", "check stats is degraded: no server up in 1 of 1 backends: app"), (report.Verdict, Assert.Single(report.Warnings)));
        // One that is down has made the node unfit, and that is said.
        Assert.Empty(Report(stats with { Up = false, Degraded = true }).Warnings);
    }

    [Theory]
    [InlineData("pid 812 (sleep)", true)]
    [InlineData("pid 812 (haproxy)", false)]
    [InlineData("pid 812 (hapee-lb)", false)]
    [InlineData("pid 812, active (running)", false)]
    public void A_foreign_process_in_the_pid_file_is_noticed_where_nothing_else_looks(string detail, bool noticed)
    {
        var process = new CheckReport("haproxy", "process", true, DateTimeOffset.UtcNow, detail);
        var byFile = Sample.Valid(Sample.Minimal.Replace("process: {unit: haproxy.service}", "process: {pid_file: /run/haproxy.pid}"), "haproxy-2");
        string[] said = noticed ? ["check haproxy watches pid 812 (sleep): is that HAProxy? No other check sees whether the service answers"] : [];
        Assert.Equal(said, StatusWarnings.Notes([process], byFile));
        Assert.Empty(StatusWarnings.Notes([process, process with { Name = "site", Kind = "http" }], byFile));
        // By a name, or by a unit.
        Assert.Empty(StatusWarnings.Notes([process], s_config));
    }

    /// <summary>Like <c>guard: off</c> it is worth a warning and no fault: the verdict stays what it is.</summary>
    [Fact]
    public void A_guard_that_cannot_tell_is_off_with_a_warning_and_is_no_fault()
    {
        BecomeWell();
        Assert.Equal(("ok", "ok"), (Report().Verdict, Report().FloatingIp.Guard));
        Step(new Input.GuardAnswered(false, "it asks 203.0.113.10, which is an address of this machine") { CannotTell = true });
        var report = Report();
        Assert.Equal(("backup", "ok", "off"), (report.Role, report.Verdict, report.FloatingIp.Guard));
        Assert.Equal(["the guard counts as off: it asks 203.0.113.10, which is an address of this machine"], report.Warnings);
    }

    [Theory]
    [InlineData(3164445L, "right", null)]
    [InlineData(3164444L, "swapped", "haproxy-2 is droplet 3164444, which the file has for haproxy-1; for haproxy-2 it says 3164445")]
    [InlineData(777L, "unknown", "haproxy-2 is droplet 777, which the file has for no node; for haproxy-2 it says 3164445")]
    [InlineData(null, "unproven", "which droplet haproxy-2 is was not proven: the metadata service does not say it, so droplet_id 3164445 is believed")]
    public void S2_which_droplet_this_machine_is(long? droplet, string state, string? warning)
    {
        Step(new Input.CheckChanged(0, true, "the key can be read"));
        for (var i = 0; i < 40; i++)
        {
            _now += TimeSpan.FromSeconds(1);
            Hear(leaving: false);
            Step(new Input.MetadataRead(Witness.NotHere, "") { DropletId = droplet });
        }
        var report = Report();
        Assert.Equal(new IdentityReport(state, 3164445, droplet), report.Identity);
        Assert.Equal((droplet, null), (report.Nodes[1].ProvenId, report.Nodes[0].ProvenId));
        Assert.Equal(warning is not null, report.Warnings.Contains(warning ?? ""));
        Assert.Equal(state != "unknown", report.Fit);
        Assert.Contains($"flipagent_identity_state{{state=\"{state}\",cluster=\"web-lb\",node=\"haproxy-2\"}} 1\n", Metrics.Render(report, new Counters(), DateTimeOffset.UtcNow));
    }

    [Fact]
    public void C8_the_budget_says_what_is_left_and_when_more_is()
    {
        Assert.Equal((3, 600.0, 3, 0), Counts(Report().MoveBudget!));
        Step(new Input.CheckChanged(0, true, "the key can be read"));
        for (var second = 0; second < 40; second++)
        {
            _now += TimeSpan.FromSeconds(1);
            Hear(leaving: false);
            // It leaves haproxy-1, which is fit, at the 20th second, and nobody here had a hand in it.
            Step(new Input.HolderRead(_now, ApiStatus.Ok, second < 20 ? 3164444 : 3164445, false, true, null, ""));
        }
        // To the own node it came by no move of its own: that one the others count.
        Assert.Equal(3, Report().MoveBudget!.Left);
        _now += TimeSpan.FromSeconds(1);
        Step(new Input.HolderRead(_now, ApiStatus.Ok, 3164444, false, true, null, ""));
        _now += TimeSpan.FromSeconds(100);
        var budget = Report().MoveBudget!;
        Assert.Equal((3, 600.0, 2, 1), Counts(budget));
        Assert.Equal(500, budget.FreeInS[0], 1.0);

        static (int, double, int, int) Counts(MoveBudgetReport b) => (b.Max, b.WindowS, b.Left, b.FreeInS.Count);
    }

    /// <summary>Seen by the master's peer: nobody could take over from haproxy-1 but this node, to whom the cloud has refused the assign.</summary>
    [Theory]
    [InlineData(ApiStatus.Forbidden, "forbidden", "refused", "the token is not allowed to move the floating IP (403)")]
    [InlineData(ApiStatus.NotFound, "not-found", "unproven", "which this node is, when it asked for the floating IP (404)")]
    public void A_node_whose_assign_was_refused_could_not_take_over(ApiStatus status, string api, string write, string warning)
    {
        Look(null);
        Step(new Input.CheckChanged(0, true, "ok"));
        for (var i = 0; i < 100 && _state.Role != Role.Master; i++)
        {
            _now += TimeSpan.FromSeconds(0.5);
            Look(null);
            Step(new Input.Deadline());
        }
        Assert.Equal(Role.Master, _state.Role);
        Step(new Input.AssignAnswered(_state.Term, _now, status, false, false, 0, ActionStatus.Unknown, null, "no"));
        _now += TimeSpan.FromSeconds(1);
        Hear(leaving: false);
        Look(s_config.Nodes[0].DropletId);
        var report = Report();
        var own = report.Nodes.Single(node => node.Name == "haproxy-2");
        Assert.Equal((api, write, false), (own.Api, own.Write, own.CouldTakeOver()));
        Assert.Contains(report.Warnings, text => text.Contains(warning, StringComparison.Ordinal));
        Assert.False(Election.BuildAdvert(_state, _now).ApiReachable);
    }

    [Fact]
    public void A_peer_that_says_that_its_token_was_refused_could_not_take_over_nor_could_one_without_the_store()
    {
        Hear(leaving: false);
        var peer = Report().Nodes[0];
        Assert.True(peer.CouldTakeOver());
        Step(new Input.AdvertHeard(0, PeerAdvert.To(_state, ++_sequence) with { Particulars = new Particulars { Write = WriteState.Refused } }));
        peer = Report().Nodes[0];
        Assert.Equal(("ok", "refused", false), (peer.Api, peer.Write, peer.CouldTakeOver()));
        Assert.False((peer with { Write = "proven", Store = "failing" }).CouldTakeOver());
    }

    /// <summary>A backup of a master that holds the address and serves.</summary>
    private void BecomeWell()
    {
        Step(new Input.CheckChanged(0, true, "the key can be read"));
        for (var i = 0; i < 30; i++)
        {
            _now += TimeSpan.FromSeconds(1);
            Hear(leaving: false);
            Step(new Input.HolderRead(_now, ApiStatus.Ok, 3164444, false, true, null, ""));
        }
        Step(new Input.GuardAnswered(true, "HTTP 200"));
        // The probe that is sent in this step is one of now.
        Step(new Input.GuardAnswered(true, "HTTP 200"));
    }

    private void Look(long? droplet) => Step(new Input.HolderRead(_now, ApiStatus.Ok, droplet, false, true, null, ""));

    private StatusReport Report(params CheckReport[] checks) =>
        StatusBuilder.Build(_state, _now, DateTimeOffset.UtcNow, new StatusContext(s_config, "1.0.0", checks, new AlertsReport(0, 0, 0), [], null, false));

    private void Hear(bool leaving, ServiceReport? service = null) =>
        Step(new Input.AdvertHeard(0, PeerAdvert.To(_state, ++_sequence) with { Leaving = leaving, Service = service }));

    private void Step(Input input) => Election.Step(_state, input, _now, []);
}
