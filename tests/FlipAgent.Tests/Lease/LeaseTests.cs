using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Lease;

/// <summary>The lease of one cluster at one etcd: taken, kept, given up, found again.</summary>
public sealed class LeaseTests : IDisposable
{
    private readonly Lazy<EtcdMembers> _etcd = new(() => EtcdCluster.Start());
    private readonly List<LeaseAsker> _askers = [];

    public void Dispose()
    {
        _askers.ForEach(asker => asker.Dispose());
        if (_etcd.IsValueCreated)
            _etcd.Value.Dispose();
    }

    private LeaseAsker Node(string name = "haproxy-1", string cluster = "web-lb", string ttl = "9s")
    {
        _askers.Add(new LeaseAsker(_etcd.Value.Urls, cluster, name, ttl));
        return _askers[^1];
    }

    [NeedsFact("etcd", "etcdctl")]
    public void Taken_kept_and_given_up()
    {
        var (one, two) = (Node(), Node("haproxy-2"));
        Assert.Equal(LeaseStatus.Free, one.Read().Status);
        var before = Clocks.Monotonic;
        var held = one.Take(7);
        Assert.Equal((9, "haproxy-1", 7u), (held.Ttl.TotalSeconds, held.Holder, held.Term));
        Assert.InRange(held.SentAt, before, Clocks.Monotonic);
        Assert.Matches("\\{\"cluster\":\"web-lb\",\"node\":\"haproxy-1\",\"term\":7,\"since\":\"20..-..-..T..:..:..Z\"\\}", _etcd.Value.Ctl("get", "/flipagent/web-lb/master"));

        var other = two.Acquire(8);
        Assert.Equal((LeaseStatus.Other, "haproxy-1", 7u, 0L), (other.Status, other.Holder, other.Term, other.LeaseId));
        Assert.Equal((LeaseStatus.Other, "haproxy-1"), (two.Read().Status, two.Read().Holder));

        var sent = Clocks.Monotonic;
        var kept = one.Renew(held.LeaseId);
        Assert.Equal((LeaseStatus.Held, held.LeaseId, 7u), (kept.Status, kept.LeaseId, kept.Term));
        Assert.InRange(kept.SentAt, sent, Clocks.Monotonic);

        Assert.Equal(LeaseStatus.Free, one.Release(held.LeaseId).Status);
        Assert.Equal(LeaseStatus.Free, one.Release(held.LeaseId).Status);
        Assert.Equal(LeaseStatus.Held, two.Acquire(8).Status);
        // Attempts that came to nothing have left no lease behind but the one that is held.
        Assert.Contains("found 1 leases", _etcd.Value.Ctl("lease", "list"), StringComparison.Ordinal);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_hundred_vain_attempts_make_one_lease()
    {
        var (one, two) = (Node(), Node("haproxy-2"));
        one.Take();
        for (var i = 0; i < 20; i++)
            Assert.Equal(LeaseStatus.Other, two.Acquire().Status);
        Assert.Contains("found 2 leases", _etcd.Value.Ctl("lease", "list"), StringComparison.Ordinal);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void The_next_run_goes_on_with_the_lease_of_the_last_one()
    {
        var held = Node().Take(3);
        var next = Node();
        // It knows the number from its state file.
        var again = next.Acquire(4, held.LeaseId);
        Assert.Equal((LeaseStatus.Held, held.LeaseId, 3u), (again.Status, again.LeaseId, again.Term));
        Assert.Equal(LeaseStatus.Held, next.Renew(held.LeaseId).Status);
        // Without the number, it is somebody else of its name; and another node may not take it with the number.
        Assert.Equal((LeaseStatus.Other, "haproxy-1"), (Node().Acquire(5).Status, Node().Acquire(5).Holder));
        Assert.Equal((LeaseStatus.Other, "haproxy-1"), (Node("haproxy-2").Acquire(5, held.LeaseId).Status, Node("haproxy-2").Acquire(5).Holder));
        Assert.Equal(LeaseStatus.Free, next.Release(held.LeaseId).Status);
        Assert.Equal(LeaseStatus.Held, Node().Acquire(6, held.LeaseId).Status);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void It_runs_out()
    {
        var (one, two) = (Node(ttl: "2s"), Node("haproxy-2", ttl: "2s"));
        var held = one.Take();
        Until.True(() => two.Acquire().Status == LeaseStatus.Held, "the lease of haproxy-1 runs out");
        Assert.True(Clocks.Monotonic > held.SentAt + held.Ttl, "not before its time");
        Assert.Equal((LeaseStatus.Other, "haproxy-2"), (one.Renew(held.LeaseId).Status, one.Renew(held.LeaseId).Holder));
        Assert.Equal(LeaseStatus.Other, one.Acquire().Status);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_key_that_was_deleted_by_hand_is_not_held()
    {
        var one = Node();
        var held = one.Take();
        _etcd.Value.Ctl("del", "/flipagent/web-lb/master");
        Assert.Equal(LeaseStatus.Free, one.Renew(held.LeaseId).Status);
        Assert.Equal(LeaseStatus.Held, one.Acquire().Status);
        _etcd.Value.Ctl("del", "/flipagent/web-lb/master");
        Assert.Equal(LeaseStatus.Held, Node("haproxy-2").Acquire().Status);
        Assert.Equal((LeaseStatus.Other, "haproxy-2"), (one.Renew(held.LeaseId).Status, one.Renew(held.LeaseId).Holder));
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_key_that_somebody_else_wrote_is_refused()
    {
        foreach (var value in (string[])["hello", "{\"cluster\":\"web-lb\",\"node\":\"mars\",\"term\":1}", "{\"cluster\":\"other\",\"node\":\"haproxy-1\"}"])
        {
            var lease = _etcd.Value.Ctl("lease", "grant", "600").Split(' ')[1];
            _etcd.Value.Ctl("put", "/flipagent/web-lb/master", value, "--lease", lease);
            var answers = (Input.LeaseAnswered[])[Node().Acquire(), Node().Read()];
            Assert.All(answers, answer => Assert.Equal(LeaseStatus.Refused, answer.Status));
            Assert.All(answers, answer => Assert.EndsWith(
                "has something in /flipagent/web-lb/master that no node of this cluster wrote: do two clusters have one name and one prefix?", answer.Detail, StringComparison.Ordinal));
        }
    }

    /// <summary>It would keep every node from being master for ever, the one that it names included.</summary>
    [NeedsFact("etcd", "etcdctl")]
    public void A_key_that_hangs_on_no_lease_is_refused_and_says_how_to_be_rid_of_it()
    {
        _etcd.Value.Ctl("put", "/flipagent/web-lb/master", "{\"cluster\":\"web-lb\",\"node\":\"haproxy-1\",\"term\":1}");
        var answers = (Input.LeaseAnswered[])[Node().Acquire(), Node().Read(), Node("haproxy-2").Acquire()];
        Assert.All(answers, answer => Assert.Equal(LeaseStatus.Refused, answer.Status));
        Assert.All(answers, answer => Assert.EndsWith("etcdctl del /flipagent/web-lb/master frees it", answer.Detail, StringComparison.Ordinal));
        _etcd.Value.Ctl("del", "/flipagent/web-lb/master");
        Node().Take();
    }

    [NeedsFact("etcd", "etcdctl")]
    public void Two_clusters_of_two_names_do_not_meet()
    {
        Node().Take();
        Node(cluster: "mail-lb").Take();
        Assert.Equal(LeaseStatus.Free, Node(cluster: "third").Read().Status);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_compacted_store_is_as_good()
    {
        var (one, two) = (Node(), Node("haproxy-2"));
        var held = one.Take();
        var revision = _etcd.Value.Ctl("put", "x", "y", "-w", "json").Split("\"revision\":")[1].Split(',')[0];
        _etcd.Value.Ctl("compact", revision);
        _etcd.Value.Ctl("defrag");
        Assert.Equal(LeaseStatus.Held, one.Renew(held.LeaseId).Status);
        Assert.Equal(LeaseStatus.Other, two.Acquire().Status);
        Assert.Equal(LeaseStatus.Free, one.Release(held.LeaseId).Status);
        Assert.Equal(LeaseStatus.Held, two.Acquire().Status);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_renewal_makes_no_revision()
    {
        var one = Node();
        var held = one.Take();
        var before = _etcd.Value.Ctl("get", "x", "-w", "json").Split("\"revision\":")[1].Split(',')[0];
        for (var i = 0; i < 10; i++)
            Assert.Equal(LeaseStatus.Held, one.Renew(held.LeaseId).Status);
        Assert.Equal(before, _etcd.Value.Ctl("get", "x", "-w", "json").Split("\"revision\":")[1].Split(',')[0]);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_longer_time_takes_the_lease_over()
    {
        var held = Node(ttl: "3s").Take(9);
        var next = Node(ttl: "12s");
        var longer = next.Acquire(10, held.LeaseId);
        Assert.Equal((LeaseStatus.Held, 12.0, 9u), (longer.Status, longer.Ttl.TotalSeconds, longer.Term));
        Assert.NotEqual(held.LeaseId, longer.LeaseId);
        Assert.Equal(LeaseStatus.Held, next.Renew(longer.LeaseId).Status);
        Assert.Contains("found 1 leases", _etcd.Value.Ctl("lease", "list"), StringComparison.Ordinal);
    }

    [NeedsFact("etcd", "etcdctl")]
    public async Task The_members_are_seen()
    {
        var one = Node();
        Assert.Null(Assert.Single(one.Worker.View.Members).Reachable);
        one.Take();
        await one.Worker.Look();
        var view = one.Worker.View;
        var member = Assert.Single(view.Members);
        Assert.Equal((true, null, true), (member.Reachable, member.Problem, member.Leads));
        Assert.StartsWith("3.", member.Version, StringComparison.Ordinal);
        Assert.InRange(member.ClockDifference!.Value, -5, 5);
        Assert.Equal((null, member.ClockDifference), (view.Problem, view.ClockDifference));
        Assert.Equal(_etcd.Value.Urls[0].GetLeftPart(UriPartial.Authority), member.Url);
    }
}
