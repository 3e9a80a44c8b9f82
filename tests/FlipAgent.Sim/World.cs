using System.Runtime.CompilerServices;

namespace FlipAgent.Sim;

/// <summary>A rule of the simulator was broken: the message names it, and the trace before it shows how.</summary>
internal sealed class SimulationFailed(string invariant) : Exception(invariant);

/// <summary>
/// One little world in virtual time: nodes, the network between them, the cloud. The next event is whatever is due next in one queue, on one thread, with
/// one seed; so it can be shown again exactly, and an hour takes milliseconds.
/// </summary>
internal sealed class World
{
    private readonly PriorityQueue<Action, (long Ticks, long Order)> _queue = new();
    private long _order;

    public World(Plan plan, ulong seed, Detail detail)
    {
        Plan = plan;
        Trace = new Trace(detail);
        Dice = new Dice(seed);
        Network = new Network(this);
        Clouds = [.. Enumerable.Range(0, plan.Addresses).Select(i => new Cloud(this, i))];
        Store = plan.Ttl > TimeSpan.Zero ? new LeaseStore(this, plan.Ttl, plan.StoreDrift) : null;
        Referee = new Referee(this);
        Nodes = [.. Enumerable.Range(0, plan.Nodes.Length).Select(i => new SimNode(this, i))];
    }

    public Plan Plan { get; }

    public Trace Trace { get; }

    public Dice Dice { get; }

    public Network Network { get; }

    /// <summary>The first floating IP at the cloud.</summary>
    public Cloud Cloud => Clouds[0];

    /// <summary>Each floating IP at the cloud.</summary>
    public Cloud[] Clouds { get; }

    /// <summary>Gives the lease; null: there is none.</summary>
    public LeaseStore? Store { get; }

    public Referee Referee { get; }

    /// <summary>Takes down every decision, when somebody compares them; else null.</summary>
    public Golden? Golden { get; init; }

    /// <summary>The rate limit that this cluster shares with others; null: there is none.</summary>
    public Account? Account { get; init; }

    public SimNode[] Nodes { get; }

    public TimeSpan Now { get; private set; }

    /// <summary>All faults have ended: what a fault wanted to undo later is undone already.</summary>
    public bool Healed { get; set; }

    /// <summary>No node's service answers, and no check knows.</summary>
    public bool NothingBehind { get; set; }

    /// <summary>A client that follows the floating IP is served.</summary>
    public bool IsServed => NodeOfDroplet(Cloud.DataHolder) is { } holder ? holder.Serves : Cloud.DataHolder is not null && Cloud.ForeignServes;

    public void At(TimeSpan when, Action what) => _queue.Enqueue(what, (Math.Max(when.Ticks, Now.Ticks), _order++));

    public void After(TimeSpan delay, Action what) => At(Now + delay, what);

    /// <summary>Does something later unless all faults have ended by then.</summary>
    public void AfterUnlessHealed(TimeSpan delay, Action what) => After(delay, () =>
    {
        if (!Healed)
            what();
    });

    public void RunUntil(TimeSpan end)
    {
        while (_queue.TryPeek(out _, out var due) && due.Ticks <= end.Ticks)
        {
            var what = _queue.Dequeue();
            Now = TimeSpan.FromTicks(due.Ticks);
            what();
        }

        Now = end;
    }

    /// <summary>Runs until the condition holds, looking at it after every event.</summary>
    /// <returns>False when the time was over first.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan end)
    {
        if (condition())
            return true;
        while (_queue.TryPeek(out _, out var due) && due.Ticks <= end.Ticks)
        {
            var what = _queue.Dequeue();
            Now = TimeSpan.FromTicks(due.Ticks);
            what();
            if (condition())
                return true;
        }

        Now = end;
        return false;
    }

    /// <summary>A line of the story.</summary>
    public void Say(string who, [InterpolatedStringHandlerArgument("")] ref TraceText text)
    {
        if (Trace.Wants(Detail.Story))
            Trace.Add(Now, who, text.ToString());
    }

    public SimNode? NodeOfDroplet(long? droplet)
    {
        foreach (var node in Nodes)
            if (node.Droplet == droplet)
                return node;
        return null;
    }

    public string NameOfDroplet(long? droplet) => droplet is null ? "nobody" : NodeOfDroplet(droplet)?.Name ?? "foreign droplet";
}
