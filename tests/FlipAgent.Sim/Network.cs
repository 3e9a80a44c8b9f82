namespace FlipAgent.Sim;

/// <summary>
/// The private network: a wire for each ordered pair of nodes, because real ones fail in one direction. It loses, delays, doubles, reorders and repeats
/// datagrams, but it never forges one (a forged one does not pass the HMAC: <see cref="Forge"/>).
/// </summary>
internal sealed class Network(World world)
{
    private const int Remembered = 64;
    private readonly Link[,] _links = new Link[world.Plan.Nodes.Length, world.Plan.Nodes.Length];
    private readonly (SimNode From, Advert Advert)[] _history = new (SimNode, Advert)[Remembered];
    private readonly Wire? _wire = world.Plan.OnTheWire ? new Wire() : null;
    private int _sent;

    /// <summary>One direction between two nodes.</summary>
    private struct Link
    {
        public int Cuts;
        public TimeSpan CleanSince;
        public TimeSpan? HeldBackSince;
        public TimeSpan HeldBackMost;
    }

    /// <summary>Share of datagrams lost on every link.</summary>
    public double Loss { get; private set; }

    public double DoubleChance { get; set; }

    /// <summary>Share of datagrams of which a second copy comes up to 15 s later.</summary>
    public double EchoChance { get; set; }

    /// <summary>Share of datagrams that come up to <see cref="Latest"/> late, behind newer ones.</summary>
    public double LateChance { get; private set; }

    public TimeSpan Latest { get; private set; } = TimeSpan.FromSeconds(2);

    public TimeSpan DelayLongest { get; set; } = TimeSpan.FromMilliseconds(2);

    private TimeSpan CleanSince { get; set; }

    public void Send(SimNode from, Advert advert)
    {
        advert = _wire?.Carry(from, advert) ?? advert;
        _history[_sent++ % Remembered] = (from, advert);
        foreach (var to in world.Nodes)
        {
            if (to == from || !from.Knows(to.Name))
                continue;
            if (IsCut(from, to) || (Loss > 0 && world.Dice.Chance(Loss)))
                continue;
            Carry(from, to, advert);
            if (DoubleChance > 0 && world.Dice.Chance(DoubleChance))
                Carry(from, to, advert);
            if (EchoChance > 0 && world.Dice.Chance(EchoChance))
                SendLate(world.Dice.Seconds(0, 15), from, to, advert);
        }
    }

    public bool IsCut(SimNode from, SimNode to) => _links[from.Index, to.Index].Cuts > 0;

    /// <summary>Nothing was wrong between the two, in either direction, for this long.</summary>
    public TimeSpan CleanFor(SimNode a, SimNode b)
    {
        if (Loss > 0 || LateChance > 0 || IsCut(a, b) || IsCut(b, a))
            return TimeSpan.Zero;
        var since = CleanSince;
        since = Later(since, _links[a.Index, b.Index].CleanSince);
        since = Later(since, _links[b.Index, a.Index].CleanSince);
        return world.Now - since;
    }

    /// <summary>
    /// Somebody on the way hands on every datagram a little later than the one before, so that nobody misses one, until all of it is that old.
    /// </summary>
    public void HoldBack(SimNode from, SimNode to, TimeSpan most)
    {
        ref var link = ref _links[from.Index, to.Index];
        (link.HeldBackSince, link.HeldBackMost) = (world.Now, most);
    }

    public void Cut(SimNode from, SimNode to) => _links[from.Index, to.Index].Cuts++;

    public void Mend(SimNode from, SimNode to)
    {
        ref var link = ref _links[from.Index, to.Index];
        link.Cuts = Math.Max(0, link.Cuts - 1);
        link.CleanSince = world.Now;
    }

    public void SetLoss(double loss)
    {
        Loss = loss;
        CleanSince = world.Now;
    }

    public void SetLate(double chance, TimeSpan latest)
    {
        LateChance = chance;
        Latest = latest;
        CleanSince = world.Now;
    }

    /// <summary>When the last datagram arrives, or arrived, that was held up or was recorded: nobody can know how old what it says is.</summary>
    public TimeSpan OldNewsAt { get; private set; } = Moment.Never;

    /// <summary>Sends an old datagram again, as somebody who recorded it could.</summary>
    public void Replay()
    {
        var (from, advert) = _history[world.Dice.Below(Math.Clamp(_sent, 1, Remembered))];
        if (advert is null)
            return;
        NoteOldNews(TimeSpan.Zero);
        world.Say("net", $"replays {from.Name}'s advert {advert.Sequence} of session {advert.Session}");
        foreach (var to in world.Nodes)
            if (to != from)
                to.Hear(from, advert);
    }

    /// <summary>A datagram that claims to be from a peer and has a wrong HMAC.</summary>
    public void Forge()
    {
        var to = world.Dice.Pick(world.Nodes);
        to.Take(new Input.AdvertRejected(world.Dice.Below(world.Nodes.Length), Rejection.BadMac, "HMAC does not match"));
    }

    public void Heal()
    {
        foreach (ref var link in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref _links[0, 0], _links.Length))
        {
            link.Cuts = 0;
            link.CleanSince = world.Now;
        }

        SetLoss(0);
        SetLate(0, Latest);
        DoubleChance = EchoChance = 0;
        DelayLongest = TimeSpan.FromMilliseconds(2);
    }

    private void Carry(SimNode from, SimNode to, Advert advert)
    {
        var delay = world.Plan.Exact ? TimeSpan.FromMilliseconds(1) : world.Dice.Between(TimeSpan.FromMicroseconds(200), DelayLongest);
        if (LateChance > 0 && world.Dice.Chance(LateChance))
            delay += world.Dice.Between(TimeSpan.Zero, Latest);
        if (_links[from.Index, to.Index] is { HeldBackSince: { } since, HeldBackMost: var most })
            delay += (world.Now - since) / 6 is var grown && grown < most ? grown : most;
        if (delay > TimeSpan.FromSeconds(1))
            NoteOldNews(delay);
        world.After(delay, () => to.Hear(from, advert));
    }

    private void SendLate(TimeSpan delay, SimNode from, SimNode to, Advert advert)
    {
        NoteOldNews(delay);
        world.After(delay, () => Carry(from, to, advert));
    }

    private void NoteOldNews(TimeSpan arrivesIn) => OldNewsAt = Later(OldNewsAt, world.Now + arrivesIn);

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
