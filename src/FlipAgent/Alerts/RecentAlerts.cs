using FlipAgent.Core;

namespace FlipAgent.Alerts;

/// <summary>
/// Remembers what was reported lately, so that the same thing is not reported twice. The same thing is the same kind of event in the same term about the
/// same peer. A repetition within <paramref name="window"/> is kept back; when the window ends, the latest one goes out with the count, so the last word
/// is never lost.
/// </summary>
internal sealed class RecentAlerts(TimeSpan window)
{
    // Terms grow for ever; this many different things in one window mean that something else is wrong.
    private const int MostRemembered = 1024;

    private readonly Dictionary<Matter, Told> _told = [];

    /// <summary>True: tell it now. False: it was told lately and is kept back.</summary>
    public bool IsNew(Alert alert, TimeSpan now)
    {
        var matter = new Matter(alert.Event.Kind, alert.Event.Term, alert.Event.Peer);
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

    private sealed record Matter(EventKind Kind, uint Term, string? Peer);

    private sealed class Told
    {
        public required TimeSpan Until { get; init; }

        public Alert? Latest { get; set; }

        public int Times { get; set; }
    }
}
