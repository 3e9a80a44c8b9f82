namespace FlipAgent.Sim;

/// <summary>How a node is stopped in its tracks.</summary>
internal enum Pause
{
    None,
    /// <summary>SIGSTOP of the agent: HAProxy goes on serving, the clocks go on.</summary>
    Agent,
    /// <summary>The whole machine stands still and its clocks show the gap afterwards.</summary>
    Machine,
    /// <summary>The same, and no clock shows it (a snapshot, a migration).</summary>
    MachineUnseen,
    /// <summary>The machine is suspended: only CLOCK_BOOTTIME shows the gap.</summary>
    Suspended,
}

/// <summary>Life and death of the agent and its host: start, crash, clean stop, pause, reboot, loss of power. What dies here forgets what a real one would.</summary>
internal sealed partial class SimNode
{
    private TimeSpan _clockOffset;
    private TimeSpan _suspended;
    private TimeSpan _pausedAt;
    private int _boot;
    private LastRun? _last;
    private (Remembered What, int Boot, TimeSpan At)? _disk;
    private TimeSpan _aliveAt;
    private List<(Input? Input, bool Learned, TimeSpan At)>? _recording;
    private Func<(ElectionState State, TimeSpan Clock)>? _snapshot;

    public bool Powered { get; private set; } = true;

    public Pause Paused { get; private set; }

    public bool IsPaused => Paused != Pause.None;

    /// <summary>The disk is full or read-only: nothing that is saved survives (F15).</summary>
    public bool DiskFull { get; set; }

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>When the agent was started last, on the world's clock.</summary>
    public TimeSpan StartedAt { get; private set; }

    public void StartAgent()
    {
        if (!Powered || State is not null)
            return;
        Run++;
        StartedAt = _world.Now;
        var last = _last = _disk is { } disk ? new LastRun(disk.What, disk.Boot == _boot, Clock - (_aliveAt > disk.At ? _aliveAt : disk.At)) : null;
        var session = 1_800_000_000_000 + (_world.Now + WallOffset).TotalMilliseconds;
        Think(Election.Start(Settings, last, (ulong)session, Clock));
        if (_world.Trace.Wants(Detail.Story))
            _world.Say(Name, $"agent starts, {Describe.Role(State!)}{(last is null ? ", nothing remembered" : "")}");
        if (_recording is not null)
            Record();
        _world.Referee.Started(this);
        _wakeAt = Moment.Never;
        SetAlarm();
        ReportChecksSoon();
        var run = Run;
        _world.After(Soon(1, 2000), () => ReadMetadata(run));
        _world.After(TimeSpan.FromSeconds(12), () => KeepConnected(run));
    }

    /// <summary>From now on the agent thinks with this mind.</summary>
    private void Think(ElectionState state)
    {
        _driver = new Driver(state, this, Clock, BootClock);
        _before = (state.Role, state.Term);
    }

    /// <summary>The agent is gone without a word: kill -9, or the end of a clean stop.</summary>
    public void End()
    {
        _driver = null;
        _world.Referee.Ended(this);
        _inbox.Clear();
        Run++;
        _wake++;
        _recording = null;
        if (Paused == Pause.Agent)
            Paused = Pause.None;
    }

    /// <summary>SIGTERM; the init system kills what does not end by itself.</summary>
    public void Stop(StopKind kind)
    {
        if (State is null)
            return;
        var run = Run;
        Take(new Input.Stopping(kind));
        // E12: 1 s, 5 s with a request in flight. A paused one cannot.
        _world.After(TimeSpan.FromSeconds(5.5), () =>
        {
            if (run != Run)
                return;
            if (!IsPaused && !_pausedWhileStopping)
                throw new SimulationFailed($"{Name} did not exit within 5 s of SIGTERM (E12)");
            End();
        });
        _pausedWhileStopping = IsPaused;
    }

    private bool _pausedWhileStopping;

    public void SetPause(Pause pause)
    {
        if (IsPaused || !Powered || (pause == Pause.Agent && State is null))
            return;
        Paused = pause;
        _pausedAt = _world.Now;
        _pausedWhileStopping = true;
    }

