namespace FlipAgent.Sim;

/// <summary>What the cloud does with one request.</summary>
internal enum CloudFault
{
    None,
    Unauthorized,
    Forbidden,
    RateLimited,
    /// <summary>500, 503, HTML, a reset: nothing was done.</summary>
    Failed,
    /// <summary>The work is done, the answer is lost.</summary>
    AnswerLost,
    /// <summary>It never arrives.</summary>
    Hang,
}

/// <summary>How an accepted move ends.</summary>
internal enum MoveEnd
{
    Completed,
    Errored,
    /// <summary>The move works, its status is a word that nobody knows (`done`).</summary>
    StrangeStatus,
    /// <summary>The move works, its action answers 404 for ever.</summary>
    NotFound,
    /// <summary>In progress until the faults end.</summary>
    Stuck,
}

/// <summary>One action of the cloud.</summary>
internal sealed class CloudMove(long id, long target, MoveEnd end)
{
    public long Id { get; } = id;

    public long Target { get; } = target;

    public MoveEnd End { get; } = end;

    public bool Over { get; set; }

    /// <summary>The operator's hand was stronger.</summary>
    public bool Cancelled { get; set; }
}

/// <summary>One floating IP at the cloud: a holder, at most one pending move, and a data plane and a metadata service that follow late.</summary>
internal sealed class Cloud(World world, int address)
{
    private readonly Dictionary<long, CloudMove> _moves = [];
    private long _lastId = 1000 + (100_000 * address);

    // What is said of the first address is said without a number.
    private readonly string _name = address == 0 ? "the address" : $"address {address + 1}";

    public long? Holder { get; private set; }

    /// <summary>Where packets to the address go.</summary>
    public long? DataHolder { get; private set; }

    public CloudMove? Pending { get; private set; }

    public bool Locked => Pending is not null;

    /// <summary>A foreign droplet that gets the address answers the site too.</summary>
    public bool ForeignServes { get; set; }

    /// <summary>How the next moves end.</summary>
    public MoveEnd NextEnd { get; set; }

    /// <summary>Chance that a move ends as <see cref="NextEnd"/> says and not well.</summary>
    public double BadEndChance { get; set; } = 1;

    /// <summary>Extra time that every move takes.</summary>
    public TimeSpan Slowness { get; set; }

    /// <summary>Moves that the cluster asked for and that the cloud accepted.</summary>
    public int Accepted { get; private set; }

    public int Arrived { get; private set; }

    /// <summary>Done when the cloud takes the next move.</summary>
    public Action? OnNextMove { get; set; }

    /// <summary>When the last move that the cluster asked for was accepted or ended.</summary>
    public TimeSpan LastMoveAt { get; private set; } = Moment.Never;

    /// <summary>When the address last changed its holder.</summary>
    public TimeSpan HolderSince { get; private set; }

    /// <summary>Puts the address somewhere by fiat: at the beginning, or by the operator's hand.</summary>
    public void Place(long? droplet)
    {
        if (Pending is { } pending)
        {
            (pending.Over, pending.Cancelled, Pending) = (true, true, null);
            world.Referee.MoveErrored(pending.Id);
        }

        SetHolder(droplet);
    }

    /// <summary>Places it before time begins: everything knows it already.</summary>
    public void PlaceFirst(long? droplet)
    {
        Holder = DataHolder = droplet;
        foreach (var node in world.Nodes)
            node.MetadataSaysHere[address] = node.Droplet == droplet;
    }

    /// <summary>POST assign, at the moment at which it arrives.</summary>
    /// <returns>The move, or null for a 422.</returns>
    public CloudMove? Assign(SimNode from, long target, TimeSpan leftAt)
    {
        Arrived++;
        if (Locked || Holder == target)
        {
            world.Say("cloud", $"422 to {from.Name}: {(Locked ? "pending event" : $"it holds {_name} already")}");
            world.Referee.AssignRefused(from, address, Holder == target);
            return null;
        }

        Accepted++;
        OnNextMove?.Invoke();
        OnNextMove = null;
        LastMoveAt = world.Now;
        var end = NextEnd == MoveEnd.Completed || !world.Dice.Chance(BadEndChance) ? MoveEnd.Completed : NextEnd;
        var move = new CloudMove(++_lastId, target, end);
        _moves[move.Id] = move;
        world.Referee.AssignAccepted(from, address, leftAt, move.Id);
        Pending = move;
        world.Say("cloud", $"201 to {from.Name}: move {move.Id} from {world.NameOfDroplet(Holder)} to {world.NameOfDroplet(target)}");
        if (end != MoveEnd.Stuck)
            world.After(MoveTime(), () => Finish(move));
        return move;
    }

    /// <summary>Status of an action as GET shows it; null for 404.</summary>
    public ActionStatus? StatusOf(long id)
    {
        if (!_moves.TryGetValue(id, out var move) || move.End == MoveEnd.NotFound)
            return null;
        if (!move.Over)
            return ActionStatus.InProgress;
        return move.Cancelled ? ActionStatus.Errored : move.End switch
        {
            MoveEnd.Errored => ActionStatus.Errored,
            MoveEnd.StrangeStatus => ActionStatus.Unknown,
            _ => ActionStatus.Completed,
        };
    }

    /// <summary>All faults end: a move that is stuck or slow completes like any other.</summary>
    public void Heal()
    {
        NextEnd = MoveEnd.Completed;
        Slowness = TimeSpan.Zero;
        if (Pending is { } pending)
            world.After(MoveTime(), () => Finish(pending));
    }

    private TimeSpan MoveTime() =>
        Slowness + (world.Plan.Exact ? world.Plan.MoveShortest : world.Dice.Between(world.Plan.MoveShortest, world.Plan.MoveLongest));

    private void Finish(CloudMove move)
    {
        if (move.Over)
            return;
        move.Over = true;
        if (Pending != move)
            return;
        Pending = null;
        LastMoveAt = world.Now;
        world.Say("cloud", $"move {move.Id} {(move.End == MoveEnd.Errored ? "errored" : "is done")}");
        if (move.End == MoveEnd.Errored)
            world.Referee.MoveErrored(move.Id);
        else
            SetHolder(move.Target);
    }

    private void SetHolder(long? droplet)
    {
        if (Holder == droplet)
            return;
        Holder = droplet;
        HolderSince = world.Now;
        world.Say("cloud", $"{_name} is at {world.NameOfDroplet(droplet)}");
        // What arrives late is the truth of that moment, so that two changes cannot overtake each other.
        world.After(Lag(world.Plan.DataLag), () => DataHolder = Holder);
        foreach (var node in world.Nodes)
            world.After(Lag(world.Plan.MetadataLag), () => node.MetadataSaysHere[address] = Holder == node.Droplet);
    }

    private TimeSpan Lag(TimeSpan longest) => world.Plan.Exact ? longest / 10 : world.Dice.Between(TimeSpan.Zero, longest);
}
