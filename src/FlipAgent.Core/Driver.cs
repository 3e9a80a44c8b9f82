namespace FlipAgent.Core;

/// <summary>
/// Runs one node's election: takes what waits, notices a stall, keeps the order in which effects are performed, sends the copies of an advert. Pure: the agent's loop and
/// the simulator run the same driver, each with its own <see cref="IAgentIo"/>. One thread.
/// </summary>
public sealed class Driver
{
    /// <summary>Between the copies of an advert, which are for speed only (rule E4). One that could not leave within its gap is pointless and does not leave.</summary>
    public static readonly TimeSpan CopyGap = TimeSpan.FromMilliseconds(20);

    private static readonly Input.Deadline s_deadline = new();
    private readonly IAgentIo _io;
    private readonly List<Effect> _effects = new(16);
    private readonly List<TimeSpan> _copies = new(8);
    private TimeSpan _lastNow;
    private TimeSpan _lastBoot;
    private Action<CommandResult>? _answer;

    /// <param name="boot">CLOCK_BOOTTIME, which goes on while the machine is suspended.</param>
    public Driver(ElectionState state, IAgentIo io, TimeSpan now, TimeSpan boot)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(io);
        (State, _io, _lastNow, _lastBoot) = (state, io, now, boot);
    }

    /// <summary>What this node knows; to be read between two calls only.</summary>
    public ElectionState State { get; }

    /// <summary>When the next copy of an advert leaves; <see cref="Moment.Forever"/>: none waits.</summary>
    public TimeSpan NextCopyAt => _copies.Count > 0 ? _copies[0] : Moment.Forever;

    /// <summary>When to call <see cref="Run"/> at the latest.</summary>
    public TimeSpan WakeAt => Moment.Min(State.NextDeadline, NextCopyAt);

    /// <summary>To be asked first after every wait: was the loop held up?</summary>
    /// <param name="now">CLOCK_MONOTONIC.</param>
    /// <param name="boot">CLOCK_BOOTTIME: the only clock that some suspends of the machine show.</param>
    /// <returns>What to hand to the next <see cref="Run"/>, with all that the socket holds among its messages; null: it was not held up for more than 2T (rule E10).</returns>
    public Input.Stalled? Wake(TimeSpan now, TimeSpan boot)
    {
        var suspended = boot - _lastBoot - (now - _lastNow);
        (_lastNow, _lastBoot) = (now, boot);
        State.Lease.Suspended(suspended, now);
        var late = now - State.NextDeadline;
        if (Moment.Max(late, suspended) <= 2 * State.Settings.Interval)
            return null;
        return suspended > late ? new Input.Stalled(suspended) { AwakeAt = now } : new Input.Stalled(late);
    }

    /// <summary>Takes what waits, then the deadline when it is due, then the copies that are due.</summary>
    /// <param name="stalled">What <see cref="Wake"/> said: adverts are then only learned before anything is decided.</param>
    public void Run(IReadOnlyList<Message> messages, Input.Stalled? stalled)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (stalled is not null)
        {
            for (var i = 0; i < messages.Count; i++)
                if (IsAdvert(messages[i]) && InputOf(messages[i]) is { } input)
                    Learn(input);
            Step(stalled);
        }
        else if (Election.HasLostLease(State, _io.Now))
        {
            // Whatever waits, nobody is shown a master whose time is over (rule E15).
            Step(s_deadline);
        }
        for (var i = 0; i < messages.Count; i++)
            if (stalled is null || !IsAdvert(messages[i]))
                Handle(messages[i]);
        if (_io.Now >= State.NextDeadline)
            Step(s_deadline);
        SendCopies();
    }

    /// <summary>Sends the copies that are due.</summary>
    public void SendCopies()
    {
        while (_copies.Count > 0 && _copies[0] <= _io.Now)
        {
            var late = _io.Now - _copies[0];
            _copies.RemoveAt(0);
            if (late < CopyGap)
                _io.SendAdvert(Election.BuildAdvert(State, _io.Now));
        }
    }

    private static bool IsAdvert(Message message) => message is Message.Happened { Input: Input.AdvertHeard or Input.AdvertRejected };

    /// <summary>The input with the numbers of today's settings; null when what it is about is in them no more.</summary>
    private Input? InputOf(Message message) =>
        message is Message.Happened happened ? Numbering.Translate(happened.Input, happened.Numbering ?? State.Settings, State.Settings) : null;

    private void Handle(Message message)
    {
        switch (message)
        {
            case Message.Happened:
                if (InputOf(message) is { } input)
                    Step(input);
                break;
            case Message.Reloaded reloaded:
                var exchanged = reloaded.Use();
                Step(new Input.SettingsChanged(reloaded.Settings, exchanged.Guard, exchanged.Metadata));
                reloaded.Done();
                break;
            case Message.Ordered ordered:
                _answer = ordered.Answer;
                Step(new Input.Commanded(ordered.Command));
                // A run that has ended answers nothing any more.
                _answer?.Invoke(new CommandResult.Stopping { Node = State.Settings.Self.Name });
                _answer = null;
                break;
            case Message.Asked asked:
                asked.Look(State, _io.Now);
                break;
            default:
                throw new InvalidOperationException($"message {message}");
        }
    }

    private void Learn(Input input)
    {
        _effects.Clear();
        Election.Learn(State, input, _io.Now, _effects);
        Perform(input);
    }

    private void Step(Input input)
    {
        _effects.Clear();
        Election.Step(State, input, _io.Now, _effects);
        Perform(input);
    }

    /// <summary>What is done comes before what is announced, so that an announcement never delays an assign or a release; the exit comes last.</summary>
    private void Perform(Input input)
    {
        _io.Stepped(input, _effects);
        foreach (var effect in _effects)
            if (effect is not (Effect.Announce or Effect.Exit))
                Perform(effect);
        foreach (var effect in _effects)
            if (effect is Effect.Announce)
                _io.Perform(effect);
        foreach (var effect in _effects)
            if (effect is Effect.Exit)
                _io.Perform(effect);
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case Effect.SendAdvert send:
                _io.SendAdvert(Election.BuildAdvert(State, _io.Now));
                for (var i = 1; i < send.Copies; i++)
                    AddCopy(_io.Now + i * CopyGap);
                break;
            case Effect.Reply reply:
                _answer?.Invoke(reply.Result);
                _answer = null;
                break;
            default:
                _io.Perform(effect);
                break;
        }
    }

    private void AddCopy(TimeSpan at)
    {
        var place = _copies.Count;
        while (place > 0 && _copies[place - 1] > at)
            place--;
        _copies.Insert(place, at);
    }
}
