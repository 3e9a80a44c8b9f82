namespace FlipAgent.Sim;

/// <summary>
/// One node: the host, HAProxy on it, and the agent, which is the real <see cref="Election"/> inside a shell that has virtual sockets and clocks.
/// </summary>
internal sealed partial class SimNode : IAgentIo
{
    private readonly World _world;
    private readonly List<Input> _inbox = [];
    private Driver? _driver;
    private (Role Role, uint Term) _before;
    private bool _stalled;
    private long _wake;
    private TimeSpan _wakeAt = Moment.Never;

    public SimNode(World world, int index)
    {
        _world = world;
        Index = index;
        Settings = world.Plan.SettingsOf(index);
        Name = Settings.Self.Name;
        Droplet = world.Plan.Droplets.IsEmpty ? Settings.Self.DropletId : world.Plan.Droplets[index];
        Api = new ApiClient(world, this);
        Store = new StoreClient(world, this);
        MetadataSaysHere = new bool[world.Plan.Addresses];
        Dice = world.Dice.Fork();
        _clockOffset = world.Plan.Exact ? TimeSpan.Zero : Dice.Seconds(1, 1000);
        if (!world.Plan.Terms.IsEmpty && world.Plan.Terms[index] is var term and > 0)
            _disk = (new Remembered { Term = term }, -1, TimeSpan.Zero);
    }

    public int Index { get; }

    public string Name { get; }

    public long Droplet { get; }

    public Dice Dice { get; }

    public ClusterSettings Settings { get; private set; }

    /// <summary>The agent's mind; null while the agent does not run.</summary>
    public ElectionState? State => _driver?.State;

    /// <summary>Counts the runs of the agent, so that an answer to a dead one is not given to the next.</summary>
    public int Run { get; private set; }

    public ApiClient Api { get; }

    public StoreClient Store { get; }

    /// <summary>Its agent is of the next version (F33).</summary>
    public bool IsNewer => Index == _world.Plan.Newer;

    public bool Runs => State is not null && !IsPaused;

    public bool IsMaster => State?.Role == Role.Master;

    public bool Knows(string name)
    {
        foreach (var node in Settings.Nodes)
            if (node.Name == name)
                return true;
        return false;
    }

    /// <summary>The node's monotonic clock.</summary>
    public TimeSpan Clock => _world.Now + TimeSpan.FromTicks(_world.Now.Ticks * Drift / 1_000_000) + _clockOffset;

    /// <summary>How much too fast its clock is, in millionths; below 0: too slow.</summary>
    private int Drift => _world.Plan.Drift.IsEmpty ? 0 : _world.Plan.Drift[Index];

    /// <summary>The node's clock that also counts a suspend.</summary>
    private TimeSpan BootClock => Clock + _suspended;

    /// <summary>An advert comes in from the network.</summary>
    public void Hear(SimNode from, Advert advert)
    {
        var peer = Settings.IndexOf(from.Settings.Self.Id);
        if (State is null || peer < 0)
            return;
        if (_world.Trace.Wants(Detail.Everything))
            _world.Trace.Add(_world.Now, Name, $"hears {Describe.Advert(advert, Settings)}");
        Take(new Input.AdvertHeard(peer, advert));
    }

    /// <summary>Something happens to the agent; a paused one finds it when it goes on.</summary>
    public void Take(Input input)
    {
        if (State is null)
            return;
        if (IsPaused)
            _inbox.Add(input);
        else
            Step(input);
    }

    /// <summary>The same, for answers: dropped when the run that asked is over.</summary>
    public void Take(Input input, int run)
    {
        if (run == Run)
            Take(input);
    }

    private void Step(Input input) => RunDriver([MessageOf(input)], null);

    private Message MessageOf(Input input) => input is Input.Commanded commanded
        ? new Message.Ordered(commanded.Command, Answer)
        : new Message.Happened(input);

    private void Answer(CommandResult result) => _world.Say(Name, $"answers: {Describe.Result(result)}");

    private void RunDriver(IReadOnlyList<Message> messages, Input.Stalled? stalled)
    {
        if (_driver is not { } driver)
            return;
        _stalled = stalled is not null;
        driver.Run(messages, stalled);
        SetAlarm();
    }

    TimeSpan IAgentIo.Now => Clock;

