using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>HAProxy dies just when the cloud misbehaves. The claim must end in one move all the same.</summary>
[Collection(OneAfterTheOther.Name)]
public class CloudFaultTests(TestGround ground)
{
    [NetTheory]
    [InlineData("F36", "500")]
    [InlineData("F36", "504-html")]
    [InlineData("F36", "broken-json")]
    [InlineData("F36", "other-json")]
    [InlineData("F36", "empty")]
    [InlineData("F37", "hang")]
    [InlineData("F46", "reset")]
    [InlineData("F46", "503")]
    public async Task F36_F37_F46_The_API_fails_for_some_seconds_and_the_claim_goes_on_until_it_works(string number, string fault)
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault($"\"on\":\"api\",\"fault\":\"{fault}\"");
        cluster[1].HaProxy!.Kill();
        await Until.True(async () => await NamespaceCluster.Role(cluster[2]) == "master", cluster.Describe);
        await Until.Stays(async () => await NamespaceCluster.Role(cluster[2]) == "master" && await cluster.Lab.Holder() == cluster[1].Droplet, $"{number}: master without the address", 2.5);
        Assert.False(await NamespaceCluster.Heard(cluster[1], "peer-silent"), $"{number}: adverts stopped while the API did\n{await cluster.Describe()}");
        await cluster.Lab.NoFaults();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F37_Answers_that_drip_for_some_seconds_end_in_one_assign()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault("\"on\":\"api\",\"fault\":\"drip\"");
        cluster[1].HaProxy!.Kill();
        // The cloud does what it is asked for, but every answer comes after the timeout.
        await Until.True(async () => await cluster.Lab.Holder() == cluster[2].Droplet, cluster.Describe);
        await Until.Stays(async () => await cluster.Assigns() == 1, "one assign", 6);
        Assert.False(await NamespaceCluster.Heard(cluster[1], "peer-silent"), await cluster.Describe());
        await cluster.Lab.NoFaults();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F37_A_slow_API_slows_the_claim_and_nothing_else()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Knobs("""{"answer_delay_ms":2000}""");
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
        Assert.False(await NamespaceCluster.Heard(cluster[1], "peer-silent"), await cluster.Describe());
    }

    [NetFact]
    public async Task F43_A_successor_whose_token_is_refused_gives_way_to_the_third_node()
    {
        await using var cluster = await NamespaceCluster.Start(ground, new() { Nodes = 3 });
        await cluster.Lab.Fault($"\"on\":\"api\",\"fault\":\"401\",\"source\":\"{cluster[2].Address}\"");
        var before = await cluster.Lab.LatestEntry();
        cluster[1].HaProxy!.Kill();
        await cluster.Event(cluster[2], "token-refused");
        await cluster.Audit(3, most: 1, least: 1);
        var refused = (await cluster.Lab.History(before, "assign", "request")).Count(e => e.Status == 401);
        Assert.True(refused <= 4, $"{refused} requests were refused: no tight loop\n{await cluster.Describe()}");
        await cluster.Alert("refuses the token (401)");
    }

    [NetFact]
    public async Task F35_A_rate_limit_is_waited_for_as_long_as_it_says()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault("\"on\":\"assign\",\"fault\":\"429-burst\",\"next\":1,\"retry_after_s\":4");
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
        var posts = (await cluster.Lab.History(cluster.Since, "assign")).Select(e => e.At).ToArray();
        Assert.Equal(2, posts.Length);
        Assert.InRange((posts[1] - posts[0]).TotalSeconds, 3.9, 15);
    }

    [NetTheory]
    [InlineData("accept-then-reset")]
    [InlineData("accept-then-drop")]
    [InlineData("accept-then-hang")]
    public async Task F38_An_assign_that_was_accepted_but_not_answered_is_not_sent_twice(string fault)
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault($"\"on\":\"assign\",\"fault\":\"{fault}\",\"next\":1");
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
        Assert.Single(await cluster.Lab.History(cluster.Since, "assign"));
    }

    [NetFact]
    public async Task F39_A_droplet_with_a_pending_event_is_waited_for()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Send("PUT", $"lab/droplets/{cluster[2].Droplet}", """{"busy_ms":3000}""");
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
        Assert.Contains(await cluster.Lab.History(cluster.Since, "assign"), e => e.Status == 422);
    }

    [NetFact]
    public async Task F39_An_API_that_refuses_every_assign_is_asked_less_than_ten_times_a_minute()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault("\"on\":\"assign\",\"fault\":\"422\"");
        var before = await cluster.Lab.LatestEntry();
        cluster[1].HaProxy!.Kill();
        await cluster.Event(cluster[2], "assign-sent");
        await Task.Delay(TimeSpan.FromSeconds(15));
        // Of both nodes; the quick ones are among them, and one pair of the slow ones more in the rest of the minute.
        Assert.InRange((await cluster.Lab.History(before, "assign", "request")).Count, 4, 7);
    }

    [NetTheory]
    [InlineData("action-errored", 2)]
    [InlineData("action-done", 1)]
    [InlineData("action-404", 1)]
    public async Task F40_An_action_that_ends_strangely_is_judged_by_the_address_itself(string fault, int assigns)
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault($"\"on\":\"assign\",\"fault\":\"{fault}\",\"next\":1");
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: assigns, least: assigns);
    }

    [NetFact]
    public async Task F40_A_stuck_action_is_waited_for_and_not_sent_again()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Fault("\"on\":\"assign\",\"fault\":\"action-stuck\",\"next\":1");
        cluster[1].HaProxy!.Kill();
        await Until.True(async () => await cluster.Assigns() == 1, cluster.Describe);
        await Until.Stays(async () => await cluster.Assigns() == 1 && await NamespaceCluster.Role(cluster[2]) == "master", "one assign, and the master waits", 4);
        var pending = (long)(await cluster.Lab.State())["floating_ips"]![0]!["pending_action"]!;
        await cluster.Lab.Send("POST", $"lab/actions/{pending}", """{"status":"completed"}""");
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F42_The_metadata_service_is_away_and_a_failover_works_as_ever()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Knobs("""{"metadata_up":false}""");
        cluster[2].CutMetadata();
        await cluster.NothingMoves(3);
        cluster[1].HaProxy!.Kill();
        await cluster.Audit(2, most: 1, least: 1);
    }

    [NetFact]
    public async Task F48_An_operator_moves_the_address_to_a_fit_node_and_the_master_follows()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Move(cluster[2].Droplet);
        await cluster.Audit(2, most: 0);
    }

    [NetFact]
    public async Task F48_An_operator_moves_the_address_to_a_foreign_droplet_and_nobody_claims_it_until_told_to()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        await cluster.Lab.Move(NamespaceNetwork.ForeignDroplet);
        await cluster.Event(cluster[1], "foreign-holder");
        await Until.Stays(
            async () => await cluster.Assigns() == 0 && await NamespaceCluster.Role(cluster[1]) == "master" && await NamespaceCluster.Role(cluster[2]) == "backup",
            "nobody claims and roles stay", 4);
        var promoted = cluster[1].Ctl("promote", "--yes");
        Assert.True(promoted.Code == 0, promoted.Text);
        await cluster.Audit(1, most: 1, least: 1);
    }
}
