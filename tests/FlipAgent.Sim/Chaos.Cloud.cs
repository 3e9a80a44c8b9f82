namespace FlipAgent.Sim;

/// <summary>What goes wrong at the cloud, and by people's hands.</summary>
internal sealed partial class Chaos
{
    /// <summary>The address that is struck.</summary>
    private Cloud AnyAddress() => world.Clouds.Length == 1 ? world.Cloud : _dice.Pick(world.Clouds);

    private void BreakCloud(Fault fault, SimNode node)
    {
        var cloud = AnyAddress();
        var all = _dice.Chance(0.4);
        var hit = all ? world.Nodes : [node];
        var time = Long();
        switch (fault)
        {
            case Fault.ApiCut:
                Strike(hit, _dice.Chance(0.5) ? CloudFault.Hang : CloudFault.Failed, 1, time);
                break;
            case Fault.ApiErrors:
                Strike(hit, CloudFault.Failed, _dice.Pick([0.3, 0.7]), time);
                break;
            case Fault.ApiRefused:
                Strike(hit, _dice.Pick([CloudFault.Unauthorized, CloudFault.Forbidden, CloudFault.RateLimited]), _dice.Pick([0.3, 1.0]), time);
                break;
            case Fault.ApiSlow:
                foreach (var one in hit)
                    one.Api.Transit = _dice.Seconds(0.5, 7);
                world.AfterUnlessHealed(time, () => Array.ForEach(hit, one => one.Api.Transit = TimeSpan.FromMilliseconds(40)));
                break;
            case Fault.AnswersLost:
                Strike(hit, CloudFault.AnswerLost, _dice.Pick([0.5, 1.0]), time);
                break;
            case Fault.BadMoves:
                BreakMoves(cloud, time);
                break;
            case Fault.Metadata:
                foreach (var one in hit)
                    one.MetadataUp = false;
                world.AfterUnlessHealed(time, () => Array.ForEach(hit, one => one.MetadataUp = true));
                break;
            case Fault.ForeignMove:
                cloud.ForeignServes = _dice.Chance(0.5);
                cloud.Place(_dice.Chance(0.5) ? Plan.ForeignDroplet : null);
                world.AfterUnlessHealed(time, () =>
                {
                    if (cloud.Holder == Plan.ForeignDroplet)
                        cloud.Place(_dice.Pick(world.Nodes).Droplet);
                });
                break;
            default:
                cloud.Place(node.Droplet);
                break;
        }
    }

    private void BreakMoves(Cloud cloud, TimeSpan time)
    {
        cloud.NextEnd = _dice.Pick([MoveEnd.Errored, MoveEnd.StrangeStatus, MoveEnd.NotFound, MoveEnd.Stuck, MoveEnd.Completed]);
        cloud.BadEndChance = _dice.Pick([0.5, 1.0]);
        cloud.Slowness = cloud.NextEnd == MoveEnd.Completed ? _dice.Seconds(5, 40) : TimeSpan.Zero;
        world.AfterUnlessHealed(time, cloud.Heal);
    }

    private void Strike(SimNode[] nodes, CloudFault fault, double chance, TimeSpan time)
    {
        foreach (var node in nodes)
            ApiFault(node, fault, chance, time);
    }

    private void ApiFault(SimNode node, CloudFault fault, double chance, TimeSpan time)
    {
        (node.Api.Fault, node.Api.FaultChance) = (fault, chance);
        node.Api.RetryAfter = _dice.Seconds(1, 60);
        world.AfterUnlessHealed(time, () => node.Api.Fault = CloudFault.None);
    }

    private void BreakStore(Fault fault, SimNode node)
    {
        var hit = _dice.Chance(0.3) ? world.Nodes : [node];
        var time = _dice.Chance(0.5) ? Short() : Long();
        switch (fault)
        {
            case Fault.StoreAway:
                world.Store!.GoDown();
                world.AfterUnlessHealed(time, world.Store.ComeBack);
                break;
            case Fault.StoreSlow:
                foreach (var one in hit)
                    one.Store.Transit = world.Plan.Ttl * _dice.Pick([0.02, 0.1, 0.3]);
                world.AfterUnlessHealed(time, () => Array.ForEach(hit, one => one.Store.Transit = TimeSpan.FromMilliseconds(10)));
                break;
            default:
                foreach (var one in hit)
                    (one.Store.Fault, one.Store.FaultChance) = (fault == Fault.StoreAnswersLost ? CloudFault.AnswerLost : _dice.Pick([CloudFault.Hang, CloudFault.Failed]), _dice.Pick([0.3, 1.0]));
                world.AfterUnlessHealed(time, () => Array.ForEach(hit, one => one.Store.Fault = CloudFault.None));
                break;
        }
    }

    private void BreakRest(Fault fault, SimNode node)
    {
        switch (fault)
        {
            case Fault.GuardPath:
                node.GuardPath = false;
                world.AfterUnlessHealed(Long() * 2, () => node.GuardPath = true);
                break;
            case Fault.WrongBind:
                node.Bound = false;
                world.AfterUnlessHealed(Long() * 3, () => node.Bound = true);
                break;
            case Fault.NothingBehind:
                world.Cloud.OnNextMove = () => world.NothingBehind = true;
                world.AfterUnlessHealed(Long() * 2, () => (world.Cloud.OnNextMove, world.NothingBehind) = (null, false));
                break;
            case Fault.Reload:
                Reload(node);
                break;
            case Fault.Commands:
                Command(node);
                break;
            case Fault.DiskFull:
                node.DiskFull = true;
                world.AfterUnlessHealed(Long(), () => node.DiskFull = false);
                break;
            case Fault.WallClock:
                node.WallOffset = _dice.Seconds(-7200, 7200);
                break;
            default:
                if (node.TakeSnapshot() is { } restore)
                    world.AfterUnlessHealed(Medium(), restore);
                break;
        }
    }

    private void Reload(SimNode changed)
    {
        // A new file reaches the nodes at different times; a priority is every node's knowledge.
        var priority = _dice.Between(1, 254);
        foreach (var node in world.Nodes)
            world.AfterUnlessHealed(_dice.Seconds(0, 4), () => node.Reload(settings => settings with
            {
                Nodes = settings.Nodes.SetItem(changed.Index, settings.Nodes[changed.Index] with { Priority = priority }),
            }));
    }

    private void Command(SimNode node)
    {
        world.Referee.LastCommandAt = world.Now;
        Command command = _dice.Below(5) switch
        {
            0 => new Command.Promote(_dice.Chance(0.5)),
            1 => new Command.ReleaseMaster(null),
            2 => new Command.ReleaseMaster(Other(node).Name),
            3 => new Command.PrepareRestart(),
            _ => new Command.Maintenance(true, _dice.Chance(0.5) ? Medium() : null, "chaos"),
        };
        world.Say(node.Name, $"command {command}");
        node.Take(new Input.Commanded(command));
        if (command is Command.Maintenance)
            world.AfterUnlessHealed(Long(), () => node.Take(new Input.Commanded(new Command.Maintenance(false, null, null))));
    }
}
