using System.Collections.Immutable;

namespace FlipAgent.Sim;

/// <summary>Which kind of life a seed leads. Each kind can promise something that the others cannot.</summary>
internal enum Story
{
    /// <summary>All faults that the seed's swarm contains, then none: safety first, then liveness.</summary>
    Storm,
    /// <summary>All nodes start together in perfect health: a master, no needless assign, and then nothing at all happens.</summary>
    Calm,
    /// <summary>Adverts are lost, the guard answers: nothing moves (F23).</summary>
    Lossy,
    /// <summary>The private network falls in two, everything else is well: at most one move, then they agree again (F21, F22, F74).</summary>
    Split,
    /// <summary>Some links are cut, but everybody is connected through others: nothing moves (F70).</summary>
    Relay,
    /// <summary>The mastership is handed on by command while datagrams come late and twice: one move for each command (F72).</summary>
    Handover,
    /// <summary>An operator moves the address by hand to fit nodes: the master follows, the cluster asks for no move (F48).</summary>
    Operator,
    /// <summary>A master that became deaf releases its old term for ever, and one node hears that when it has lost sight of the next master (F72).</summary>
    Farewell,
    /// <summary>Machines stand still for less than half of T, agent and HAProxy together: nothing moves (E6).</summary>
    Blink,
    /// <summary>The master's machine dies, nothing else is wrong: it is replaced at once (E6).</summary>
    Blackout,
    /// <summary>Somebody on the way holds the master's adverts back, more and more, and then its machine dies: its old adverts do not keep it alive (E3).</summary>
    HeldBack,
    /// <summary>A storm over a cluster with two or three floating IPs: in the end all are at the master (C12).</summary>
    Addresses,
    /// <summary>A storm over a cluster whose master needs a lease, with clocks that drift, and over the store of the lease: never two masters (E15).</summary>
    Leased,
    /// <summary>The store of the lease goes away from a healthy cluster and comes back: nothing moves, and the node that has the address is master again (E15).</summary>
    StoreAway,
    /// <summary>A master with a lease is heard by nobody, its answers from the store come late, or its clock stands still, and then the store is cut off from it: never two masters (E15).</summary>
    Severed,
}

/// <summary>
/// Draws what a seed is made of. Swarm testing (Groce et al., 2012): each seed leaves out some kinds of faults altogether, for a fault that is
/// always there hides what another would show.
/// </summary>
internal static class Swarm
{
    public static Story DrawStory(Dice dice) => dice.Below(100) switch
    {
        < 5 => Story.Calm,
        < 10 => Story.Lossy,
        < 22 => Story.Split,
        < 30 => Story.Relay,
        < 40 => Story.Handover,
        < 47 => Story.Operator,
        < 52 => Story.Farewell,
        _ => Story.Storm,
    };

    /// <summary>Stories that came later take the place of one that has many lives, by the seed and without dice, so that the other lives stay what they are.</summary>
    public static Story Replace(Story story, ulong seed) => (story, seed % 4) switch
    {
        (Story.Calm, 0) => Story.Blink,
        (Story.Calm, 1) => Story.Blackout,
        (Story.Split, 1) => Story.HeldBack,
        (Story.Storm, _) when HasSeveralAddresses(seed) => Story.Addresses,
        (Story.Storm, _) when HasLease(seed) => Story.Leased,
        (Story.Calm, 2) when seed >= 2000 => Story.StoreAway,
        (Story.Split, 3) when seed >= 2000 => Story.Severed,
        _ => story,
    };

    /// <summary>One storm of ten, by dice of its own and not before seed 2,000, so that the lives whose decisions are recorded stay what they are.</summary>
    private static bool HasSeveralAddresses(ulong seed) => seed >= 2000 && AddressDice(seed).Chance(0.1);

    private static Dice AddressDice(ulong seed) => new(seed ^ 0x4164_6472_6573_7365);

    /// <summary>One of eight of the other storms, likewise.</summary>
    private static bool HasLease(ulong seed) => seed >= 2000 && LeaseDice(seed).Chance(0.125);

