using System.Collections.Concurrent;
using System.Text.Json;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;
using FlipAgent.Counting;

namespace FlipAgent.Control;

/// <summary>
/// Everything that the agent counts for /metrics and that no status report shows. Any thread may count at any time; nothing waits, and nothing is
/// allocated but the first time that a label is seen.
/// </summary>
public sealed class Counters
{
    /// <summary>UTC.</summary>
    public DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    public Tally AdvertisementsSent { get; } = new();

    /// <summary>By peer.</summary>
    public LabelledTally AdvertisementsReceived { get; } = new();

    /// <summary>The words for <see cref="Rejection"/>, by its number.</summary>
    internal static string[] Rejections { get; } = [.. Enum.GetValues<Rejection>().Select(r => JsonNamingPolicy.KebabCaseLower.ConvertName(r.ToString()))];

    /// <summary>By one of <see cref="Rejections"/>.</summary>
    public LabelledTally AdvertisementsDropped { get; } = new();

    public Tally BecameMaster { get; } = new();

    /// <summary>By cause, one of a few fixed words.</summary>
    public LabelledTally ReleasedMaster { get; } = new();

    public Tally Stalls { get; } = new();

    /// <summary>How late adverts leave.</summary>
    public Histogram AdvertLateness { get; } = new(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5);

    /// <summary>By check name: how long the last run took.</summary>
    public ConcurrentDictionary<string, double> CheckSeconds { get; } = new();

    /// <summary>The API client's own counts; null: not there yet. A reload may bring a new client, which counts from zero.</summary>
    public ApiCounters? Api { get; set; }

    /// <summary>By result: accepted, refused, unclear.</summary>
    public LabelledTally Assigns { get; } = new();

    /// <summary>From the fault to the release or promotion; promotion to completed; completed to seen here.</summary>
    public Histogram FailoverDetect { get; } = NewFailover();

    public Histogram FailoverAssign { get; } = NewFailover();

    public Histogram FailoverVerify { get; } = NewFailover();

    /// <summary>By result: sent, failed.</summary>
    public LabelledTally Heartbeats { get; } = new();

    /// <summary>Log lines thrown away because the log could not keep up.</summary>
    public long LogDropped { get; set; }

    /// <summary>Whether the last reload, or the start, read a valid configuration.</summary>
    public bool LastReloadWorked { get; set; } = true;

    /// <summary>As in the adverts, to show drift.</summary>
    public ulong ConfigHash { get; set; }

    public TimeSpan LongestStall => TimeSpan.FromTicks(Interlocked.Read(ref _longestStallTicks));

    private long _longestStallTicks;

    /// <summary>The loop woke this much too late.</summary>
    public void Stalled(TimeSpan late)
    {
        Stalls.Add();
        long longest;
        while (late.Ticks > (longest = Interlocked.Read(ref _longestStallTicks)))
            Interlocked.CompareExchange(ref _longestStallTicks, late.Ticks, longest);
    }

    private static Histogram NewFailover() => new(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60);
}
