using System.Text;
using System.Text.Json.Nodes;
using FlipAgent.Core;

namespace FlipAgent.Tests.Lease;

/// <summary>What no real etcd does when it is asked to: a leader that does not know that it was replaced, answers that are lost, old versions, garbage.</summary>
public sealed class LeaseStandInTests
{
    private const string Key = "/flipagent/web-lb/master";

    [Theory]
    [InlineData(5, 6, 6, LeaseStatus.Failed)]
    [InlineData(5, 5, 5, LeaseStatus.Held)]
    public void A_renewal_by_a_leader_that_was_replaced_does_not_count(int renewed, int read, int readAgain, LeaseStatus expected)
    {
        var reads = 0;
        using var etcd = new HttpScript((request, wire) => request.Path switch
        {
            // The stale leader goes on answering in its term, each time.
            "/v3/lease/keepalive" => wire.Reply(200, $$"""{"result":{{Lease(request, renewed)}} }"""),
            "/v3/kv/txn" => wire.Reply(200, Txn(reads++ == 0 ? read : readAgain, "haproxy-1", 77)),
            _ => wire.Reply(200, "{}"),
        });
        using var one = new LeaseAsker([etcd.Url], "web-lb");
        var answer = one.Renew(77);
        Assert.Equal(expected, answer.Status);
        Assert.Equal(expected == LeaseStatus.Held ? 1 : 2, reads);
        if (expected == LeaseStatus.Failed)
            Assert.Contains("changes its leader at this moment", answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_leader_between_the_two_is_asked_about_again()
    {
        var renewals = 0;
        using var etcd = new HttpScript((request, wire) => request.Path switch
        {
            "/v3/lease/keepalive" => wire.Reply(200, $$"""{"result":{{Lease(request, renewals++ == 0 ? 5 : 6)}} }"""),
            "/v3/kv/txn" => wire.Reply(200, Txn(6, "haproxy-1", 77)),
            _ => wire.Reply(200, "{}"),
        });
        using var one = new LeaseAsker([etcd.Url], "web-lb");
        Assert.Equal((LeaseStatus.Held, 2), (one.Renew(77).Status, renewals));
    }

    [Fact]
    public void An_acquisition_whose_answer_was_lost_is_found_by_the_next_one()
    {
        var store = new Store { LoseTake = true };
        using var etcd = new HttpScript(store.Answer);
        using var one = new LeaseAsker([etcd.Url], "web-lb", ttl: "3s");
        Assert.Equal(LeaseStatus.Failed, one.Acquire(4).Status);
        var held = one.Acquire(4);
        Assert.Equal((LeaseStatus.Held, store.Lease, 1), (held.Status, held.LeaseId, store.Leases.Count));
    }

    [Fact]
    public void A_grant_whose_answer_was_lost_is_used_by_the_next_one()
    {
        var store = new Store { LoseGrant = true };
        using var etcd = new HttpScript(store.Answer);
        using var one = new LeaseAsker([etcd.Url], "web-lb", ttl: "3s");
        Assert.Equal(LeaseStatus.Failed, one.Acquire(4).Status);
        var held = one.Acquire(4);
        Assert.Equal((LeaseStatus.Held, Assert.Single(store.Leases)), (held.Status, held.LeaseId));
    }

    [Theory]
    [InlineData("{\"etcdserver\":\"2.3.8\",\"etcdcluster\":\"2.3.0\"}", "is etcd 2.3.8 and has no JSON interface /v3; expected etcd 3.4 or newer")]
    [InlineData("{\"etcdserver\":\"3.3.27\"}", "is etcd 3.3.27 and has no JSON interface /v3")]
    [InlineData("<html>", "answers with HTTP 404, and not as etcd does")]
    public void A_store_without_the_interface_is_named_with_its_version(string version, string said)
    {
        using var etcd = new HttpScript((request, wire) => request.Path == "/version" ? wire.Reply(200, version) : wire.Reply(404, "404 page not found", "text/plain"));
        using var one = new LeaseAsker([etcd.Url], "web-lb");
        var answer = one.Acquire();
        Assert.Equal(LeaseStatus.Refused, answer.Status);
        Assert.Contains(said, answer.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "[]")]
    [InlineData(200, "null")]
    [InlineData(200, "{}")]
    [InlineData(200, "{\"ID\":\"7\",\"TTL\":\"9\"}")]
    [InlineData(200, "{\"ID\":\"99999999999999999999999\",\"TTL\":[]}")]
    [InlineData(200, "{\"result\":{\"ID\":\"77\",\"TTL\":\"9\"},\"succeeded\":true}")]
    [InlineData(200, "{\"header\":{\"raft_term\":\"-1\"},\"kvs\":[null]}")]
    [InlineData(200, "{\"kvs\":[{\"value\":\"???\"}],\"succeeded\":\"x\"}")]
    [InlineData(500, "{\"error\":[],\"code\":\"x\",\"message\":5}")]
    [InlineData(503, "{\"error\":\"etcdserver: no leader\",\"code\":14,\"message\":\"etcdserver: no leader\"}")]
    [InlineData(301, "")]
    public void Garbage_is_never_a_lease(int code, string body)
    {
        using var etcd = HttpScript.Always(code, body);
        using var one = new LeaseAsker([etcd.Url], "web-lb");
        Input.LeaseAnswered[] answers = [one.Acquire(), one.Renew(77), one.Acquire(1, 77), one.Release(77)];
        Assert.DoesNotContain(answers, answer => answer.Status is LeaseStatus.Held or LeaseStatus.Other);
        Assert.Equal(LeaseStatus.Failed, one.Acquire().Status);
    }

    /// <summary>What is not relied on does no harm: it holds for as long as was asked for.</summary>
    [Fact]
    public void A_member_that_promises_the_end_of_time_is_believed_as_far_as_was_asked()
    {
        var store = new Store { Ttl = long.MaxValue };
        using var etcd = new HttpScript(store.Answer);
        using var one = new LeaseAsker([etcd.Url], "web-lb", ttl: "3s");
        var taken = one.Acquire();
        Assert.Equal((LeaseStatus.Held, TimeSpan.FromSeconds(3)), (taken.Status, taken.Ttl));
        var renewed = one.Renew(taken.LeaseId);
        Assert.Equal((LeaseStatus.Held, TimeSpan.FromSeconds(3)), (renewed.Status, renewed.Ttl));
    }

    [Fact]
    public void A_member_that_never_ends_its_answer_costs_its_time_and_no_more()
    {
        using var etcd = new HttpScript((_, wire) => wire.Drip("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{", ' '));
        using var one = new LeaseAsker([etcd.Url], "web-lb", ttl: "3s");
        Assert.Equal(LeaseStatus.Failed, one.Acquire().Status);
    }

    [Fact]
    public void A_worker_that_was_put_away_answers_and_holds_nothing()
    {
        var store = new Store();
        using var etcd = new HttpScript(store.Answer);
        using var one = new LeaseAsker([etcd.Url], "web-lb");
        one.Worker.Retire();
        var answer = one.Acquire();
        Assert.Equal((LeaseStatus.Failed, 0L, "the configuration of the lease has changed"), (answer.Status, answer.LeaseId, answer.Detail));
    }

    private static string Header(long term) => $$"""{"cluster_id":"1","member_id":"2","revision":"3","raft_term":"{{term}}"}""";

    private static string Lease(ScriptRequest request, long term, long ttl = 9) => $$"""{"header":{{Header(term)}},"ID":"{{JsonNode.Parse(request.Body)!["ID"]}}","TTL":"{{ttl}}"}""";

    private static string Txn(long term, string node, long lease) =>
        $$$"""{"header":{{{Header(term)}}},"responses":[{"response_range":{"header":{},"kvs":[{"key":"x","create_revision":"2","value":"{{{Value(node)}}}","lease":"{{{lease}}}"}],"count":"1"}}]}"""
            .Replace("\"key\":\"x\"", $"\"key\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(Key))}\"", StringComparison.Ordinal);

    private static string Value(string node) => Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"cluster":"web-lb","node":"{{node}}","term":4}"""));

    /// <summary>A store of one key that loses an answer.</summary>
    private sealed class Store
    {
        public bool LoseGrant { get; set; }

        public bool LoseTake { get; set; }

        /// <summary>In seconds, as every answer says it.</summary>
        public long Ttl { get; set; } = 9;

        public HashSet<long> Leases { get; } = [];

        /// <summary>What the key hangs on; 0: there is no key.</summary>
        public long Lease { get; private set; }

        public Task Answer(ScriptRequest request, ScriptWire wire)
        {
            switch (request.Path)
            {
                case "/v3/lease/grant":
                    Leases.Add(long.Parse((string)JsonNode.Parse(request.Body)!["ID"]!));
                    if (!LoseGrant)
                        return wire.Reply(200, LeaseStandInTests.Lease(request, 5, Ttl));
                    LoseGrant = false;
                    wire.Reset();
                    return Task.CompletedTask;
                case "/v3/lease/keepalive":
                    return wire.Reply(200, $$"""{"result":{{LeaseStandInTests.Lease(request, 5, Ttl)}} }""");
                case "/v3/kv/txn":
                    return Transact(request, wire);
                default:
                    return wire.Reply(200, "{}");
            }
        }

        private Task Transact(ScriptRequest request, ScriptWire wire)
        {
            if (JsonNode.Parse(request.Body)!["success"]![0]!["request_put"] is not { } put || Lease != 0)
                return wire.Reply(200, Txn(5, "haproxy-1", Lease));
            Lease = long.Parse((string)put["lease"]!);
            if (!LoseTake)
                return wire.Reply(200, $$$"""{"header":{{{Header(5)}}},"succeeded":true,"responses":[{"response_put":{}}]}""");
            LoseTake = false;
            wire.Reset();
            return Task.CompletedTask;
        }
    }
}
