namespace FlipAgent.Sim;

/// <summary>
/// Watches every step of every node and stops the world when a rule is broken. It knows the rules from docs/rules.md and not from the code that it
/// watches. What each rule is called in a failure is listed in docs/simulator.md.
/// </summary>
internal sealed partial class Referee
{
    private readonly World _world;
    private readonly Record[] _records;
    private readonly TimeSpan?[,] _bothMasters;
    private TimeSpan _knownSince;

    public Referee(World world)
    {
        _world = world;
        var count = world.Plan.Nodes.Length;
        _records = [.. Enumerable.Range(0, count).Select(_ => new Record(count, world.Plan.Addresses))];
        _bothMasters = new TimeSpan?[count, count];
    }

    /// <summary>What it notes of what one node did with one address.</summary>
    private sealed class AddressRecord
    {
        public readonly Queue<TimeSpan> PresentHolderRefusals = new();
        /// <summary>Since when it held the address that it was refused.</summary>
        public TimeSpan RefusedSince = Moment.Never;
        public readonly List<(TimeSpan LeftAt, long Id)> Moves = [];
        public readonly List<(TimeSpan LeftAt, long Id)> MovesFromFitHolder = [];

        public void Clear()
        {
            PresentHolderRefusals.Clear();
            Moves.Clear();
            MovesFromFitHolder.Clear();
        }
    }

    /// <summary>What the referee notes of one node.</summary>
    private sealed class Record(int count, int addresses)
    {
        public readonly Dictionary<string, int> InFlight = [];
        public readonly Queue<TimeSpan> RequestTimes = new();
        public readonly Queue<TimeSpan> AnnounceTimes = new();
        public readonly AddressRecord[] Addresses = [.. Enumerable.Range(0, addresses).Select(_ => new AddressRecord())];
        /// <summary>Session and sequence of each peer that must have counted in this run.</summary>
        public readonly (ulong Session, uint Sequence)[] Counted = new (ulong, uint)[count];
        /// <summary>Highest session of each peer that ever came in.</summary>
        public readonly ulong[] Highest = new ulong[count];
        /// <summary>When that session last came in.</summary>
        public readonly TimeSpan[] HighestAt = new TimeSpan[count];
        public uint HighestTerm;
        public TimeSpan? LastSent;
        public TimeSpan QuietUntil;
        public TimeSpan RestoredAt = Moment.Never;
        public TimeSpan? GoodSince;
        public TimeSpan? UnfitMasterSince;
        public TimeSpan? ServesSince;
        public TimeSpan MasterSince;
        public SimNode? Robs;
        /// <summary>The last term whose mastership this node gave up by itself, and when.</summary>
        public (uint Term, TimeSpan At) Released = (0, Moment.Never);
        public Reign? Reign;
        public readonly Dictionary<string, int> StoreInFlight = [];
        public readonly Queue<TimeSpan> StoreTimes = new();
        public int Probes;
        public int GuardsOwn;
        public int Spins;
    }

    /// <summary>Why nothing may be claimed now; null when it may.</summary>
    public string? NoMoves { get; set; }

    /// <summary>Why no node may become or stop being master now; null when it may.</summary>
    public string? NoMasterChange { get; set; }

    public int MasterChanges { get; private set; }

    public int Posts { get; private set; }

    /// <summary>A person's command, which may override a budget.</summary>
    public TimeSpan LastCommandAt { get; set; } = Moment.Never;

    private TimeSpan Interval => _world.Plan.Interval;

    private TimeSpan LongestDown => 4 * Interval;

    public void Started(SimNode node)
    {
        var record = _records[node.Index];
        record.InFlight.Clear();
        foreach (var address in record.Addresses)
            address.Clear();
        record.AnnounceTimes.Clear();
        record.Probes = record.GuardsOwn = 0;
        record.QuietUntil = TimeSpan.Zero;
        Array.Clear(record.Counted);
        record.LastSent = null;
        record.UnfitMasterSince = null;
        record.GoodSince = null;
        record.HighestTerm = node.State!.Term;
    }

    public void Restored(SimNode node)
    {
        Started(node);
        var record = _records[node.Index];
        record.RestoredAt = _world.Now;
        // What it heard last is older than what it was told: only newer sessions must count at once.
        for (var i = 0; i < record.Counted.Length; i++)
            record.Counted[i] = (record.Highest[i], uint.MaxValue);
    }