    private static Dice LeaseDice(ulong seed) => new(seed ^ 0x4c65_6173_6564);

    /// <summary>A lease of 2 to 15 s, and clocks that are off by up to 500 ppm, more often than not by all of it.</summary>
    public static Plan AddLease(Plan plan, ulong seed)
    {
        var dice = LeaseDice(seed).Fork();
        int Ppm() => dice.Chance(0.6) ? dice.Pick([-500, 500]) : dice.Between(-500, 500);
        return plan with
        {
            Ttl = TimeSpan.FromSeconds(dice.Pick([2, 3, 5, 5, 15])),
            Drift = [.. plan.Nodes.Select(_ => Ppm())],
            StoreDrift = Ppm(),
        };
    }

    /// <summary>Two or three floating IPs; in one life of three nobody but the API knows of the others.</summary>
    public static Plan AddAddresses(Plan plan, ulong seed)
    {
        var dice = AddressDice(seed).Fork();
        return plan with { Addresses = 2 + dice.Below(2), OnlyFirstWitnessed = dice.Chance(0.3) };
    }

    /// <summary>What a story needs of its cluster.</summary>
    public static Plan Fit(Plan plan, Story story) => story switch
    {
        Story.HeldBack => plan with { Guard = true, Preempt = false },
        Story.Blink => plan with { Interval = TimeSpan.FromSeconds(1), Guard = true, Preempt = false },
        // A node that is itself late in everything takes its time (E6).
        Story.Blackout => plan with
        {
            Interval = plan.Interval < TimeSpan.FromMilliseconds(200) ? TimeSpan.FromSeconds(1) : plan.Interval,
            Guard = true,
            Preempt = false,
            WakeLag = TimeSpan.Zero,
        },
        Story.StoreAway => plan with { Preempt = false },
        Story.Severed => plan with { Preempt = false, Guard = false },
        _ => plan,
    };

    public static Plan DrawPlan(Dice dice, Story story)
    {
        var count = dice.Below(100) switch { < 50 => 2, < 82 => 3, _ => 5 };
        if (story is Story.Relay or Story.Farewell && count == 2)
            count = 3;
        var interval = dice.Below(10) switch { 0 => 100, 1 => 200, 2 => 500, _ => 1000 };
        return new Plan
        {
            Nodes = Plan.MakeNodes(DrawPriorities(dice, count)),
            Interval = TimeSpan.FromMilliseconds(interval),
            Guard = story is Story.Lossy or Story.Farewell || dice.Chance(0.6),
            Preempt = story is Story.Storm or Story.Addresses or Story.Leased or Story.Calm && dice.Chance(0.3),
            PreemptDelay = dice.Chance(0.5) ? TimeSpan.FromSeconds(30) : dice.Seconds(0, 10),
            StartupDelay = dice.Chance(0.2) ? dice.Seconds(1, 8) : TimeSpan.Zero,
            ReclaimForeign = story is Story.Storm or Story.Addresses or Story.Leased && dice.Chance(0.25),
            BackendsWeight = dice.Chance(0.3) ? dice.Between(-60, 60) : 0,
            AssignLag = dice.Chance(0.4) ? dice.Seconds(0, 0.6) : TimeSpan.FromMilliseconds(2),
            MoveLongest = dice.Chance(0.3) ? TimeSpan.FromSeconds(15) : TimeSpan.FromSeconds(5),
            DataLag = dice.Chance(0.3) ? TimeSpan.FromSeconds(3) : TimeSpan.FromMilliseconds(300),
            MetadataLag = dice.Chance(0.3) ? TimeSpan.FromSeconds(8) : TimeSpan.FromSeconds(2),
            WakeLag = dice.Chance(0.2) ? TimeSpan.FromMilliseconds(interval / 4) : TimeSpan.Zero,
            OnTheWire = dice.Chance(0.1),
            Newer = count - 1,
        };
    }

