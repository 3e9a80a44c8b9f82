namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// Who counts what (rule C8). A drill asks its own node what is left of the budget, though the move to the peer is the peer's own: that is of use only
/// because every node counts every move that it sees.
/// </summary>
public sealed class MoveBudgetTests
{
    [Theory]
    [InlineData("150,100")]
    [InlineData("150,100,50")]
    public void Every_node_has_counted_each_move_of_a_drill_there_and_back(string priorities)
    {
        var stage = Play($"cluster {priorities}", "up");
        Assert.All(Counts(stage), count => Assert.Equal(0, count));
        Play(stage, "release n1 to n2", "run 20s");
        Assert.All(Counts(stage), count => Assert.Equal(1, count));
        Play(stage, "promote n1", "run 20s");
        Assert.All(Counts(stage), count => Assert.Equal(2, count));
        Play(stage, "run 10m");
        Assert.All(Counts(stage), count => Assert.Equal(0, count));
    }

    /// <summary>A restart forgets the count. The peer's own move is then refused by the peer, before anything moves, and the mastership comes back.</summary>
    [Theory]
    [InlineData("150,100")]
    [InlineData("150,100,50")]
    public void The_peer_whose_count_is_full_hands_back_and_nothing_moves(string priorities)
    {
        var stage = Play($"cluster {priorities}", "up", "release n1 to n2", "run 25s", "promote n1", "run 25s", "release n1 to n2", "run 25s", "promote n1 yes", "run 25s");
        Play(stage, "agent n1 restart", "run 1s", "agent n1 start", "run 25s");
        var (n1, n2) = (stage.World.Nodes[0].State!, stage.World.Nodes[1].State!);
        Assert.Equal((Role.Master, 0), (n1.Role, Counts(stage)[0]));
        Assert.True(Counts(stage)[1] >= MoveBudget.Max);
        var (term, moves) = (n1.Term, stage.World.Cloud.Accepted);
        Play(stage, "release n1 to n2", "run 30s");
        Assert.Equal((Role.Master, ClaimState.Held, Role.Backup, true), (n1.Role, n1.Ip.Claim.State, n2.Role, n2.Ip.Budget.FlapHold));
        Assert.True(n1.Term > term, "that is how a drill sees it");
        Assert.Equal(moves, stage.World.Cloud.Accepted);
    }

    private static List<int> Counts(ScenarioStage stage) => [.. stage.World.Nodes.Select(n => n.State!.Ip.Budget.Counted(stage.World.Now).Length)];

    private static ScenarioStage Play(params string[] lines) => Play(new ScenarioStage(), lines);

    private static ScenarioStage Play(ScenarioStage stage, params string[] lines)
    {
        foreach (var line in lines)
            stage.Do(line.Split(' '));
        return stage;
    }
}
