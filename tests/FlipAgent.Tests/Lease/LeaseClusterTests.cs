using System.Net;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Lease;

/// <summary>Three members: what a lost, a stopped or a slow one costs.</summary>
public sealed class LeaseClusterTests
{
    [NeedsFact("etcd", "etcdctl")]
    public void A_leader_that_stops_or_dies_costs_no_lease()
    {
        using var etcd = EtcdCluster.Start(3);
        using var one = new LeaseAsker(etcd.Urls, "web-lb", ttl: "30s");
        var held = one.Take();
        var stopped = etcd.Leader();
        etcd.Send(stopped, Signal.Stop);
        Until.True(() => one.Renew(held.LeaseId).Status == LeaseStatus.Held, "the lease is renewed without the leader that is stopped");
        etcd.Send(stopped, Signal.Cont);
        Until.True(() => one.Renew(held.LeaseId).Status == LeaseStatus.Held, "the lease is renewed when the old leader is back");
        etcd.Kill(etcd.Leader());
        Until.True(() => one.Renew(held.LeaseId).Status == LeaseStatus.Held, "the lease is renewed without the leader that is dead");
        Assert.Equal(held.LeaseId, one.Acquire(2).LeaseId);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void Without_a_majority_nothing_can_be_had()
    {
        using var etcd = EtcdCluster.Start(3);
        using var one = new LeaseAsker(etcd.Urls, "web-lb");
        using var two = new LeaseAsker(etcd.Urls, "web-lb", "haproxy-2");
        var held = one.Take();
        etcd.Kill(0);
        etcd.Kill(1);
        // A leader that is left may renew for a moment by itself; it must not count.
        Assert.Equal(LeaseStatus.Failed, one.Renew(held.LeaseId).Status);
        Assert.Equal(LeaseStatus.Failed, two.Acquire().Status);
        Assert.Equal(LeaseStatus.Failed, two.Read().Status);
        Assert.Equal(LeaseStatus.Failed, one.Release(held.LeaseId).Status);
        etcd.Start(0);
        etcd.Start(1);
        Until.True(() => two.Read().Status is LeaseStatus.Free or LeaseStatus.Other, "the store is back");
    }

    [NeedsFact("etcd", "etcdctl")]
    public void One_bad_member_of_three_is_passed_by()
    {
        using var etcd = EtcdCluster.Start();
        using var hanging = new HangingPort(IPAddress.Loopback, 0);
        using var stranger = HttpScript.Always(200, "<html>", "text/html");
        Uri[] bad = [new("http://127.0.0.1:1"), new($"http://127.0.0.1:{hanging.Port}"), stranger.Url];
        foreach (var (member, i) in bad.Select((member, i) => (member, i)))
        {
            using var one = new LeaseAsker([member, etcd.Urls[0]], $"c{i}");
            var held = one.Take();
            Assert.Equal(LeaseStatus.Held, one.Renew(held.LeaseId).Status);
            Assert.Equal((false, true), (one.Worker.View.Members[0].Reachable, one.Worker.View.Members[1].Reachable));
        }
    }

    /// <summary>A URL of another etcd in the list, as of the one for trials: two nodes that ask different ones would both get the lease.</summary>
    [NeedsFact("etcd", "etcdctl")]
    public void A_member_of_another_etcd_is_passed_by_also_when_the_right_ones_are_away()
    {
        using var etcd = EtcdCluster.Start(2);
        using var other = EtcdCluster.Start();
        using var one = new LeaseAsker([other.Urls[0], .. etcd.Urls], "web-lb");
        var held = one.Take();
        Assert.Equal(LeaseStatus.Held, one.Renew(held.LeaseId).Status);
        Assert.Contains("/flipagent/web-lb/master", etcd.Ctl("get", "--prefix", "/flipagent"), StringComparison.Ordinal);
        Assert.Equal("", other.Ctl("get", "--prefix", "/flipagent"));
        var wrong = one.Worker.View.Members[0];
        Assert.Equal((false, "belongs to another etcd than other members in the list; expected the members of one"), (wrong.Reachable, wrong.Problem));
        etcd.Kill(0);
        etcd.Kill(1);
        var away = one.Acquire();
        Assert.Equal(LeaseStatus.Failed, away.Status);
        Assert.Contains($"{wrong.Url}: belongs to another etcd", away.Detail, StringComparison.Ordinal);
        Assert.Equal("", other.Ctl("get", "--prefix", "/flipagent"));
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_member_that_falls_silent_is_passed_by()
    {
        using var etcd = EtcdCluster.Start(3);
        var follower = (etcd.Leader() + 1) % 3;
        using var one = new LeaseAsker([etcd.Urls[follower], etcd.Urls[(follower + 1) % 3], etcd.Urls[(follower + 2) % 3]], "web-lb");
        var held = one.Take();
        etcd.Send(follower, Signal.Stop);
        Assert.Equal((LeaseStatus.Held, ""), (one.Renew(held.LeaseId).Status, one.Renew(held.LeaseId).Detail));
        Assert.Equal(LeaseStatus.Free, one.Release(held.LeaseId).Status);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void Nobody_there_says_so_for_each_member()
    {
        using var one = new LeaseAsker("[\"http://127.0.0.1:1\", \"http://127.0.0.2:1\"]", "web-lb");
        var answer = one.Read();
        Assert.Equal((LeaseStatus.Failed, "etcd http://127.0.0.1:1: 127.0.0.1: connection refused; http://127.0.0.2:1: 127.0.0.2: connection refused"), (answer.Status, answer.Detail));
        Assert.Equal(answer.Detail, one.Worker.View.Problem);
    }
}