    void IAgentIo.Stepped(Input input, IReadOnlyList<Effect> effects)
    {
        if (State is null)
            return;
        if (_world.Trace.Wants(Detail.Everything) && input is not Input.AdvertHeard)
            _world.Trace.Add(_world.Now, Name, $"takes {Describe.Input(input)}");
        var learned = _stalled && input is Input.AdvertHeard or Input.AdvertRejected;
        _recording?.Add((input, learned, Clock));
        var (role, term) = _before;
        _before = (State.Role, State.Term);
        if (_before != (role, term))
            _world.Say(Name, $"is {Describe.Role(State)} (was {Describe.Role(role)} {term})");
        _world.Referee.Stepped(this, input, effects, learned, role, term);
        _world.Golden?.Stepped(this, _world.Now, effects, role, term);
        foreach (var effect in effects)
            if (effect is Effect.SendAdvert send)
                SendCopiesLater(send.Copies);
    }

    private void SendCopiesLater(int copies)
    {
        var run = Run;
        for (var i = 1; i < copies; i++)
            _world.After(i * Driver.CopyGap, () =>
            {
                if (run == Run && !IsPaused)
                    _driver?.SendCopies();
            });
    }

    /// <summary>Sets the alarm to the state's next deadline; an older alarm is void.</summary>
    private void SetAlarm()
    {
        if (State is null || State.NextDeadline == _wakeAt)
            return;
        _wakeAt = State.NextDeadline;
        var alarm = ++_wake;
        var lag = _world.Plan.WakeLag > TimeSpan.Zero ? Dice.Between(TimeSpan.Zero, _world.Plan.WakeLag) : TimeSpan.Zero;
        if (_wakeAt < Moment.Forever)
            _world.At(WorldTime(_wakeAt) + lag, () => Wake(alarm));
    }

    /// <summary>When its clock will show this moment.</summary>
    private TimeSpan WorldTime(TimeSpan moment)
    {
        var ticks = (moment - _clockOffset).Ticks;
        return TimeSpan.FromTicks(Drift == 0 ? ticks : (long)Math.Ceiling(ticks / (1 + (Drift / 1e6))) + 1);
    }

    private void Wake(long alarm)
    {
        if (alarm != _wake || State is null || IsPaused)
            return;
        _wakeAt = Moment.Never;
        RunDriver([], null);
        SetAlarm();
    }

    void IAgentIo.Perform(Effect effect)
    {
        if (_world.Trace.Wants(Detail.Everything) && effect is not Effect.Announce)
            _world.Trace.Add(_world.Now, Name, $"wants {Describe.Effect(effect)}");
        switch (effect)
        {
            case Effect.ReadHolder look:
                Api.ReadHolder(look.Address);
                break;
            case Effect.Assign assign:
                Api.Assign(assign.Address, assign.Term, assign.DropletId);
                break;
            case Effect.ReadAction read:
                Api.ReadAction(read.Address, read.ActionId);
                break;
            case Effect.ProbeGuard probe:
                ProbeGuard(probe.Number);
                break;
            case Effect.AskLease ask:
                Store.Ask(ask);
                break;
            case Effect.SaveState save:
                Save(save.Remembered);
                break;
            case Effect.Announce announce:
                _world.Referee.Announced(this, announce.Event);
                _world.Say(Name, $"{(_world.Plan.Exact ? Describe.Kind(announce.Event) : Describe.Event(announce.Event))}");
                break;
            case Effect.Exit:
                _world.Say(Name, $"agent exits");
                End();
                break;
            case Effect.StartUnit or Effect.StopUnit:
                SwitchUnit(effect is Effect.StartUnit);
                break;
            default:
                throw new SimulationFailed($"unknown effect {effect}");
        }
    }

    void IAgentIo.SendAdvert(Advert advert)
    {
        if (State is null)
            return;
        // The shell stamps a file about once in T, so that the next run knows when this one was alive.
        _aliveAt = DiskFull ? _aliveAt : Clock;
        _recording?.Add((null, false, Clock));
        _world.Referee.Sends(this, advert);
        _world.Golden?.Sends(this, _world.Now, advert);
        if (_world.Trace.Wants(Detail.Everything))
            _world.Trace.Add(_world.Now, Name, $"sends {Describe.Advert(advert, Settings)}");
        _world.Network.Send(this, advert);
    }
}
