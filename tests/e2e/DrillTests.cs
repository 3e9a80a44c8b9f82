using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>A rehearsal must never be what strands the address.</summary>
[Collection(OneAfterTheOther.Name)]
public class DrillTests(TestGround ground)
{
    /// <summary>Three moves in ten minutes (rule C8): one drill there and back fits, half of a second one would.</summary>
    [NetFact]
    public async Task C8_a_second_drill_there_and_back_is_refused_before_anything_moves()
    {
        await using var cluster = await NamespaceCluster.Start(ground);
        var first = cluster[1].Ctl("drill", "--back", "--yes");
        Assert.True(first.Code == 0, first.Text);
        await cluster.Settled(1);
        await Until.True(async () => (string?)(await cluster[1].Status())!["verdict"] == "ok", cluster.Describe);
        var second = cluster[1].Ctl("drill", "--back", "--yes");
        Assert.Equal(5, second.Code);
        Assert.Matches(@"no drill: it takes 2 moves away from a fit holder, and of 3 in 10 min 1 is left \(rule C8\); it fits again in 9 min \d+ s, or now without --back", second.Text);
        await cluster.NothingMovesAnyMore(2);
        // Each has made one of the two moves and has seen the other.
        var left = (await Left(cluster[1]), await Left(cluster[2]));
        Assert.Equal((1, 1), left);
    }

    private static async Task<int> Left(Node node) => (int)(await node.Status())!["move_budget"]!["left"]!;
}
