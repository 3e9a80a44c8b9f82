namespace FlipAgent.Sim;

/// <summary>
/// HAProxy on the node, the checks that watch it, the metadata service, and the guard's look through the floating IP. Rise and fall are
/// the shell's business, so a verdict simply comes some time after the fact, as late as the real check would give it.
/// </summary>
internal sealed partial class SimNode
{
    private readonly bool?[] _told = new bool?[3];

    /// <summary>The HAProxy process runs.</summary>
    public bool ProcessUp { get; private set; } = true;

    /// <summary>It answers the site.</summary>
    public bool SiteUp { get; private set; } = true;

    /// <summary>It has servers behind it (the weighted check).</summary>
    public bool BackendsUp { get; private set; } = true;

    /// <summary>It listens where the traffic of the floating IP arrives.</summary>
    public bool Bound { get; set; } = true;

    /// <summary>A client that is sent here gets an answer.</summary>
    public bool Serves => Powered && ProcessUp && SiteUp && Bound && !_world.NothingBehind && Paused is not (Pause.Machine or Pause.MachineUnseen or Pause.Suspended);

    /// <summary>This node's way to the floating IP from inside works.</summary>
    public bool GuardPath
    {
        get;
        set
        {
            if (field != value)
                GuardPathSince = _world.Now;
            field = value;
        }
    } = true;

    public TimeSpan GuardPathSince { get; private set; }

    public bool MetadataUp { get; set; } = true;

    /// <summary>What the metadata service would say of each floating IP; it lags.</summary>
    public bool[] MetadataSaysHere { get; }

    public void SetProcess(bool up)
    {
        ProcessUp = up;
        TellLater(0, Soon(1, 8), up ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1));
        TellLater(1, Soon(1000, 2800));
    }

    public void SetSite(bool up)
    {
        SiteUp = up;
        TellLater(1, Soon(1000, 2800));
    }

    public void SetBackends(bool up)
    {
        BackendsUp = up;
        TellLater(2, Soon(1000, 2800));
    }

    /// <summary>A reload of the configuration.</summary>
    public void Reload(Func<ClusterSettings, ClusterSettings> change)
    {
        Settings = change(Settings);
        Take(new Input.SettingsChanged(Settings));
    }

    private bool Truth(int check) => check switch
    {
        0 => ProcessUp,
        1 => ProcessUp && SiteUp,
        _ => BackendsUp,
    };

    private void ReportChecksSoon()
    {
        Array.Clear(_told);
        TellLater(0, Soon(1, 50));
        TellLater(1, Soon(5, 900));
        TellLater(2, Soon(5, 900));
    }

    private void TellLater(int check, TimeSpan delay, TimeSpan age = default)
    {
        if (check >= Settings.Checks.Length)
            return;
        var run = Run;
        var truth = Truth(check);
        _world.After(delay, () =>
        {
            // A state that did not last until the verdict was never seen.
            if (run != Run || State is null || Truth(check) != truth || _told[check] == truth)
                return;
            _told[check] = truth;
            Take(new Input.CheckChanged(check, truth, truth ? "up" : "down", age));
        });
    }

    private void ReadMetadata(int run)
    {
        if (run != Run)
            return;
        if (!IsPaused)
            for (var i = 0; i < (_world.Plan.OnlyFirstWitnessed ? 1 : MetadataSaysHere.Length); i++)
                Take(new Input.MetadataRead(!MetadataUp ? Witness.Unknown : MetadataSaysHere[i] ? Witness.Here : Witness.NotHere, "")
                { Address = i, DropletId = MetadataUp && !_world.Plan.Droplets.IsEmpty ? Droplet : null });
        _world.After(TimeSpan.FromSeconds(2), () => ReadMetadata(run));
    }

    /// <summary>The shell keeps a connection to the API open and tells when none can be made.</summary>
    private void KeepConnected(int run)
    {
        if (run != Run)
            return;
        if (!IsPaused && Api is { Fault: CloudFault.Hang, FaultChance: 1 })
            Take(new Input.ApiUnreachable());
        _world.After(TimeSpan.FromSeconds(30), () => KeepConnected(run));
    }

    private void ProbeGuard(int number)
    {
        _world.Referee.Probes(this, number, +1);
        var run = Run;
        var (alive, timedOut, took) = LookThroughTheAddress();
        if (alive)
            _world.Referee.Served();
        _world.After(took, () =>
        {
            if (run == Run)
                _world.Referee.Probes(this, number, -1);
            if (_world.Trace.Wants(Detail.Story) && !alive && run == Run)
                _world.Say(Name, $"guard: no answer through the floating IP");
            Take(new Input.GuardAnswered(alive, alive ? "200" : "no answer") { TimedOut = timedOut, Number = number }, run);
        });
    }

    private (bool Alive, bool TimedOut, TimeSpan Took) LookThroughTheAddress()
    {
        var holder = _world.NodeOfDroplet(_world.Cloud.DataHolder);
        var silent = Settings.GuardTimeout;
        if (!GuardPath)
            return (false, true, silent);
        if (holder is null)
            return _world.IsServed ? (true, false, Soon(1, 20)) : (false, true, silent);
        if (holder.Serves)
            return (true, false, Soon(1, 20));
        // A dead process on a living host refuses at once; a dead host says nothing.
        var refuses = holder.Powered && !(holder.ProcessUp && holder.Bound);
        return (false, !refuses, refuses ? Soon(1, 5) : silent);
    }

    private void SwitchUnit(bool start)
    {
        var run = Run;
        _world.After(Soon(50, 400), () =>
        {
            if (run != Run || !Powered)
                return;
            SetProcess(start);
            Take(new Input.UnitChanged(true, start, start ? "active (running)" : "inactive (dead)"));
        });
    }
}
