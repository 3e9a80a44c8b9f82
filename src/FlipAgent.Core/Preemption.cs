namespace FlipAgent.Core;

/// <summary>
/// This node's wish for the mastership of a master that lives: by its rank (rule E9) or because a person asked for it. Always true: a wish by rank has held without a
/// break for <see cref="ClusterSettings.PreemptDelay"/>.
/// </summary>
internal sealed class Preemption
{
    private TimeSpan _askUntil = Moment.Never;
    private bool _withYes;

    /// <summary>Since when this node outranks the master; <see cref="Moment.Forever"/>: it does not.</summary>
    public TimeSpan OutranksSince { get; private set; } = Moment.Forever;

    /// <summary>It asks the master to release to it.</summary>
    public bool Wants { get; private set; }

    public void StopWanting() => (OutranksSince, Wants) = (Moment.Forever, false);

    /// <summary>A reload begins the delay anew; what was asked for already stays asked for until the rule is asked again (F59).</summary>
    public void BeginAnew() => OutranksSince = Moment.Forever;

    /// <returns>True when it has just begun to want.</returns>
    public bool Outranks(TimeSpan delay, TimeSpan now)
    {
        if (OutranksSince == Moment.Forever)
            OutranksSince = now;
        var wanted = Wants;
        Wants = now - OutranksSince >= delay;
        return Wants && !wanted;
    }

    /// <summary>A person asks for the mastership on this node.</summary>
    public void AskByCommand(bool yes, TimeSpan until) => (_withYes, _askUntil) = (yes, until);

    public bool AsksByCommand(TimeSpan now) => now < _askUntil;

    /// <summary>The wish is granted, or another way led to the mastership.</summary>
    /// <returns>True when a person had asked and overrode what only a person may override.</returns>
    public bool Granted(TimeSpan now)
    {
        var overrides = _withYes && AsksByCommand(now);
        (Wants, OutranksSince, _askUntil, _withYes) = (false, Moment.Forever, Moment.Never, false);
        return overrides;
    }
}