    public bool AwaitsAnswers(SimNode node) => _records[node.Index] is { } record && (record.Probes > 0 || record.InFlight.Values.Any(n => n > 0));

    public void Resumed(SimNode node, bool stalled, Input[] waiting)
    {
        var record = _records[node.Index];
        record.GoodSince = null;
        var silent = record.LastSent is { } sent && _world.Now - sent >= Longest(3 * Interval);
        var adverts = waiting.Any(input => input is Input.AdvertHeard);
        if (stalled && silent && !adverts)
            record.QuietUntil = _world.Now + Slowest(Interval);
        record.LastSent = _world.Now;
    }

    public void Stepped(SimNode node, Input input, IReadOnlyList<Effect> effects, bool learned, Role role, uint term)
    {
        var record = _records[node.Index];
        var state = node.State!;
        if (!learned && Invariants.Violation(state, node.Clock) is { } violation)
            Fail(node, $"breaks an invariant: {violation}");
        if (Terms.IsLater(term, state.Term))
            Fail(node, $"its term went back from {term} to {state.Term}");
        if (input is Input.AdvertHeard heard)
            NoteTerm(record, heard, state);
        NoteFitness(node, record, state);
        if (state.Role != Role.Master)
            IsNoMaster(node);
        else if (!learned)
            ActsAsMaster(node);
        if ((role == Role.Master) != (state.Role == Role.Master))
        {
            MasterChanges++;
            record.MasterSince = _world.Now;
            record.Robs = state.Role == Role.Master ? WouldRob(node, term) : null;
            if (role == Role.Master && state.Term == term)
                record.Released = (term, _world.Now);
            if (NoMasterChange is { } reason)
                Fail(node, $"became {state.Role} (was {role}), but {reason}");
        }

        foreach (var effect in effects)
            if (effect is Effect.Assign && state.Role != Role.Master)
                Fail(node, "asks for an assign and is no master (C1)");
        record.Spins = input is Input.Deadline && state.NextDeadline <= node.Clock ? record.Spins + 1 : 0;
        if (record.Spins > 20)
            Fail(node, "its deadline does not move on: the loop would spin");
    }

    public void Sends(SimNode node, Advert advert)
    {
        var record = _records[node.Index];
        if (_world.Now < record.QuietUntil && !node.State!.Lifecycle.Stopping)
            Fail(node, "sends an advert right after a stall, before it has listened (E10)");
        record.LastSent = _world.Now;
        if (advert.Role == Role.Master)
            ActsAsMaster(node);
        if (advert.Role == Role.Master && !advert.Fit && record.UnfitMasterSince is null)
            record.UnfitMasterSince = _world.Now;
    }

    public void Announced(SimNode node, Event e)
    {
        var times = _records[node.Index].AnnounceTimes;
        if (e.Kind == EventKind.TakenBack)
            TakesBack(node, e);
        if (Push(times, TimeSpan.FromMinutes(1)) > 200)
            Fail(node, $"announces more than 200 events a minute, the last one {e.Kind}");
    }

    public void Probes(SimNode node, int number, int change)
    {
        var record = _records[node.Index];
        record.Probes += change;
        if (number == 0 && (record.GuardsOwn += change) > 1)
            Fail(node, "has two guard probes in flight");
        if (record.Probes > 1 + Inquiry.MostProbes)
            Fail(node, "has more probes in flight than an inquiry may have");
    }

    /// <summary>Looks at what no single step shows; called a few times a second.</summary>
    public void Sample()
    {
        if (!_world.Plan.Droplets.IsEmpty && _world.Nodes.Any(node => node.State is { Identity.Proven: 0 }))
            _knownSince = _world.Now;
        foreach (var node in _world.Nodes)
        {
            var record = _records[node.Index];
            record.ServesSince = node.Serves ? record.ServesSince ?? _world.Now : null;
            if (!node.Runs)
            {
                record.GoodSince = null;
                continue;
            }

            if (record.UnfitMasterSince is { } since && _world.Now - since > TimeSpan.FromSeconds(6))
                Fail(node, "is master for more than 6 s though unfit (E4)");
            if (record.LastSent is { } sent && node.State is { Role: not Role.Starting, Quarantine.On: false } &&
                _world.Now - sent > (2 * Interval) + _world.Plan.WakeLag)
                Fail(node, "sent no advert for 2T (E3)");
        }

        CheckTwoMasters();
        CheckService();
    }

