namespace FlipAgent.Sim;

/// <summary>The stories of a whole machine that stands still or dies, and of nothing else: how long it is waited for, and how soon it is replaced (rule E6).</summary>
internal sealed partial class Trial
{
    /// <summary>Agent and HAProxy share a machine: a pause of less than half of T silences both, and nothing may move.</summary>
    private void PlayBlink()
    {
        StartCalmly();
        var longest = _plan.Interval / 2 * 0.8;
        _world.Referee.NoMoves = _world.Referee.NoMasterChange = "a machine only stood still for a moment (E6)";
        for (var i = 0; i < 40; i++)
        {
            _world.RunUntil(_world.Now + _dice.Seconds(0.5, 6));
            var node = _dice.Chance(0.7) ? _world.Nodes.Single(n => n.IsMaster) : _dice.Pick(_world.Nodes);
            node.SetPause(_dice.Chance(0.5) ? Pause.Machine : Pause.MachineUnseen);
            _world.RunUntil(_world.Now + _dice.Between(longest / 4, longest));
            node.Resume();
        }
    }

    /// <summary>The master's machine dies in a healthy cluster: both witnesses are silent, so nobody waits for D.</summary>
    private void PlayBlackout()
    {
        StartCalmly();
        _world.RunUntil(_world.Now + _dice.Seconds(3, 40));
        var master = _world.Nodes.Single(n => n.IsMaster);
        _world.Say("chaos", $"{master.Name}'s machine dies");
        var at = _world.Now;
        master.PowerOff();
        // Half of T, the guard's pace, three answers that do not come, a look at the holder; and a probe of 400 ms that was begun just before the last advert.
        var allowed = Longest(_plan.Interval / 2, TimeSpan.FromMilliseconds(200)) + TimeSpan.FromMilliseconds(900);
        if (!_world.RunUntil(() => _world.Nodes.Any(n => n is { Runs: true, IsMaster: true }), at + allowed))
            throw new SimulationFailed($"no master {Liveness.Seconds(allowed)} after a machine died, though the ways were good (E6)");
        _settled = _world.Now - at;
        if (!_world.RunUntil(() => _world.Nodes.Any(n => n is { Runs: true, IsMaster: true } && n.Droplet == _world.Cloud.Holder), at + allowed + Liveness.ApiTime(_world)))
            throw new SimulationFailed("the address did not follow to the successor of a machine that died");
    }

    /// <summary>
    /// Whoever controls the network can make a dead master look alive for as long as its adverts last that were held back; but not for longer than it takes to see that they
    /// answer no question.
    /// </summary>
    private void PlayHeldBack()
    {
        StartCalmly();
        _world.RunUntil(_world.Now + _dice.Seconds(3, 40));
        var master = _world.Nodes.Single(n => n.IsMaster);
        var most = _dice.Seconds(3, 90);
        _world.Say("chaos", $"{master.Name}'s adverts are held back, {Liveness.Seconds(most)} in the end");
        _world.Referee.NoMoves = _world.Referee.NoMasterChange = "the master lives and serves, though its adverts are late (E3)";
        foreach (var other in _world.Nodes)
            if (other != master)
                _world.Network.HoldBack(master, other, most);
        _world.RunUntil(_world.Now + (6 * most) + _dice.Seconds(0, 30));
        _world.Referee.NoMoves = _world.Referee.NoMasterChange = null;
        _world.Say("chaos", $"{master.Name}'s machine dies");
        var at = _world.Now;
        master.PowerOff();
        // 20 s, or 2D; the questions that have to be missed; then the silence (E6).
        var down = 4 * _plan.Interval;
        var allowed = Longest(TimeSpan.FromSeconds(20), 2 * down) + (25 * _plan.Interval) + (3 * down) + TimeSpan.FromSeconds(5) + (8 * _plan.WakeLag);
        if (!_world.RunUntil(() => _world.Nodes.Any(n => n is { Runs: true, IsMaster: true }), at + allowed))
            throw new SimulationFailed($"no master {Liveness.Seconds(allowed)} after a machine died whose adverts were held back (E3)");
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