    public void Resume()
    {
        if (!IsPaused)
            return;
        var unseen = Paused is Pause.MachineUnseen or Pause.Suspended;
        var suspended = Paused == Pause.Suspended;
        if (suspended)
            _suspended += _world.Now - _pausedAt;
        Paused = Pause.None;
        if (unseen)
            _clockOffset -= _world.Now - _pausedAt;
        if (State is null)
            return;
        var stalled = _driver!.Wake(Clock, BootClock);
        // What came over the network waits in the socket, which the loop empties first.
        var waiting = _inbox.OrderBy(input => input is Input.AdvertHeard or Input.AdvertRejected ? 0 : 1).ToArray();
        _inbox.Clear();
        _world.Referee.Resumed(this, stalled is not null, waiting);
        // The loop asks both clocks before anything else, so only what neither shows lets it begin with a deadline.
        if (unseen && Dice.Chance(0.5) && !suspended)
            CatchUp();
        if (waiting.Length > 0 || stalled is not null)
            RunDriver([.. waiting.Select(MessageOf)], stalled);
        CatchUp();
        _wakeAt = Moment.Never;
        SetAlarm();
        Api.Resume();
        Store.Resume();
    }

    /// <summary>The host stops at once, and everything on it.</summary>
    public void PowerOff()
    {
        End();
        Powered = false;
        Paused = Pause.None;
    }

    public void PowerOn()
    {
        if (Powered)
            return;
        Powered = true;
        _boot++;
        // Monotonic clocks begin again with each boot.
        _aliveAt = TimeSpan.Zero;
        _clockOffset = -_world.Now + (_world.Plan.Exact ? TimeSpan.FromSeconds(10) : Dice.Seconds(5, 30));
    }

    /// <summary>From now on, what the agent takes in is noted, so that <see cref="TakeSnapshot"/> can bring back its mind of any moment.</summary>
    public void Record()
    {
        // Only a start that is reproducible by itself can be replayed: settings, last run and session are fixed by then.
        var (settings, last, session, clock) = (Settings, _last, State!.Adverts.Session, Clock);
        _recording = [];
        var recording = _recording;
        _snapshot = () =>
        {
            var state = Election.Start(settings, last, session, clock);
            var end = clock;
            foreach (var (input, learned, at) in recording.ToArray())
            {
                if (input is null)
                    Election.BuildAdvert(state, at);
                else if (learned)
                    Election.Learn(state, input, at, []);
                else
                    Election.Step(state, input, at, []);
                end = at;
            }

            return (state, end);
        };
    }

    /// <summary>A snapshot of the machine, to be restored later (F78); null when nothing was recorded.</summary>
    public Action? TakeSnapshot()
    {
        // What was in flight would be answered after the restore; a moment without is enough for the story.
        if (_snapshot is null || _recording is null || State is null || IsPaused || _world.Referee.AwaitsAnswers(this))
            return null;
        var (state, clock) = _snapshot();
        return () =>
        {
            if (!Powered)
                return;
            End();
            Paused = Pause.None;
            _clockOffset = clock - _world.Now;
            Think(state);
            _wakeAt = Moment.Never;
            SetAlarm();
            ReportChecksSoon();
            var run = Run;
            _world.After(Soon(1, 2000), () => ReadMetadata(run));
            _world.After(TimeSpan.FromSeconds(12), () => KeepConnected(run));
            _world.Referee.Restored(this);
        };
    }

    private void CatchUp()
    {
        // Bounded: a deadline that does not move when it is due is the referee's business.
        for (var i = 0; i < 3 && State is not null && State.NextDeadline <= Clock; i++)
            RunDriver([], null);
    }

    private void Save(Remembered what)
    {
        if (!DiskFull)
            _disk = (what, _boot, Clock);
    }

    private TimeSpan Soon(double shortest, double longest) =>
        _world.Plan.Exact ? TimeSpan.FromMilliseconds(shortest) : Dice.Milliseconds(shortest, longest);
}
