using System.Collections.Immutable;

namespace FlipAgent.Sim;

/// <summary>The kinds of faults, one switch of the swarm each.</summary>
internal enum Fault
{
    Loss,
    OneWay,
    Partition,
    Isolation,
    Disorder,
    Replay,
    AgentPause,
    MachinePause,
    UnseenPause,
    AgentKill,
    AgentStop,
    AgentRestart,
    Reboot,
    PowerLoss,
    HaproxyCrash,
    SiteFlap,
    BackendsFlap,
    ApiCut,
    ApiErrors,
    ApiRefused,
    ApiSlow,
    AnswersLost,
    BadMoves,
    Metadata,
    ForeignMove,
    OperatorMove,
    GuardPath,
    Reload,
    Commands,
    DiskFull,
    WallClock,
    Snapshot,
    /// <summary>Drawn apart from the others (<see cref="Swarm.DrawFaults"/>).</summary>
    Suspend,
    /// <summary>A service that its own checks see, and that does not answer through the floating IP: bound to another address, or behind a firewall.</summary>
    WrongBind,
    /// <summary>What every node's service depends on goes away with the next move, and no check sees it.</summary>
    NothingBehind,
    /// <summary>The store of the lease answers nobody.</summary>
    StoreAway,
    /// <summary>Some nodes do not reach it, or it fails.</summary>
    StoreCut,
    /// <summary>It takes its time.</summary>
    StoreSlow,
    /// <summary>It does what it is asked for, and the answers are lost.</summary>
    StoreAnswersLost,
}

/// <summary>Breaks things at random and mends them some time later.</summary>
internal sealed partial class Chaos(World world, ImmutableArray<Fault> faults)
{
    private readonly Dice _dice = world.Dice.Fork();

    /// <summary>Starts breaking things, about every <paramref name="pace"/>, until the world is healed.</summary>
    public void Begin(TimeSpan pace)
    {
        world.AfterUnlessHealed(_dice.Between(pace / 4, pace * 2), () =>
        {
            Break(_dice.Pick(faults), _dice.Pick(world.Nodes));
            Begin(pace);
        });
    }

    /// <summary>All faults end. What is left to do is done as an operator would do it: foreign moves taken back, maintenance ended, agents started.</summary>
    public void Heal()
    {
        world.Say("heal", $"all faults end");
        world.Healed = true;
        world.Network.Heal();
        foreach (var cloud in world.Clouds)
            cloud.Heal();
        world.NothingBehind = false;
        world.Store?.ComeBack();
        foreach (var cloud in world.Clouds)
            if (world.Plan.IsForeign(cloud.Holder) && !world.Plan.ReclaimForeign)
                cloud.Place(_dice.Pick(world.Nodes).Droplet);
        foreach (var node in world.Nodes)
            HealNode(node);
    }

    private void HealNode(SimNode node)
    {
        (node.Api.Fault, node.Api.FaultChance, node.Api.Transit, node.Api.ScopeProven) = (CloudFault.None, 1, TimeSpan.FromMilliseconds(40), true);
        (node.Store.Fault, node.Store.Transit) = (CloudFault.None, TimeSpan.FromMilliseconds(10));
        node.MetadataUp = node.GuardPath = node.Bound = true;
        node.DiskFull = false;
        node.PowerOn();
        node.Resume();
        if (!node.ProcessUp)
            node.SetProcess(true);
        if (!node.SiteUp)
            node.SetSite(true);
        if (!node.BackendsUp)
            node.SetBackends(true);
        StartWhenGone(node);
        node.Take(new Input.Commanded(new Command.Maintenance(false, null, null)));
    }

    private void StartWhenGone(SimNode node)
    {
        if (node.State is { Lifecycle.Stopping: true })
            world.After(TimeSpan.FromMilliseconds(200), () => StartWhenGone(node));
        else
            node.StartAgent();
    }

    private void Break(Fault fault, SimNode node)
    {
        world.Say("chaos", $"{fault} {node.Name}");
        switch (fault)
        {
            case <= Fault.Replay:
                BreakNetwork(fault, node);
                break;
            case <= Fault.PowerLoss:
                BreakHost(fault, node);
                break;
            case <= Fault.BackendsFlap:
                BreakService(fault, node);
                break;
            case <= Fault.OperatorMove:
                BreakCloud(fault, node);
                break;
            case >= Fault.StoreAway:
                BreakStore(fault, node);
                break;
            default:
                BreakRest(fault, node);
                break;
        }
    }

    private TimeSpan Short() => _dice.Seconds(0.05, 3);

    private TimeSpan Medium() => _dice.Seconds(1, 20);

    private TimeSpan Long() => _dice.Chance(0.2) ? _dice.Seconds(20, 120) : Medium();

