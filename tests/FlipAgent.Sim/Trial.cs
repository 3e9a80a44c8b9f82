using System.Globalization;

namespace FlipAgent.Sim;

/// <summary>What came of one seed.</summary>
/// <param name="Failure">The rule that was broken, or null.</param>
/// <param name="Settled">How long after the end of the faults all was well; null when it did not come so far.</param>
/// <param name="Moves">Moves of the address that the cloud accepted from the cluster.</param>
internal sealed record Outcome(
    ulong Seed, Story Story, Plan Plan, string? Failure, TimeSpan? Settled, TimeSpan Simulated, int Moves, int MasterChanges, IReadOnlyList<string> Trace)
{
    /// <summary>What was waited for after the end of the faults, and how long (<see cref="Waits"/>).</summary>
    public required IReadOnlyDictionary<string, TimeSpan> Waits { get; init; }

    /// <summary>One line for a person.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {Seed} {Story}: {(Failure is null ? "ok" : "FAILED: " + Failure)}; settled after {(Settled is { } s ? Liveness.Seconds(s) : "-")}, {Moves} moves, {MasterChanges} master changes, {Simulated.TotalSeconds:0} s simulated");
}

/// <summary>One seed, from the first dice to the verdict.</summary>
internal sealed partial class Trial
{
    private static readonly TimeSpan s_sampleEvery = TimeSpan.FromMilliseconds(250);
    private readonly ulong _seed;
    private readonly Dice _dice;
    private readonly Story _story;
    private readonly Plan _plan;
    private readonly World _world;
    private readonly Dictionary<string, TimeSpan> _waits = [];
    private TimeSpan? _settled;
    private bool _isQuiet;
    private bool _isPlanned;

    private Trial(ulong seed, Detail detail, Story? story, Golden? golden = null)
    {
        _seed = seed;
        _dice = new Dice(seed);
        var drawn = Swarm.Replace(Swarm.DrawStory(_dice), seed);
        _story = story ?? drawn;
        _plan = Swarm.Fit(Swarm.DrawPlan(_dice, _story), _story);
        if (_story == Story.Addresses)
            _plan = Swarm.AddAddresses(_plan, seed);
        if (_story is Story.Leased or Story.StoreAway or Story.Severed)
            _plan = Swarm.AddLease(_plan, seed);
        _plan = _plan with { Terms = Swarm.TermsOf(seed, _plan.Nodes.Length), Droplets = Swarm.DropletsOf(seed, _story, _plan.Nodes) };
        _world = new World(_plan, _dice.Next(), detail) { Golden = golden };
        _world.Say("plan", $"{_story}: {_plan}");
    }

    /// <summary>Runs a seed.</summary>
    /// <param name="story">Replaces the story that the seed would draw.</param>
    public static Outcome Run(ulong seed, Detail detail = Detail.Off, Story? story = null)
    {
        var trial = new Trial(seed, detail, story);
        string? failure = null;
        try
        {
            trial.Play();
        }
        catch (SimulationFailed failed)
        {
            failure = failed.Message;
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            // The election promises never to throw for anything that the world can do: this is a finding like any other.
            failure = $"the election threw {thrown}";
        }

        var world = trial._world;
        world.Say("end", $"{failure ?? "ok"}");
        return new Outcome(
            seed, trial._story, trial._plan, failure, trial._settled, world.Now, world.Clouds.Sum(cloud => cloud.Accepted), world.Referee.MasterChanges, world.Trace.Lines)
        { Waits = trial._waits };
    }

    /// <summary>Runs a seed for the sake of what it decides.</summary>
    public static Golden Decide(ulong seed, bool keepLines = false)
    {
        var golden = new Golden(keepLines);
        new Trial(seed, Detail.Off, null, golden).Play();
        return golden;
    }

    private void Play()
    {
        Sample();
        switch (_story)
        {
            case Story.Storm or Story.Addresses or Story.Leased:
                PlayStorm();
                break;
            case Story.Calm:
                PlayCalm();
                break;
            case Story.Lossy:
                PlayLossy();
                break;
            case Story.Split:
                PlaySplit();
                break;
            case Story.Relay:
                PlayRelay();
                break;
            case Story.Handover:
                PlayHandover();
                break;
            case Story.Farewell:
                PlayFarewell();
                break;
            case Story.Blink:
                PlayBlink();
                break;
            case Story.Blackout:
                PlayBlackout();
                break;
            case Story.HeldBack:
                PlayHeldBack();
                break;
            case Story.StoreAway:
                PlayStoreAway();
                break;
            case Story.Severed:
                PlaySevered();
                break;
            default:
                PlayOperator();
                break;
        }
    }

