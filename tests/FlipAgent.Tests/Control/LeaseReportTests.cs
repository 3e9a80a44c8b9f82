using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Lease;
using FlipAgent.Reporting;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Control;

/// <summary>What status, page and metrics say of the lease (rule E15).</summary>
public sealed class LeaseReportTests
{
    private const string Etcd = "etcd http://127.0.0.1:2379: no answer in time";
    private static readonly AgentConfig s_config = Sample.Valid(Sample.Minimal, "haproxy-2");
    private static readonly LeaseView s_view = new(
        [new("https://10.0.0.5:2379", true, null, "3.5.21", true, TimeSpan.Zero, 0), new("https://10.0.0.6:2379", false, "no connection to 10.0.0.6", null, false, null, null)], null, 0.4);

    private readonly ElectionState _state;
    private TimeSpan _now = TimeSpan.FromSeconds(1000);
    private uint _sequence;

    public LeaseReportTests()
    {
        var settings = s_config.ToClusterSettings() with { Checks = [new CheckWeight("site", 0)], Lease = new LeaseTerms(TimeSpan.FromSeconds(5)) };
        _state = Election.Start(settings, null, 1_800_000_000_000, _now);
        Step(new Input.CheckChanged(0, true, "up"));
    }

    [Fact]
    public void Who_has_it_and_how_the_store_is()
    {
        Answer(LeaseStatus.Other, "haproxy-1");
        Hear(Role.Master, store: true);
        var report = Report(s_view);
        Assert.Equal(("haproxy-1", 3u, null, "ok", null, 0.4), (report.Lease!.Holder, report.Lease.Term, report.Lease.RemainingS, report.Lease.Store, report.Lease.Problem, report.Lease.ClockS));
        Assert.Equal(("ok", "ok"), (report.Nodes[0].Store, report.Nodes[1].Store));
        Assert.Equal("haproxy-1 has it, term 3; 1 of 2 members of the store answer", LeaseReports.Line(report.Lease));
        Assert.Contains("https://10.0.0.6:2379 does not serve: no connection to 10.0.0.6", report.Warnings);
        Assert.Contains("<h2 id=\"of-lease\">Lease</h2><p>haproxy-1 has it, term 3;", StatusPage.Render(report, [], DateTimeOffset.UtcNow));
        var metrics = Metrics.Render(report, new Counters(), DateTimeOffset.UtcNow);
        Assert.Contains("flipagent_lease_held{cluster=\"web-lb\",node=\"haproxy-2\"} 0\n", metrics);
        Assert.Contains("flipagent_lease_store_member_up{member=\"https://10.0.0.6:2379\",cluster=\"web-lb\",node=\"haproxy-2\"} 0\n", metrics);
        Assert.Contains("flipagent_peer_lease_store_up{peer=\"haproxy-1\",cluster=\"web-lb\",node=\"haproxy-2\"} 1\n", metrics);
    }

    [Fact]
    public void The_holder_is_told_for_how_long()
    {
        Hear(Role.Fault, store: true);
        Silence();
        Assert.Equal(Role.Master, _state.Role);
        _now += TimeSpan.FromSeconds(1);
        var report = Report(s_view);
        Assert.InRange(report.Lease!.RemainingS!.Value, 0.1, 4.9);
        Assert.Matches(@"haproxy-2 has it, term \d+, [0-4]\.\d of 5 s left;", LeaseReports.Line(report.Lease));
        Assert.Contains("flipagent_lease_held{cluster=\"web-lb\",node=\"haproxy-2\"} 1\n", Metrics.Render(report, new Counters(), DateTimeOffset.UtcNow));
    }

    [Fact]
    public void While_the_store_is_away_and_nobody_is_master_the_verdict_is_degraded_and_says_what_goes_on()
    {
        Answer(LeaseStatus.Failed, null);
        Hear(Role.Backup, store: false);
        for (var i = 0; i < 30; i++)
        {
            _now += TimeSpan.FromMilliseconds(500);
            Hear(Role.Backup, store: false);
            Step(new Input.HolderRead(_now, ApiStatus.Ok, 3164444, false, true, null, ""));
            if (Step(new Input.Deadline()) is { } ask)
                Say(ask, LeaseStatus.Failed, null);
        }
        var report = Report(s_view with { Members = [] });
        Assert.Equal("degraded", report.Verdict);
        Assert.Contains("no node is master, since the store of the lease does not answer; 203.0.113.10 stays at haproxy-1, and nothing can fail over", report.Summary);
        Assert.Contains($"the store of the lease fails: {Etcd}", report.Warnings);
        Assert.Contains("haproxy-1 does not reach the store of the lease", report.Warnings);
        Assert.Equal(("failing", Etcd), (report.Lease!.Store, report.Lease.Problem));
    }