    private void CheckTwoMasters()
    {
        var patience = (4 * Interval) + TimeSpan.FromSeconds(2) + (4 * _world.Plan.WakeLag);
        foreach (var a in _world.Nodes)
            foreach (var b in _world.Nodes)
            {
                if (a.Index >= b.Index)
                    continue;
                ref var since = ref _bothMasters[a.Index, b.Index];
                if (!a.Runs || !b.Runs || a.State is not { Role: Role.Master, Quarantine.On: false } || b.State is not { Role: Role.Master, Quarantine.On: false } || _world.Network.CleanFor(a, b) == TimeSpan.Zero || Restored(a, b))
                    since = null;
                else if (since is null)
                    since = _world.Now;
                else if (_world.Now - since > patience)
                    Fail(a, $"and {b.Name} hear each other and both stay master (E7)");
            }
    }

    /// <summary>Their sessions went back with a snapshot: until they have new ones, they do not count as heard (E10).</summary>
    private bool Restored(SimNode a, SimNode b) =>
        _world.Now - _records[a.Index].RestoredAt < (20 * Interval) || _world.Now - _records[b.Index].RestoredAt < (20 * Interval);

    /// <summary>The node is up, not paused and fit, for this long without a break, as far as it can itself know.</summary>
    private TimeSpan GoodFor(SimNode node) => _records[node.Index].GoodSince is { } since && node.Runs ? _world.Now - since : TimeSpan.Zero;

    private void NoteFitness(SimNode node, Record record, ElectionState state)
    {
        if (state is { Role: Role.Master, Fitness.Fit: false })
            record.UnfitMasterSince ??= _world.Now;
        else
            record.UnfitMasterSince = null;
        if (state.Fitness.Fit && node.Serves && state.Role is Role.Backup or Role.Master)
            record.GoodSince ??= _world.Now;
        else
            record.GoodSince = null;
    }

    private void NoteTerm(Record record, Input.AdvertHeard heard, ElectionState state)
    {
        record.QuietUntil = TimeSpan.Zero;
        // A session counts when the peer echoes ours, and at once when it is higher than ours and any before; then its sequence must grow
        // (docs/wire.md). A lower one while a higher is heard is a late copy. Whatever else the node may accept, it must know the terms of these.
        var advert = heard.Advert;
        ref var counted = ref record.Counted[heard.Peer];
        var echoes = advert.Peers.Any(p => p.Node == state.Settings.Self.Id && p.Session == state.Adverts.Session);
        var higher = counted.Session != 0 && advert.Session > record.Highest[heard.Peer] && advert.Session > state.Adverts.Session;
        var late = advert.Session < record.Highest[heard.Peer] && Since(record.HighestAt[heard.Peer]) < LongestDown;
        if (advert.Session >= record.Highest[heard.Peer])
            (record.Highest[heard.Peer], record.HighestAt[heard.Peer]) = (advert.Session, _world.Now);
        var counts = advert.Session == counted.Session ? advert.Sequence > counted.Sequence : higher || (echoes && !late && advert.Session > counted.Session);
        if (!counts)
            return;
        counted = (advert.Session, advert.Sequence);
        record.HighestTerm = Terms.Latest(record.HighestTerm, advert.Term);
    }

    /// <summary>A node's time, as long as it may be by the world's clock.</summary>
    private TimeSpan Longest(TimeSpan time) => _world.Plan.Drift.IsEmpty ? time : time * 1.001;

    /// <summary>A node's time, as short as it may be by the world's clock.</summary>
    private TimeSpan Slowest(TimeSpan time) => _world.Plan.Drift.IsEmpty ? time : time * 0.999;

    private int Push(Queue<TimeSpan> times, TimeSpan window)
    {
        times.Enqueue(_world.Now);
        while (times.Peek() < _world.Now - window)
            times.Dequeue();
        return times.Count;
    }

    private static void Fail(SimNode node, string what) => throw new SimulationFailed($"{node.Name} {what}");
}
