namespace FlipAgent.Sim;

/// <summary>The stories with a promise of their own: little goes wrong, so much can be demanded.</summary>
internal sealed partial class Trial
{
    /// <summary>All nodes come up together (F67): a master, by itself, and no assign when the address is at one of them.</summary>
    private void StartCalmly()
    {
        var placed = _story != Story.Calm || _dice.Chance(0.8);
        _world.Cloud.PlaceFirst(placed ? _dice.Pick(_world.Nodes).Droplet : null);
        foreach (var node in _world.Nodes)
            _world.After(_dice.Milliseconds(0, 300), node.StartAgent);
        if (placed && !_plan.Preempt)
            _world.Referee.NoMoves = "the holder is healthy since the beginning";
        var down = 4 * _plan.Interval;
        var allowed = down + (_plan.StartupDelay > down ? _plan.StartupDelay : down) + (_plan.Interval * _plan.Nodes.Length / 2) + (8 * _plan.WakeLag) +
            TimeSpan.FromSeconds(5);
        // With preempt the mastership may go to a better node already, and the address with it (E9).
        Settle(placed && !_plan.Preempt ? allowed : allowed + Liveness.ApiTime(_world));
        _world.Referee.NoMoves = null;
    }

    private void PlayCalm()
    {
        StartCalmly();
        if (!_plan.Preempt)
        {
            _world.Referee.NoMoves = _world.Referee.NoMasterChange = "nothing has happened since the start";
            _world.RunUntil(_world.Now + TimeSpan.FromSeconds(120));
            return;
        }

        // E9: one planned move to the highest priority, and then peace.
        var moved = _world.Cloud.Accepted;
        Settle(_plan.PreemptDelay + TimeSpan.FromSeconds(30) + Liveness.ApiTime(_world));
        var best = _plan.Nodes.Max(n => n.Priority + Math.Max(0, _plan.BackendsWeight));
        var master = _world.Nodes.Single(n => n.IsMaster);
        if (Math.Min(254, master.Settings.Self.Priority + Math.Max(0, _plan.BackendsWeight)) < Math.Min(254, best))
            throw new SimulationFailed($"preempt is on, but {master.Name} is still master (E9)");
        if (_world.Cloud.Accepted > moved + 1)
            throw new SimulationFailed("preempting took more than one move (E9)");
        _world.Referee.NoMoves = _world.Referee.NoMasterChange = "the best node is master";
        _world.RunUntil(_world.Now + TimeSpan.FromSeconds(60));
    }

    private void PlayLossy()
    {
        StartCalmly();
        _world.Network.SetLoss(0.3);
        _world.Referee.NoMoves = _world.Referee.NoMasterChange = "only adverts are lost, and the guard answers (F23)";
        _world.RunUntil(_world.Now + TimeSpan.FromSeconds(300));
        _world.Network.SetLoss(0);
        Settle(TimeSpan.FromSeconds(10));
    }

    private void PlaySplit()
    {
        StartCalmly();
        var cut = _dice.Between(1, _world.Nodes.Length - 1);
        var offset = _dice.Below(_world.Nodes.Length);
        bool Left(SimNode n) => (n.Index + offset) % _world.Nodes.Length < cut;
        EachPair((a, b) => Left(a) != Left(b), _world.Network.Cut);
        var before = _world.Cloud.Accepted;
        _world.Say("chaos", $"the network falls apart: {string.Join(" ", _world.Nodes.Where(Left).Select(n => n.Name))} alone");
        if (_plan.Guard)
            _world.Referee.NoMoves = _world.Referee.NoMasterChange = "only adverts are lost, and the guard answers (F21)";
        _world.RunUntil(() => _world.Cloud.Accepted > before + 1, _world.Now + TimeSpan.FromSeconds(400));
        if (_world.Cloud.Accepted > before + 1)
            throw new SimulationFailed("the address moved twice during one partition (F21, F74)");
        _world.Referee.NoMoves = _world.Referee.NoMasterChange = null;

        _world.Say("heal", $"the network is whole again");
        before = _world.Cloud.Accepted;
        EachPair((a, b) => Left(a) != Left(b), _world.Network.Mend);
        Settle((4 * _plan.Interval) + Liveness.ApiTime(_world) + TimeSpan.FromSeconds(5));
        if (_world.Cloud.Accepted > before + 1)
            throw new SimulationFailed("more than one move after the partition (F22)");
        StayQuiet();
    }

    private void PlayRelay()
    {
        StartCalmly();
        // A random tree stays, so that everybody hears everybody through somebody.
        var order = _world.Nodes.OrderBy(_ => _dice.Next()).ToArray();
        var stays = new HashSet<(SimNode, SimNode)>();
        for (var i = 1; i < order.Length; i++)
        {
            var to = order[_dice.Chance(0.3) ? i - 1 : _dice.Below(i)];
            stays.Add((order[i], to));
            stays.Add((to, order[i]));
        }

        EachPair((a, b) => !stays.Contains((a, b)), _world.Network.Cut);
        _world.Say("chaos", $"left are {string.Join(" ", stays.Where(l => l.Item1.Index < l.Item2.Index).Select(l => $"{l.Item1.Name}-{l.Item2.Name}"))}");
        _world.Referee.NoMoves = _world.Referee.NoMasterChange = "everybody is heard through others (F70)";
        _world.RunUntil(_world.Now + TimeSpan.FromSeconds(200));
        if (Liveness.Missing(_world) is { } missing)
            throw new SimulationFailed($"with some links cut: {missing} (F70)");
    }