    [Fact]
    public void A_node_that_takes_no_lease_lowers_the_verdict()
    {
        Answer(LeaseStatus.Other, "haproxy-1");
        Hear(Role.Master, store: null);
        Assert.Contains("haproxy-1 takes no lease: until it does, two masters are possible", Report(s_view).Warnings);
    }

    [Fact]
    public void A_master_that_does_not_have_it_is_told()
    {
        Answer(LeaseStatus.Other, "haproxy-2");
        Hear(Role.Master, store: true);
        Assert.Contains("haproxy-2 has the lease, and haproxy-1 says that it is master", Report(s_view).Warnings);
    }

    [Fact]
    public void Without_a_lease_nothing_is_said_of_one()
    {
        var report = StatusBuilder.Build(
            Election.Start(s_config.ToClusterSettings(), null, 1, _now), _now, DateTimeOffset.UtcNow, new StatusContext(s_config, "1.0.0", [], new AlertsReport(0, 0, 0), [], null, false));
        Assert.Null(report.Lease);
        Assert.All(report.Nodes, node => Assert.Null(node.Store));
        Assert.DoesNotContain("flipagent_lease", Metrics.Render(report, new Counters(), DateTimeOffset.UtcNow), StringComparison.Ordinal);
        Assert.DoesNotContain("Lease", StatusPage.Render(report, [], DateTimeOffset.UtcNow), StringComparison.Ordinal);
    }

    private StatusReport Report(LeaseView view) => StatusBuilder.Build(
        _state, _now, DateTimeOffset.UtcNow, new StatusContext(s_config, "1.0.0", [], new AlertsReport(0, 0, 0), [], null, false) { Lease = view });

    /// <summary>Nobody else is fit, so this node takes over and is given the lease.</summary>
    private void Silence()
    {
        for (var i = 0; i < 60 && _state.Role != Role.Master; i++)
        {
            _now += TimeSpan.FromMilliseconds(250);
            Hear(Role.Fault, store: true);
            Step(new Input.HolderRead(_now, ApiStatus.Ok, null, false, true, null, ""));
            if (Step(new Input.Deadline()) is { } ask)
                Say(ask, ask.Request == LeaseRequest.Acquire ? LeaseStatus.Held : LeaseStatus.Free, ask.Request == LeaseRequest.Acquire ? "haproxy-2" : null);
        }
    }

    /// <summary>Answers the first request that comes.</summary>
    private void Answer(LeaseStatus status, string? holder)
    {
        for (var i = 0; i < 20; i++)
        {
            _now += TimeSpan.FromMilliseconds(200);
            if ((_asked ?? Step(new Input.Deadline())) is not { } ask)
                continue;
            Say(ask, status, holder);
            return;
        }
        throw new InvalidOperationException("the store was not asked");
    }

    private Effect.AskLease? _asked;

    private void Say(Effect.AskLease ask, LeaseStatus status, string? holder)
    {
        _asked = null;
        Step(new Input.LeaseAnswered(ask.Request, _now, status, status == LeaseStatus.Failed ? Etcd : "")
        { LeaseId = status == LeaseStatus.Held ? 7 : 0, Ttl = TimeSpan.FromSeconds(5), Holder = holder, Term = holder is null ? 0u : 3 });
    }

    private void Hear(Role role, bool? store) => Step(new Input.AdvertHeard(0, PeerAdvert.To(_state, ++_sequence) with
    {
        Term = Math.Max(3, _state.Term),
        Role = role,
        Fit = role != Role.Fault,
        StoreReachable = store,
    }));

    /// <summary>What was asked of the store and is not answered.</summary>
    private Effect.AskLease? Step(Input input)
    {
        var effects = new List<Effect>();
        Election.Step(_state, input, _now, effects);
        return _asked = effects.OfType<Effect.AskLease>().LastOrDefault(a => a.Request != LeaseRequest.Release) ?? _asked;
    }
}