    /// <summary>
    /// One seed of 25 starts where terms end: all nodes at the last one or a few before it, or one node alone, whose memory is wild. By the seed and without dice, so
    /// that the other lives stay what they are.
    /// </summary>
    public static ImmutableArray<uint> TermsOf(ulong seed, int nodes)
    {
        if (seed % 25 != 9)
            return [];
        var variant = seed / 25 % 4;
        return [.. Enumerable.Range(0, nodes).Select(node => variant switch
        {
            0 => uint.MaxValue,
            1 => uint.MaxValue - 3,
            2 => node == 0 ? uint.MaxValue : 0,
            _ => node == 0 ? (1u << 31) - 1000 : 5,
        })];
    }

    /// <summary>
    /// One storm of ten is that of a cluster whose machines can be asked for their droplet ids, and whose file has them wrong from the beginning to the end (S2): two are
    /// exchanged, or one is nobody's, or both. At least one node is in the file, so the site can be served. Dice of their own, and not before seed 2,000, so that the other
    /// lives, and those whose decisions are recorded, stay what they are.
    /// </summary>
    public static ImmutableArray<long> DropletsOf(ulong seed, Story story, ImmutableArray<Node> nodes)
    {
        var dice = new Dice(seed ^ 0x4472_6f70_6c65_7473);
        if (seed < 2000 || story is not (Story.Storm or Story.Addresses) || !dice.Chance(0.1))
            return [];
        var droplets = nodes.Select(n => n.DropletId).ToArray();
        var kind = dice.Below(8);
        var places = Enumerable.Range(0, nodes.Length).OrderBy(_ => dice.Next()).ToArray();
        if (kind is not (0 or 1 or 2))
            (droplets[places[0]], droplets[places[1]]) = (droplets[places[1]], droplets[places[0]]);
        if (kind is 1 or 2 or 3)
            droplets[places[^1]] += 100;
        return [.. droplets];
    }

    /// <summary>The faults of this seed, each with how often it is drawn; the ones left out do not exist.</summary>
    /// <param name="apart">Dice of their own for the faults that came later, so that the seeds without them keep their lives.</param>
    public static ImmutableArray<Fault> DrawFaults(Dice dice, Dice apart)
    {
        var faults = DrawFirstFaults(dice);
        foreach (var late in (ReadOnlySpan<Fault>)[Fault.Suspend, Fault.WrongBind, Fault.NothingBehind])
            if (apart.Chance(0.1))
                faults = faults.Add(late);
        return faults;
    }

    /// <summary>
    /// The faults of a life with a lease: the store's are always among them. No clock shows some pauses, and a machine that is restored from a snapshot has an old one: a lease is a promise about time,
    /// and no machine that does not know the time can keep it.
    /// </summary>
    public static ImmutableArray<Fault> AddStoreFaults(ImmutableArray<Fault> faults, ulong seed)
    {
        var dice = LeaseDice(seed).Fork();
        var kept = faults.Where(fault => fault is not (Fault.UnseenPause or Fault.Snapshot)).ToImmutableArray();
        if (dice.Chance(0.3))
            kept = kept.Add(Fault.Suspend);
        Fault[] all = [Fault.StoreAway, Fault.StoreCut, Fault.StoreSlow, Fault.StoreAnswersLost];
        var drawn = all.Where(_ => dice.Chance(0.5)).ToArray();
        return [.. kept, .. drawn.Length > 0 ? drawn : [dice.Pick(all)]];
    }

    private static ImmutableArray<Fault> DrawFirstFaults(Dice dice)
    {
        var all = Enum.GetValues<Fault>().Where(fault => fault < Fault.Suspend).ToArray();
        var share = dice.Below(3) switch { 0 => 0.2, 1 => 0.4, _ => 0.7 };
        var drawn = all.Where(_ => dice.Chance(share)).ToImmutableArray();
        return drawn.IsEmpty ? [dice.Pick(all)] : drawn;
    }

    private static int[] DrawPriorities(Dice dice, int count)
    {
        var same = dice.Chance(0.2);
        var priorities = new int[count];
        for (var i = 0; i < count; i++)
            priorities[i] = same ? 100 : dice.Chance(0.1) ? dice.Between(1, 254) : 150 - (10 * i);
        return priorities;
    }
}
