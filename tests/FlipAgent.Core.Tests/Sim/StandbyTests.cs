using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A master that nobody could take over from says so after five minutes (rule S3).</summary>
public sealed class StandbyTests
{
    private readonly ElectionState _state = Grow(holder: 101, fit: true);
    private readonly List<(double At, Event Event)> _told = [];

    [Fact]
    public void S3_no_node_that_could_take_over_for_five_minutes_is_told_once_and_its_end_as_well()
    {
        Live(0, 400, peer: Role.Fault);
        var (at, e) = Assert.Single(_told);
        Assert.InRange(at, 299, 304);
        Assert.Equal((Severity.Warning, false, 300.0), (e.Severity, e.Ended, e.Duration?.TotalSeconds));
        Live(400, 410, peer: Role.Backup);
        (at, e) = _told[1];
        Assert.InRange(at, 400, 401.1);
        Assert.Equal((Severity.Info, true, true), (e.Severity, e.Ended, e.Alert));
        Assert.InRange(e.Duration!.Value.TotalSeconds, 396, 398); // Since n3 was taken for dead, too.
        Assert.Equal(2, _told.Count);
    }

    [Fact]
    public void S3_a_peer_whose_API_is_away_could_not_take_over_either()
    {
        Live(0, 310, peer: Role.Backup, api: false);
        Assert.Single(_told);
    }

    [Fact]
    public void S3_a_peer_that_is_away_for_less_is_not_told()
    {
        Live(0, 295, peer: Role.Fault);
        Live(295, 300, peer: Role.Backup);
        Live(300, 590, peer: Role.Fault);
        Assert.Empty(_told);
    }

    [Fact]
    public void S3_a_node_that_is_not_the_master_does_not_judge()
    {
        Live(0, 3, peer: Role.Fault);
        Take(_state, new Input.CheckChanged(1, false, "down"), 3);
        Live(4, 400, peer: Role.Fault);
        Assert.Empty(_told);
    }

    [Fact]
    public void S3_the_five_minutes_begin_anew_with_a_new_mastership()
    {
        Live(0, 200, peer: Role.Fault);
        Take(_state, new Input.CheckChanged(1, false, "down"), 200);
        Live(200, 210, peer: Role.Fault);
        Assert.Equal(Role.Fault, _state.Role);
        Take(_state, new Input.CheckChanged(1, true, "up"), 210);
        Live(210, 500, peer: Role.Fault);
        Assert.Equal(Role.Master, _state.Role);
        Assert.Empty(_told);
        Live(500, 560, peer: Role.Fault);
        Assert.Single(_told);
    }

    private void Live(double from, double to, Role peer, bool api = true)
    {
        for (var second = from; second < to; second += 0.5)
        {
            foreach (var input in new Input[] { new Input.AdvertHeard(1, Make(_state, peer, _state.Term) with { ApiReachable = api }), Read(101, second), new Input.Deadline() })
                _told.AddRange(Announced(_state, input, second).Where(e => e.Kind == EventKind.NoStandby).Select(e => (second, e)));
        }
    }
}