    private void PlayHandover()
    {
        StartCalmly();
        _world.Network.EchoChance = 0.3;
        for (var i = 0; i < 5; i++)
        {
            _world.RunUntil(_world.Now + _dice.Seconds(1, 20));
            // C8: three moves away from a fit holder are enough, unless a person insists.
            var insists = i >= 3;
            var master = _world.Nodes.Single(n => n.IsMaster);
            var target = _dice.Pick(_world.Nodes.Where(n => n != master).ToArray());
            var (moves, changes) = (_world.Cloud.Accepted, _world.Referee.MasterChanges);
            var promote = insists || _dice.Chance(0.4);
            _world.Say("chaos", $"{(promote ? "promote on " : "release to ")}{target.Name}");
            _world.Referee.LastCommandAt = _world.Now;
            if (promote)
                target.Take(new Input.Commanded(new Command.Promote(insists)));
            else
                master.Take(new Input.Commanded(new Command.ReleaseMaster(target.Name)));
            Settle(TimeSpan.FromSeconds(25) + Liveness.ApiTime(_world));
            if (!target.IsMaster)
                throw new SimulationFailed($"{target.Name} was to be master by command and is not");
            if (_world.Cloud.Accepted != moves + 1 || _world.Referee.MasterChanges != changes + 2)
                throw new SimulationFailed(
                    $"one command made {_world.Cloud.Accepted - moves} moves and {_world.Referee.MasterChanges - changes} changes of a master (E5, F72)");
        }
    }

    private void PlayOperator()
    {
        StartCalmly();
        _world.Referee.NoMoves = "the address is at a fit node (E8a)";
        for (var i = 0; i < 4; i++)
        {
            _world.RunUntil(_world.Now + _dice.Seconds(1, 20));
            _world.Cloud.Place(_dice.Pick(_world.Nodes).Droplet);
            Settle(_plan.MetadataLag + (4 * _plan.Interval) + TimeSpan.FromSeconds(12));
        }
    }

    private void PlayFarewell()
    {
        StartCalmly();
        if (_dice.Chance(0.4))
        {
            SayFarewellByCommand();
            return;
        }

        for (var i = 0; i < 3; i++)
        {
            var deaf = _world.Nodes.Single(n => n.IsMaster);
            var bystander = _world.Nodes.Where(n => n != deaf).OrderBy(n => n.Settings.Self.Priority).ThenByDescending(n => n.Index).First();
            EachPair((a, b) => b == deaf || (a == deaf && b == bystander), _world.Network.Cut);
            _world.Say("chaos", $"{deaf.Name} hears nobody any more, {bystander.Name} does not hear it, and it goes into maintenance");
            deaf.Take(new Input.Commanded(new Command.Maintenance(true, null, null)));
            _world.RunUntil(_world.Now + UntilMoved());
            HearTheOldRelease(deaf, bystander);
        }
    }

    /// <summary>
    /// An operator hands the mastership on for a repair, and later on again; the release of the first hand-over names a node that has had its turn.
    /// </summary>
    private void SayFarewellByCommand()
    {
        var deaf = _world.Nodes.Single(n => n.IsMaster);
        var others = _world.Nodes.Where(n => n != deaf).OrderBy(_ => _dice.Next()).ToArray();
        var (named, next) = (others[0], others[1]);
        _world.Say("chaos", $"{deaf.Name} hears nobody any more, hands over to {named.Name} and goes into maintenance");
        EachPair((_, b) => b == deaf, _world.Network.Cut);
        _world.Referee.LastCommandAt = _world.Now;
        deaf.Take(new Input.Commanded(new Command.ReleaseMaster(named.Name)));
        deaf.Take(new Input.Commanded(new Command.Maintenance(true, null, null)));
        _world.RunUntil(_world.Now + (_plan.Interval / 2));
        _world.Network.Cut(deaf, named);
        _world.RunUntil(_world.Now + UntilMoved());
        _world.Say("chaos", $"{named.Name} hands over to {next.Name}");
        _world.Referee.LastCommandAt = _world.Now;
        named.Take(new Input.Commanded(new Command.ReleaseMaster(next.Name)));
        _world.RunUntil(_world.Now + UntilMoved());
        HearTheOldRelease(deaf, named);
    }

    /// <summary>The move, and 20 s in which no budget is open any more.</summary>
    private TimeSpan UntilMoved() => _plan.MoveLongest + _plan.DataLag + _plan.AssignLag + _dice.Seconds(20, 25);

    /// <summary>One node loses sight of the master and hears only the former one. The guard answers: nothing moves.</summary>
    private void HearTheOldRelease(SimNode deaf, SimNode bystander)
    {
        EachPair((a, b) => (a == bystander) != (b == bystander) && a != deaf && b != deaf, _world.Network.Cut);
        _world.Say("chaos", $"{bystander.Name} is cut off from the others");
        _world.RunUntil(_world.Now + (5 * _plan.Interval) + _dice.Seconds(0, 5));
        _world.Say("chaos", $"{bystander.Name} hears {deaf.Name}, which still releases a term long gone");
        _world.Network.Mend(deaf, bystander);
        var before = _world.Cloud.Accepted;
        _world.RunUntil(_world.Now + TimeSpan.FromSeconds(15));
        if (_world.Cloud.Accepted > before)
            throw new SimulationFailed("an old release moved the address (E5, F72)");
        _world.Network.Heal();
        deaf.Take(new Input.Commanded(new Command.Maintenance(false, null, null)));
        Settle((4 * _plan.Interval) + Liveness.ApiTime(_world) + TimeSpan.FromSeconds(5));
    }

    private void EachPair(Func<SimNode, SimNode, bool> which, Action<SimNode, SimNode> what)
    {
        foreach (var a in _world.Nodes)
            foreach (var b in _world.Nodes)
                if (a != b && which(a, b))
                    what(a, b);
    }
}
