namespace FlipAgent.Core;

/// <summary>The last verdict of a check.</summary>
public sealed class CheckState
{
    /// <summary>Null: no verdict yet.</summary>
    public bool? Up { get; private set; }

    /// <summary>The verdict is the last run's; this run's check has not answered yet (rule E11).</summary>
    public bool Remembered { get; private set; }

    /// <summary>What the check said last; null: nothing in this run.</summary>
    public string? Detail { get; private set; }

    internal void Take(bool up, string detail) => (Up, Remembered, Detail) = (up, false, detail);

    internal void Recall(bool up) => (Up, Remembered, Detail) = (up, true, null);

    internal void Forget()
    {
        if (Remembered)
            (Up, Remembered) = (null, false);
    }
}

/// <summary>
/// May this node serve at all (rule E1): verdicts of the checks, and what they come to. Checks of weight 0 are gates; checks with a weight push the priority up or down.
/// Always true: fit exactly when there is no reason against it; the effective priority is 1 to 254; a node that is listen-only is not fit.
/// </summary>
public sealed class Fitness
{
    private ClusterSettings _settings;
    private bool _endIsNews;
    private CheckState[] _checks;

    internal Fitness(ClusterSettings settings)
    {
        _settings = settings;
        _checks = [.. settings.Checks.Select(_ => new CheckState())];
        EffectivePriority = settings.Self.Priority;
    }

    /// <summary>No reason speaks against serving.</summary>
    public bool Fit => UnfitBecause is null;

    /// <summary>Why not fit; null when fit.</summary>
    public Cause.OfRelease? UnfitBecause { get; private set; } = new Cause.NoVerdict();

    /// <summary>Not fit for no other reason than that it has no key: it can neither speak nor believe anybody, so it stands by as a backup that takes no part.</summary>
    public bool ListenOnly { get; private set; }

    /// <summary>The configured priority with the weights of the checks, 1 to 254.</summary>
    public int EffectivePriority { get; private set; }

    /// <summary>In the order of <see cref="ClusterSettings.Checks"/>.</summary>
    public IReadOnlyList<CheckState> Checks => _checks;

    /// <summary>When the fault happened that last took a check down; <see cref="Moment.Never"/>: none did.</summary>
    internal TimeSpan FaultAt { get; private set; } = Moment.Never;

    /// <summary>People know that this node cannot serve, for another reason than that a person took it out of service.</summary>
    internal bool FaultTold { get; private set; }

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    internal bool EveryCheckAnswered => _checks.All(c => c.Up is not null);

    /// <summary>After a reload: checks are matched by name; their verdicts stay.</summary>
    internal void Apply(ClusterSettings settings)
    {
        var old = _settings;
        _checks = [.. settings.Checks.Select(c => IndexOf(old, c) is var i && i >= 0 ? _checks[i] : new CheckState())];
        _settings = settings;
    }

    internal bool Has(int check) => check >= 0 && check < _checks.Length;

    /// <returns>What the check had said before in this run; null when nothing.</returns>
    internal bool? Take(int check, bool up, string detail)
    {
        var was = _checks[check].Remembered ? null : _checks[check].Up;
        _checks[check].Take(up, detail);
        Revision++;
        return was;
    }

    internal void NoteFault(TimeSpan at) => FaultAt = at;

    internal void TellFault() => (FaultTold, _endIsNews) = (true, true);

    /// <summary>People were told that nobody takes over, for whatever reason.</summary>
    internal void TellVacancy() => _endIsNews = true;

    /// <returns>True when people are to hear that this node can serve again.</returns>
    internal bool EndFault()
    {
        var isNews = _endIsNews;
        (FaultTold, _endIsNews) = (false, false);
        return isNews;
    }

    internal void Recall(IReadOnlyDictionary<string, bool> verdicts)
    {
        for (var i = 0; i < _checks.Length; i++)
            if (verdicts.TryGetValue(_settings.Checks[i].Name, out var up))
                _checks[i].Recall(up);
    }

    /// <summary>The verdicts of the last run have had their time.</summary>
    internal void ForgetRemembered()
    {
        foreach (var check in _checks)
            check.Forget();
    }

    /// <summary>Works out fitness and priority from the verdicts.</summary>
    /// <param name="waits">At a start and in fault a check must have answered; otherwise one that a reload added says nothing before its first verdict.</param>
    /// <param name="serviceIsOff">A cold standby keeps its service stopped on purpose: checks of the service do not count (rule E14).</param>
    /// <param name="firstReason">A reason that comes before all checks, or null.</param>
    /// <param name="lastReason">A reason that comes after them, or null.</param>
    /// <returns>True when it was listen-only until now.</returns>
    internal bool Judge(bool waits, bool serviceIsOff, Cause.OfRelease? firstReason, Cause.OfRelease? lastReason)
    {
        var (priority, because) = (_settings.Self.Priority, firstReason);
        Cause.NoKey? noKey = null;
        for (var i = 0; i < _checks.Length; i++)
        {
            var (check, settings) = (_checks[i], _settings.Checks[i]);
            if (settings.OfKey)
            {
                noKey = check.Up == false ? new Cause.NoKey(check.Detail) : noKey;
                continue;
            }
            if (serviceIsOff && settings.OfService)
                continue;
            if (settings.Weight == 0 && (check.Up is not null || waits))
                because ??= check.Up switch
                {
                    true => null,
                    false => check.Detail is { } said ? new Cause.CheckDown(settings.Name, said) : new Cause.DownBefore(settings.Name),
                    null => new Cause.Unanswered(settings.Name),
                };
            else if (settings.Weight != 0 && settings.Weight > 0 == (check.Up == true))
                priority += check.Up is null ? 0 : settings.Weight;
        }
        because ??= lastReason;
        var wasListenOnly = ListenOnly;
        ListenOnly = noKey is not null && because is null;
        UnfitBecause = because ?? noKey;
        EffectivePriority = Math.Clamp(priority, 1, 254);
        return wasListenOnly && noKey is null;
    }

    private static int IndexOf(ClusterSettings settings, CheckWeight check)
    {
        for (var i = 0; i < settings.Checks.Length; i++)
            if (settings.Checks[i].IsSameAs(check))
                return i;
        return -1;
    }
}
