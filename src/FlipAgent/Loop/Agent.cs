using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Loop;

/// <summary>What the loop calls in the world: the effects, and what it asks before and after a turn. None may block but <see cref="Drain"/>.</summary>
internal sealed record LoopCallbacks
{
    /// <summary>Encodes and sends to every peer.</summary>
    public required Action<Advert> Send { get; init; }

    /// <summary>Hands on every datagram that is in the kernel's buffer (rule E10). May take the given time.</summary>
    public required Action<TimeSpan> Drain { get; init; }

    /// <summary>Of the floating IP with this index; likewise the first argument of the next two.</summary>
    public required Action<int> ReadHolder { get; init; }
    public required Action<int, uint, long> Assign { get; init; }
    public required Action<int, long> ReadAction { get; init; }

    /// <summary>0: the guard's own probe; above: that of an inquiry.</summary>
    public required Action<int> ProbeGuard { get; init; }

    /// <summary>Only where there is a lease.</summary>
    public required Action<Effect.AskLease> AskLease { get; init; }
    public required Action<Event, ElectionState> Announce { get; init; }
    public required Action<Remembered> Save { get; init; }
    public required Action StartUnit { get; init; }
    public required Action StopUnit { get; init; }

    /// <summary>After every turn of the loop, with the state between two steps: sign of life, status line.</summary>
    public required Action<ElectionState, TimeSpan> Turned { get; init; }

    /// <summary>The loop woke this late; called for every deadline.</summary>
    public required Action<TimeSpan> Late { get; init; }
}

/// <summary>
/// The loop of the agent, on a thread of its own: waits for a message or for the driver's next moment, and lets the <see cref="Driver"/> take its turn. Whatever takes
/// time is done elsewhere, and its result comes in as another message.
/// </summary>
internal sealed class Agent : IAgentIo
{
    /// <summary>The watchdog's and the status line's beat, whatever T is.</summary>
    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(1);

    /// <summary>How many messages one turn takes, so that a flood cannot keep the loop from its deadline.</summary>
    private const int MaxMessages = 1024;

    private readonly Driver _driver;
    private readonly Inbox _inbox;
    private readonly LoopWaiter _waiter;
    private readonly LoopCallbacks _io;
    private readonly AssignPermit _permit;
    private readonly List<Message> _messages = new(16);
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _realTime;
    private TimeSpan _wakeAt;
    private bool _exit;
    private long _turnedAt;

    public Agent(ElectionState state, Inbox inbox, LoopWaiter waiter, LoopCallbacks io, AssignPermit permit, bool realTime)
    {
        (_inbox, _waiter, _io, _permit, _realTime) = (inbox, waiter, io, permit, realTime);
        _driver = new Driver(state, this, Clocks.Monotonic, Clocks.Boot);
        _thread = new Thread(Run) { IsBackground = false, Name = RealTime.Decisions };
    }

    /// <summary>Completes when the loop has ended, after the last advert was handed over.</summary>
    public Task Ended => _ended.Task;

    /// <summary>When the loop last turned, on <see cref="Clocks.Monotonic"/>.</summary>
    public TimeSpan TurnedAt => new(Interlocked.Read(ref _turnedAt));

    /// <summary>Whether this code runs on the loop's own thread, the only one that may end the process by failing.</summary>
    public bool IsOnItsThread => Thread.CurrentThread == _thread;

    TimeSpan IAgentIo.Now => Clocks.Monotonic;

    public void Start()
    {
        _wakeAt = Clocks.Monotonic;
        _driver.Wake(_wakeAt, Clocks.Boot);
        Interlocked.Exchange(ref _turnedAt, _wakeAt.Ticks);
        _thread.Start();
    }

    private void Run()
    {
        if (_realTime)
            RealTime.TryRaise();
        while (!_exit)
            RunOnce();
        // The copies of the last words leave too.
        while (_driver.NextCopyAt != Moment.Forever)
        {
            _waiter.Wait(_driver.NextCopyAt);
            _driver.SendCopies();
        }
        _ended.TrySetResult();
    }

    private void RunOnce()
    {
        _waiter.Wait(_wakeAt);
        var now = Clocks.Monotonic;
        if (now > _wakeAt)
            _io.Late(now - _wakeAt);
        var stalled = _driver.Wake(now, Clocks.Boot);
        if (stalled is not null)
            _io.Drain(TimeSpan.FromMilliseconds(100));
        while (_messages.Count < MaxMessages && _inbox.TryTake(out var message))
            _messages.Add(message);
        _driver.Run(_messages, stalled);
        // The signal of what is left has been taken.
        var more = _messages.Count == MaxMessages;
        _messages.Clear();
        now = Clocks.Monotonic;
        _io.Turned(_driver.State, now);
        _wakeAt = more ? now : _driver.WakeAt < now + s_beat ? _driver.WakeAt : now + s_beat;
        Interlocked.Exchange(ref _turnedAt, now.Ticks);
    }

    void IAgentIo.Stepped(Input input, IReadOnlyList<Effect> effects) =>
        // Published before any effect, so that the worker of this very assign sees it.
        _permit.Set(_driver.State);

    void IAgentIo.SendAdvert(Advert advert) => _io.Send(advert);

    void IAgentIo.Perform(Effect effect)
    {
        switch (effect)
        {
            case Effect.ReadHolder look:
                _io.ReadHolder(look.Address);
                break;
            case Effect.Assign assign:
                _io.Assign(assign.Address, assign.Term, assign.DropletId);
                break;
            case Effect.ReadAction read:
                _io.ReadAction(read.Address, read.ActionId);
                break;
            case Effect.ProbeGuard probe:
                _io.ProbeGuard(probe.Number);
                break;
            case Effect.AskLease ask:
                _io.AskLease(ask);
                break;
            case Effect.SaveState save:
                _io.Save(save.Remembered);
                break;
            case Effect.StartUnit:
                _io.StartUnit();
                break;
            case Effect.StopUnit:
                _io.StopUnit();
                break;
            case Effect.Announce announce:
                _io.Announce(announce.Event, _driver.State);
                break;
            case Effect.Exit:
                _exit = true;
                break;
            default:
                throw new InvalidOperationException($"effect {effect}");
        }
    }
}