    private void BreakNetwork(Fault fault, SimNode node)
    {
        switch (fault)
        {
            case Fault.Loss:
                world.Network.SetLoss(_dice.Pick([0.1, 0.3, 0.6]));
                world.AfterUnlessHealed(Long(), () => world.Network.SetLoss(0));
                break;
            case Fault.OneWay:
                CutFor(node, Other(node), Long());
                break;
            case Fault.Partition:
                Split(world.Nodes.Where(_ => _dice.Chance(0.5)).ToArray(), Long());
                break;
            case Fault.Isolation:
                var time = Long();
                Split([node], time);
                ApiFault(node, CloudFault.Hang, 1, time);
                break;
            case Fault.Disorder:
                (world.Network.DoubleChance, world.Network.DelayLongest) = (0.2, TimeSpan.FromMilliseconds(_dice.Between(5, 400)));
                world.Network.SetLate(0.1, TimeSpan.FromSeconds(_dice.Between(1, 10)));
                world.AfterUnlessHealed(Long(), () =>
                {
                    (world.Network.DoubleChance, world.Network.DelayLongest) = (0, TimeSpan.FromMilliseconds(2));
                    world.Network.SetLate(0, TimeSpan.Zero);
                });
                break;
            default:
                for (var i = _dice.Between(1, 5); i > 0; i--)
                    world.AfterUnlessHealed(Short(), _dice.Chance(0.8) ? world.Network.Replay : world.Network.Forge);
                break;
        }
    }

    private void CutFor(SimNode from, SimNode to, TimeSpan time)
    {
        world.Network.Cut(from, to);
        world.AfterUnlessHealed(time, () => world.Network.Mend(from, to));
    }

    private void Split(SimNode[] side, TimeSpan time)
    {
        foreach (var a in side)
            foreach (var b in world.Nodes)
                if (!side.Contains(b))
                {
                    CutFor(a, b, time);
                    CutFor(b, a, time);
                }
    }

    private void BreakHost(Fault fault, SimNode node)
    {
        switch (fault)
        {
            case Fault.AgentPause or Fault.MachinePause or Fault.UnseenPause or Fault.Suspend:
                node.SetPause(fault switch
                {
                    Fault.AgentPause => Pause.Agent,
                    Fault.MachinePause => Pause.Machine,
                    Fault.Suspend => Pause.Suspended,
                    _ => Pause.MachineUnseen,
                });
                world.AfterUnlessHealed(_dice.Chance(0.5) ? Short() : Medium(), node.Resume);
                break;
            case Fault.AgentKill:
                node.End();
                world.AfterUnlessHealed(_dice.Chance(0.6) ? _dice.Seconds(0.1, 2) : Long(), node.StartAgent);
                break;
            case Fault.AgentStop or Fault.AgentRestart:
                node.Stop(fault == Fault.AgentStop ? StopKind.Final : StopKind.Restart);
                StartAfterStop(node, fault == Fault.AgentStop || _dice.Chance(0.3) ? Long() : _dice.Seconds(0.05, 1));
                break;
            case Fault.Reboot:
                node.Stop(StopKind.Final);
                world.AfterUnlessHealed(_dice.Seconds(1, 3), () => node.SetProcess(false));
                world.AfterUnlessHealed(_dice.Seconds(3, 6), () => PowerCycle(node));
                break;
            default:
                PowerCycle(node);
                break;
        }
    }

    private void PowerCycle(SimNode node)
    {
        node.PowerOff();
        world.AfterUnlessHealed(_dice.Seconds(5, 40), () =>
        {
            node.PowerOn();
            node.SetProcess(true);
            world.AfterUnlessHealed(_dice.Seconds(0, 2), node.StartAgent);
        });
    }

    private void StartAfterStop(SimNode node, TimeSpan pause)
    {
        // The init system starts the next run only when the last one is gone.
        world.AfterUnlessHealed(pause, () =>
        {
            if (node.State is not null)
                StartAfterStop(node, TimeSpan.FromMilliseconds(200));
            else
                node.StartAgent();
        });
    }

    private void BreakService(Fault fault, SimNode node)
    {
        switch (fault)
        {
            case Fault.HaproxyCrash:
                node.SetProcess(false);
                world.AfterUnlessHealed(_dice.Chance(0.5) ? _dice.Seconds(0.1, 2) : Long(), () => node.SetProcess(true));
                break;
            case Fault.SiteFlap:
                node.SetSite(false);
                world.AfterUnlessHealed(_dice.Chance(0.5) ? Short() : Long(), () => node.SetSite(true));
                break;
            default:
                node.SetBackends(false);
                world.AfterUnlessHealed(Long(), () => node.SetBackends(true));
                break;
        }
    }

    private SimNode Other(SimNode node)
    {
        var others = world.Nodes.Where(n => n != node).ToArray();
        return others.Length == 0 ? node : _dice.Pick(others);
    }
}
