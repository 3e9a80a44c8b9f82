using FlipAgent.Core;
using FlipAgent.Net;

namespace FlipAgent;

/// <summary>What the loop can do to the world: one function for each effect. None may block.</summary>
internal sealed record Outside
{
    /// <summary>Encodes and sends to every peer.</summary>
    public required Action<Advert> Send { get; init; }

    /// <summary>Hands on every datagram that is in the kernel's buffer (rule E10). May take the given time.</summary>
    public required Action<TimeSpan> Drain { get; init; }
    public required Action ReadHolder { get; init; }
    public required Action<uint> Assign { get; init; }
    public required Action<long> ReadAction { get; init; }
    public required Action ProbeGuard { get; init; }
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
/// The loop of the agent, on a thread of its own: takes the next input or the deadline, asks the election, does what it says. Like a switchboard operator
/// who only ever connects calls: whatever takes time is done by somebody else, and the answer comes in as another call.
/// </summary>
internal sealed class Agent
{
    /// <summary>Between the copies of a release, which are for speed only (rule E4).</summary>
    private static readonly TimeSpan CopyGap = TimeSpan.FromMilliseconds(20);

    /// <summary>The watchdog's and the status line's beat, whatever T is.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly ElectionState _state;
    private readonly Inbox _inbox;
    private readonly LoopWaiter _waiter;
    private readonly Outside _outside;
    private readonly List<Effect> _effects = new(16);
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _realTime;
    private TaskCompletionSource<CommandResult>? _asking;
    private int _copies;
    private TimeSpan _copyAt = Moment.Forever;
    private TimeSpan _wakeAt;
    private TimeSpan _lastNow;
    private TimeSpan _lastBoot;
    private bool _exit;
    private long _turnedAt;
    private uint _assignTerm;

    public Agent(ElectionState state, Inbox inbox, LoopWaiter waiter, Outside outside, bool realTime)
    {
        (_state, _inbox, _waiter, _outside, _realTime) = (state, inbox, waiter, outside, realTime);
        _thread = new Thread(Run) { IsBackground = false, Name = "decision" };
    }

    /// <summary>Completes when the loop has ended, after the last advert was handed over.</summary>
    public Task Ended => _ended.Task;

    /// <summary>When the loop last turned, on <see cref="Clocks.Monotonic"/>.</summary>
    public TimeSpan TurnedAt => new(Interlocked.Read(ref _turnedAt));

    /// <summary>Rule C1, for the worker's thread: may an assign of this term leave now?</summary>
    public bool MayAssign(uint term) => term != 0 && Volatile.Read(ref _assignTerm) == term;

    public void Start()
    {
        _lastNow = _wakeAt = Clocks.Monotonic;
        _lastBoot = Clocks.Boot;
        Interlocked.Exchange(ref _turnedAt, _lastNow.Ticks);
        _thread.Start();
    }

    private void Run()
    {
        if (_realTime)
            RealTime.TryRaise();
        while (!_exit)
            Turn();
        // The copies of the last words leave too.
        while (_copies > 0)
        {
            _waiter.Wait(_copyAt);
            SendCopy(Clocks.Monotonic);
        }
        _ended.TrySetResult();
    }

    private void Turn()
    {
        _waiter.Wait(_wakeAt);
        var now = Clocks.Monotonic;
        var late = Lateness(now);
        if (late > 2 * _state.Settings.Interval)
        {
            _outside.Drain(TimeSpan.FromMilliseconds(100));
            now = Clocks.Monotonic;
            TakeLetters();
            Step(new Input.Stalled(late), now);
        }
        else
        {
            TakeLetters();
        }
        now = Clocks.Monotonic;
        if (now >= _state.NextDeadline)
            Step(s_deadline, now);
        if (now >= _copyAt)
            SendCopy(now);
        _outside.Turned(_state, now);
        _wakeAt = Min(Min(_state.NextDeadline, _copyAt), now + Beat);
        Interlocked.Exchange(ref _turnedAt, now.Ticks);
    }

    private static readonly Input.Deadline s_deadline = new();

    /// <summary>How late the loop is by the clock that runs on, or by the one that also counts a suspend of the machine.</summary>
    private TimeSpan Lateness(TimeSpan now)
    {
        var boot = Clocks.Boot;
        var suspended = boot - _lastBoot - (now - _lastNow);
        (_lastNow, _lastBoot) = (now, boot);
        var late = now - _wakeAt;
        if (late > TimeSpan.Zero)
            _outside.Late(late);
        return suspended > late ? suspended : late;
    }

    private void TakeLetters()
    {
        // Bounded, so that a flood cannot keep the loop from its deadline.
        for (var i = 0; i < 1024 && _inbox.TryTake(out var letter); i++)
        {
            switch (letter)
            {
                case Letter.Of of:
                    Step(of.Input, Clocks.Monotonic);
                    break;
                case Letter.Order order:
                    _asking = order.Answer;
                    Step(new Input.Commanded(order.Command), Clocks.Monotonic);
                    _asking?.TrySetResult(new CommandResult("the agent is stopping", "the agent is stopping"));
                    _asking = null;
                    break;
                case Letter.Ask ask:
                    ask.Look(_state, Clocks.Monotonic);
                    break;
                default:
                    throw new InvalidOperationException($"letter {letter}");
            }
        }
    }

    private void Step(Input input, TimeSpan now)
    {
        _effects.Clear();
        Election.Step(_state, input, now, _effects);
        // Published before any effect, so that the worker of this very assign sees it.
        Volatile.Write(ref _assignTerm, Election.MayAssign(_state, _state.Term) ? _state.Term : 0);
        // An assign or a release goes first: what is announced must not delay what is done.
        foreach (var effect in _effects)
            if (effect is not Effect.Announce)
                Perform(effect, now);
        foreach (var effect in _effects)
            if (effect is Effect.Announce announce)
                _outside.Announce(announce.Event, _state);
    }

    private void Perform(Effect effect, TimeSpan now)
    {
        switch (effect)
        {
            case Effect.SendAdvert send:
                _copies = Math.Max(_copies, send.Copies);
                SendCopy(now);
                break;
            case Effect.ReadHolder:
                _outside.ReadHolder();
                break;
            case Effect.Assign assign:
                _outside.Assign(assign.Term);
                break;
            case Effect.ReadAction read:
                _outside.ReadAction(read.ActionId);
                break;
            case Effect.ProbeGuard:
                _outside.ProbeGuard();
                break;
            case Effect.SaveState save:
                _outside.Save(save.Remembered);
                break;
            case Effect.StartUnit:
                _outside.StartUnit();
                break;
            case Effect.StopUnit:
                _outside.StopUnit();
                break;
            case Effect.Reply reply:
                _asking?.TrySetResult(reply.Result);
                _asking = null;
                break;
            case Effect.Exit:
                _exit = true;
                break;
            default:
                throw new InvalidOperationException($"effect {effect}");
        }
    }

    private void SendCopy(TimeSpan now)
    {
        _outside.Send(Election.BuildAdvert(_state, now));
        _copies--;
        _copyAt = _copies > 0 ? now + CopyGap : Moment.Forever;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
