using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Core;
using FlipAgent.Ctl;
using FlipAgent.Lease;
using FlipAgent.Tests.Control;
using FlipAgent.Tests.Ctl;

namespace FlipAgent.Tests.Lease;

/// <summary>What the doctor finds of the lease, and the section that init writes.</summary>
public sealed class LeaseExamTests
{
    private static readonly MemberView s_well = new("https://10.0.0.5:2379", true, null, "3.5.21", Leads: true, TimeSpan.Zero, 0.1);

    [NeedsFact("etcd", "etcdctl")]
    public async Task A_store_that_is_well_and_one_that_is_away()
    {
        using var etcd = EtcdCluster.Start();
        var url = etcd.Urls[0].GetLeftPart(UriPartial.Authority);
        var config = LeaseAsker.Of($"\"{url}\"", "web-lb");
        using var one = new LeaseAsker(etcd.Urls, "web-lb");
        Assert.Contains(await LeaseExam.Look(config), finding => finding is { Health: Health.Ok, Text: "nobody holds /flipagent/web-lb/master, and whoever is to become master can take it" });
        one.Take(7);
        Assert.Contains(await LeaseExam.Look(config), finding => finding is { Health: Health.Ok, Text: "haproxy-1 holds /flipagent/web-lb/master, since term 7" });
        Assert.Contains("found 1 leases", etcd.Ctl("lease", "list"), StringComparison.Ordinal);
        etcd.Kill(0);
        var away = await LeaseExam.Look(config);
        Assert.All(away, finding => Assert.Equal(Health.Fail, finding.Health));
        Assert.Contains(away, finding => finding.Text == "does not serve: 127.0.0.1: connection refused");
        Assert.Contains(away, finding => finding.Text.StartsWith("cannot be obtained, so no node can become or stay master: etcd", StringComparison.Ordinal));
        Assert.Empty(await LeaseExam.Look(config with { Election = config.Election with { Lease = null } }));
    }

    [Fact]
    public async Task Init_with_a_lease_writes_the_section_and_says_what_to_fill_in()
    {
        var text = (await CtlRun.Of("init", "-", "--lease", "etcd")).Out;
        Assert.Contains("    etcd: []                    # FILL IN: every member", text, StringComparison.Ordinal);
        var errors = ConfigReader.ReadText(text, "f.yaml", "haproxy-1").ToString();
        Assert.Contains("election.lease.etcd: has 0 URLs; expected 1 to 9", errors, StringComparison.Ordinal);
        var whole = ConfigReader.ReadText(
            text.Replace("etcd: [] ", "etcd: \"https://10.110.0.5:2379\" ", StringComparison.Ordinal), "f.yaml", "haproxy-1");
        var lease = Assert.IsType<ConfigResult.Valid>(whole).Config.Election.Lease!;
        Assert.Equal(("/flipagent", "flipagent", 5.0, "/etc/flipagent/etcd-ca.pem"), (lease.Prefix, lease.Username, lease.Ttl.TotalSeconds, lease.CaFile));
        Assert.NotEqual(0, (await CtlRun.Of("init", "-", "--lease", "zookeeper")).Exit);
    }

    [Fact]
    public void A_member_that_is_away_is_worse_when_no_majority_is_left()
    {
        var dead = s_well with { Reachable = false, Problem = "127.0.0.1: connection refused" };
        Assert.Equal(Health.Warn, Only(dead, s_well, s_well).Health);
        Assert.Contains("2 of 3 members do", Only(dead, s_well, s_well).Text, StringComparison.Ordinal);
        Assert.Equal(Health.Fail, Only(dead, dead, s_well).Health);
    }

    [Theory]
    [InlineData("3.4.23", "Warn")]
    [InlineData("3.4.31", "Ok")]
    [InlineData("3.5.12", "Warn")]
    [InlineData("3.5.13-rc1", "Ok")]
    [InlineData("3.6.0", "Ok")]
    [InlineData(null, "Ok")]
    public void A_version_whose_leader_can_take_leases_away_is_a_warning(string? version, string health) =>
        Assert.Equal(health, Only(s_well with { Version = version }).Health.ToString());

    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(-1.1, 2)]
    [InlineData(90.0, 2)]
    public void A_clock_that_differs_is_a_warning(double difference, int findings) =>
        Assert.Equal(findings, LeaseExam.OfMember(s_well with { ClockDifference = difference }, View(s_well)).Count());

    [Fact]
    public void What_is_refused_is_a_failure()
    {
        var finding = LeaseExam.OfHolder(new Input.LeaseAnswered(LeaseRequest.Read, TimeSpan.Zero, LeaseStatus.Refused, "etcd is read-only"), "/x");
        Assert.Equal((Health.Fail, "etcd is read-only"), (finding.Health, finding.Text));
    }

    [Fact]
    public void What_the_agent_says_of_the_store_as_well_is_said_once()
    {
        var dead = s_well with { Url = "https://10.0.0.6:2379", Reachable = false, Problem = "127.0.0.1: connection refused" };
        var view = View(s_well, dead, s_well);
        Finding[] found = [.. LeaseExam.OfMember(s_well, view), .. LeaseExam.OfMember(dead, view)];
        Assert.True(LeaseExam.Says(found, "https://10.0.0.6:2379 does not serve: no answer in time"));
        Assert.False(LeaseExam.Says(found, "https://10.0.0.5:2379 does not serve: no answer in time"));
        Assert.False(LeaseExam.Says(found, "the store of the lease fails: etcd https://10.0.0.6:2379: no answer in time"));
        var fails = LeaseExam.OfHolder(new Input.LeaseAnswered(LeaseRequest.Read, TimeSpan.Zero, LeaseStatus.Failed, "etcd away"), "/x");
        Assert.True(LeaseExam.Says([fails], "the store of the lease fails: etcd https://10.0.0.6:2379: no answer in time"));
        Assert.False(LeaseExam.Says([fails], "haproxy-1 does not reach the store of the lease"));
        var open = Finding.Warn("lease", "etcd asks nobody for a user: whoever reaches it can take the lease", "etcdctl auth enable");
        Assert.True(LeaseExam.Says([open], open.Text));
    }

    private static Finding Only(MemberView member, params MemberView[] others) => Assert.Single(LeaseExam.OfMember(member, View([member, .. others])));

    private static LeaseView View(params MemberView[] members) => new([.. members], null, null);
}
