using FlipAgent.Core;

namespace FlipAgent.Alerts;

/// <summary>
/// Remembers what was reported lately, so that the same thing is not reported twice. The same thing is the same kind of event in the same term about the
/// same: peer, check, secret, address. A repetition within <paramref name="window"/> is kept back; when the window ends, the latest one goes out with the
/// count, so the last word is never lost. What is over by then does not go out: an end drops the beginnings that were kept back, and a beginning the ends.
/// </summary>
internal sealed class RecentAlerts(TimeSpan window)
{
    // Terms grow for ever; this many different things in one window mean that something else is wrong.
    private const int MostRemembered = 1024;

    private readonly Dictionary<Matter, Told> _told = [];

    /// <summary>True: tell it now. False: it was told lately and is kept back.</summary>
    public bool IsNew(Alert alert, TimeSpan now)
    {
        var e = alert.Event;
        foreach (var other in _told.Values)
            if (other.Latest?.Event is { } kept && (Closure.Ends(e, kept) || Closure.Ends(kept, e)))
                other.Latest = null;
        // Addresses that move together are one failover.
        var address = e.Kind is EventKind.ClaimHeld or EventKind.HolderChanged or EventKind.ClaimSlow ? 0 : e.Address;
        var matter = new Matter(e.Kind, e.Term, e.Peer, e.Subject, address, e.Ended, (int?)e.Rejection ?? (int?)e.Api ?? -1);
        if (_told.TryGetValue(matter, out var told))
        {
            told.Latest = alert;
            told.Times++;
            return false;
        }
        if (_told.Count >= MostRemembered)
            _told.Clear();
        _told.Add(matter, new Told { Until = now + window });
        return true;
    }

    /// <summary>When the first window ends; null: nothing was told lately.</summary>
    public TimeSpan? NextDue => _told.Count == 0 ? null : _told.Values.Min(t => t.Until);

    /// <summary>Repetitions whose window has ended, oldest first; each begins a window of its own.</summary>
    public IReadOnlyList<Alert> Due(TimeSpan now)
    {
        var due = new List<Alert>();
        foreach (var (matter, told) in _told.ToArray())
        {
            if (told.Until > now)
                continue;
            _told.Remove(matter);
            if (told.Latest is not { } latest)
                continue;
            due.Add(latest with { Times = told.Times });
            _told.Add(matter, new Told { Until = now + window });
        }
        return [.. due.OrderBy(a => a.At)];
    }

    /// <param name="Refusal">Why adverts do not count, or how the cloud refuses; -1: it is about neither.</param>
    private sealed record Matter(EventKind Kind, uint Term, string? Peer, string? Subject, int Address, bool Ended, int Refusal);

    private sealed class Told
    {
        public required TimeSpan Until { get; init; }

        public Alert? Latest { get; set; }

        public int Times { get; set; }
    }
}