    private void PlayStorm()
    {
        var faults = Swarm.DrawFaults(_dice, new Dice(_seed ^ 0x5573_7065_6e64));
        if (_story == Story.Leased)
            faults = Swarm.AddStoreFaults(faults, _seed);
        _world.Say("plan", $"faults {string.Join(" ", faults)}");
        _world.Cloud.PlaceFirst(_dice.Below(20) switch { 0 => Plan.ForeignDroplet, < 4 => null, _ => _dice.Pick(_world.Nodes).Droplet });
        foreach (var cloud in _world.Clouds.AsSpan()[1..])
            cloud.PlaceFirst(_dice.Below(20) switch { 0 => Plan.ForeignDroplet, < 4 => null, < 8 => _dice.Pick(_world.Nodes).Droplet, _ => _world.Cloud.Holder });
        foreach (var node in _world.Nodes)
            _world.AfterUnlessHealed(_dice.Chance(0.7) ? _dice.Seconds(0, 1) : _dice.Seconds(0, 10), () =>
            {
                node.StartAgent();
                if (faults.Contains(Fault.Snapshot) && node.State is not null)
                    node.Record();
            });
        var chaos = new Chaos(_world, faults);
        chaos.Begin(_dice.Pick([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(12)]));
        _world.RunUntil(_dice.Seconds(60, 200));

        var foreign = _world.Clouds.Any(cloud => _plan.IsForeign(cloud.Holder));
        var starts = _world.Nodes.Any(n => n.State is null or { Role: Role.Starting } or { Lifecycle.Stopping: true } || n.IsPaused);
        chaos.Heal();
        Settle(Liveness.Allowance(_world, foreign, starts));
        StayQuiet();
    }

    /// <summary>Runs for the allowance and sees that all is well then.</summary>
    private void Settle(TimeSpan allowance)
    {
        var begin = _world.Now;
        var end = begin + allowance;
        while (_world.Now < end)
        {
            if (!_world.RunUntil(() => Liveness.Missing(_world) is null, end))
                break;
            if (!_isPlanned)
                _settled = _world.Now - begin;
            // Well is only what stays well: a request that was under way may still move the address. A hand-over that is planned (E9) is no part of it.
            _world.RunUntil(() => Liveness.Missing(_world) is not null, end);
            _isPlanned |= _world.Nodes.Any(n => n.State?.Releases is { Last.Planned: true } releases && releases.At == n.Clock);
        }

        // A node that has just been asked to hand over is on a planned move (E9).
        if (_plan.Preempt && (_settled is not null || _isPlanned))
            _world.RunUntil(() => Liveness.Missing(_world) is null, end + Liveness.ApiTime(_world));
        // C8: an address that follows, and has moved three times, stays for a while; roles do not.
        for (var i = 0; i < 3 && Liveness.Missing(_world) is not null && Liveness.FlapHold(_world) is { Ticks: > 0 } left; i++)
            _world.RunUntil(() => Liveness.Missing(_world) is null, _world.Now + left + Liveness.ApiTime(_world));
        if (Liveness.Missing(_world) is { } missing)
            throw new SimulationFailed($"{Liveness.Seconds(allowance)} after all faults ended: {missing}");
    }

    /// <summary>A healthy cluster that nobody disturbs does nothing at all, for a minute.</summary>
    private void StayQuiet()
    {
        _isQuiet = true;
        if (!_plan.Preempt)
            _world.Referee.NoMoves = _world.Referee.NoMasterChange = "all has been well and nobody disturbed it";
        _world.RunUntil(_world.Now + TimeSpan.FromSeconds(60));
        if (_plan.Preempt && !_world.RunUntil(() => Liveness.Missing(_world) is null, _world.Now + TimeSpan.FromSeconds(40)))
            throw new SimulationFailed($"a minute after all was well: {Liveness.Missing(_world)}");
    }

    private void Sample()
    {
        _world.Referee.Sample();
        if (_story == Story.Storm && _world.Healed && !_isQuiet && Liveness.Missing(_world) is not null)
        {
            var cause = _isPlanned ? "a hand-over that was planned (E9)" : Waits.Cause(_world);
            _waits[cause] = _waits.GetValueOrDefault(cause) + s_sampleEvery;
        }
        _world.After(s_sampleEvery, Sample);
    }
}
