using FlipAgent.Core;

namespace FlipAgent.Alerts;

/// <summary>
/// The alerts that were given up: how many of each severity, and the texts of the latest critical ones. An entry is removed only when a summary of it has
/// been delivered.
/// </summary>
internal sealed class DroppedAlerts
{
    // A summary has to be read by a person.
    private const int MostTexts = 5;

    private readonly Queue<Critical> _texts = new();
    private readonly long[] _untold = new long[3];
    private readonly long[] _sinceSummary = new long[3];

    /// <summary>All since the start.</summary>
    public long Ever { get; private set; }

    public void Add(Alert alert)
    {
        var severity = alert.Event.Severity;
        Ever++;
        _untold[(int)severity]++;
        _sinceSummary[(int)severity]++;
        if (severity != Severity.Critical)
            return;
        _texts.Enqueue(new Critical(Ever, $"{alert.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC {alert.Announcement.Text}"));
        if (_texts.Count > MostTexts)
            _texts.Dequeue();
    }

    /// <summary>Null: nothing is untold.</summary>
    public string? Summary()
    {
        Array.Clear(_sinceSummary);
        var total = _untold.Sum();
        if (total == 0)
            return null;
        var text = $"{total} not delivered ({_untold[2]} critical, {_untold[1]} warning, {_untold[0]} informational)";
        return _texts.Count == 0 ? text : $"{text}. Critical: {string.Join("; ", _texts.Select(t => t.Text))}";
    }

    /// <summary>The last <see cref="Summary"/> reached people; it was made when <see cref="Ever"/> was <paramref name="number"/>.</summary>
    public void ToldUpTo(long number)
    {
        _sinceSummary.CopyTo(_untold, 0);
        while (_texts.TryPeek(out var text) && text.Number <= number)
            _texts.Dequeue();
    }

    /// <param name="Number">Which of <see cref="Ever"/> it is.</param>
    private sealed record Critical(long Number, string Text);
}
