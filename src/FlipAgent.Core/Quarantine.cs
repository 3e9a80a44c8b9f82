namespace FlipAgent.Core;

/// <summary>
/// A node that was stalled for a long time trusts nothing that it knew (rule E10): it sends and calls nothing for T, then looks up the holder, then goes on or yields.
/// Always true: it ends, even when the API never answers.
/// </summary>
public sealed class Quarantine
{
    /// <summary>How long the lookup at its end is waited for, beyond T: as long as a request may take.</summary>
    private static readonly TimeSpan s_lookupTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Nothing may be sent or called.</summary>
    public bool On => Until != Moment.Never;

    /// <summary>The end of the time in which it only listens; <see cref="Moment.Never"/>: not quarantined.</summary>
    internal TimeSpan Until { get; private set; } = Moment.Never;

    /// <summary>It has listened; the lookup is under way. Never while not quarantined.</summary>
    internal bool LookingUp { get; private set; }

    internal void Begin(TimeSpan until) => (Until, LookingUp) = (until, false);

    internal void LookUp() => LookingUp = true;

    internal TimeSpan GivesUpAt(TimeSpan interval) => Until + s_lookupTimeout + interval;

    /// <summary>A lookup of its own was answered, whatever the answer.</summary>
    internal void LookupAnswered(TimeSpan sentAt)
    {
        if (LookingUp && sentAt >= Until)
            End();
    }

    internal void End() => (Until, LookingUp) = (Moment.Never, false);
}
