namespace FlipAgent.Sim;

/// <summary>The stories of the lease (rule E15): its store away from everybody, and its master away from everything.</summary>
internal sealed partial class Trial
{
    /// <summary>
    /// Nobody reaches the store for a while. The master goes on for as long as its lease lasts, then nobody is master, and the address stays where it is and goes on serving (C7). When the store is
    /// back, the node that has the address is master again, within the time of a lease.
    /// </summary>
    private void PlayStoreAway()
    {
        StartCalmly();
        for (var i = 0; i < 3; i++)
        {
            _world.RunUntil(_world.Now + _dice.Seconds(3, 30));
            var holder = _world.NodeOfDroplet(_world.Cloud.Holder);
            var away = _dice.Chance(0.3) ? _plan.Ttl * 0.3 : _dice.Between(_plan.Ttl, _plan.Ttl * 8);
            _world.Say("chaos", $"the store is away for {Liveness.Seconds(away)}");
            _world.Referee.NoMoves = "the address is at a healthy node, and only the store of the lease is away (C7)";
            _world.Referee.NoMasterChange = away < _plan.Ttl / 2 ? "the store was away for less than the lease lasts (E15)" : null;
            var back = _world.Now + away;
            // Its members away, so that a new leader gives the old lease its time again; or the way to it, and the lease runs out there.
            var members = _dice.Chance(0.5);
            if (members)
                _world.Store!.GoDown();
            else
                Array.ForEach(_world.Nodes, node => node.Store.Fault = CloudFault.Hang);
            _world.RunUntil(back);
            if (away > _plan.Ttl + (2 * _plan.WakeLag) && _world.Nodes.FirstOrDefault(n => n.IsMaster) is { } late)
                throw new SimulationFailed($"{late.Name} is master without a lease (E15)");
            _world.Store!.ComeBack();
            Array.ForEach(_world.Nodes, node => node.Store.Fault = CloudFault.None);
            var allowed = _plan.Ttl + TimeSpan.FromSeconds(1) + (8 * _plan.WakeLag);
            if (!_world.RunUntil(() => _world.Nodes.Any(n => n.IsMaster), _world.Now + allowed))
                throw new SimulationFailed($"no master {Liveness.Seconds(allowed)} after the store had come back (E15)");
            if (holder is { IsMaster: false })
                throw new SimulationFailed($"{holder.Name} has the address, and another node became master when the store was back (E15)");
            Settle((4 * _plan.Interval) + Liveness.ApiTime(_world));
        }
        _world.Referee.NoMoves = null;
        StayQuiet();
    }

    /// <summary>Nothing but the time of the lease keeps a second master from coming up, and everything that can make a node misjudge that time happens to the first.</summary>
    private void PlaySevered()
    {
        StartCalmly();
        for (var i = 0; i < 4; i++)
        {
            _world.RunUntil(_world.Now + _dice.Seconds(3, 20));
            var master = _world.Nodes.Single(n => n.IsMaster);
            _world.Say("chaos", $"nobody hears {master.Name} any more");
            EachPair((a, b) => (a == master) != (b == master), _world.Network.Cut);
            var (slow, suspended) = _dice.Below(4) switch { 0 => (true, true), 1 => (false, true), 2 => (true, false), _ => (false, false) };
            if (slow)
                master.Store.Transit = _plan.Ttl * 0.08; // There and back twice, within the third that an attempt has.
            _world.RunUntil(_world.Now + _dice.Between(_plan.Ttl, _plan.Ttl * 3));
            if (suspended)
            {
                master.SetPause(Pause.Suspended);
                _world.RunUntil(_world.Now + _dice.Between(_plan.Ttl * 0.2, _plan.Ttl * 2));
                master.Resume();
            }
            if (_dice.Chance(0.8))
                master.Store.Fault = _dice.Pick([CloudFault.Hang, CloudFault.AnswerLost]);
            _world.RunUntil(_world.Now + (_plan.Ttl * 3));
            _world.Network.Heal();
            (master.Store.Fault, master.Store.Transit) = (CloudFault.None, TimeSpan.FromMilliseconds(10));
            Settle((8 * _plan.Interval) + (2 * Liveness.ApiTime(_world)) + (2 * _plan.Ttl) + TimeSpan.FromSeconds(22));
        }
    }
}
