using System.Globalization;

namespace FlipAgent.Sim;

/// <summary>Many seeds at once, on all cores; each world is alone on its thread, so the order in which they are done changes nothing.</summary>
internal sealed class Campaign
{
    private readonly List<Outcome> _failures = [];
    private readonly List<(ulong Seed, double Settled, IReadOnlyDictionary<string, TimeSpan> Waits)> _storms = [];
    private readonly int[] _stories = new int[Enum.GetValues<Story>().Length];
    private int _done;
    private int _moves;
    private double _simulated;

    public IReadOnlyList<Outcome> Failures => _failures;

    /// <summary>Runs <paramref name="count"/> seeds from <paramref name="first"/> on.</summary>
    /// <param name="failed">Called once for each failed seed, as it is found.</param>
    /// <param name="passed">Called with the count of seeds that are done, every 10,000.</param>
    /// <param name="stopAtFirst">Enough is known with the first failure.</param>
    public static Campaign Run(
        ulong first, int count, Story? story = null, Action<Outcome>? failed = null, Action<int>? passed = null,
        bool stopAtFirst = false)
    {
        var campaign = new Campaign();
        Parallel.For(0, count, (i, loop) =>
        {
            var outcome = Trial.Run(first + (ulong)i, Detail.Off, story);
            lock (campaign)
            {
                campaign.Note(outcome, failed);
                if (campaign._done % 10_000 == 0)
                    passed?.Invoke(campaign._done);
            }

            if (stopAtFirst && outcome.Failure is not null)
                loop.Stop();
        });
        campaign._failures.Sort(static (a, b) => a.Seed.CompareTo(b.Seed));
        return campaign;
    }

    /// <summary>The figures of the whole sweep.</summary>
    public string Text(TimeSpan took)
    {
        _storms.Sort(static (a, b) => a.Settled.CompareTo(b.Settled));
        var stories = string.Join(", ", Enum.GetValues<Story>().Select(s => $"{s} {_stories[(int)s]}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {_done} seeds, {_failures.Count} failed, in {took.TotalSeconds:0.0} s ({_done / took.TotalSeconds:0} seeds/s, {_simulated / 3600:0} simulated hours, {_moves} moves)
            stories: {stories}
            settled after the faults ended: median {Share(0.5)}, 99 % {Share(0.99)}, longest {Share(1)}
            """);
    }

    /// <summary>What the slowest lives waited for: a line for each cause, the most frequent first.</summary>
    /// <param name="slowest">Share of the lives that is looked at, 0 to 1.</param>
    public string WaitTable(double slowest)
    {
        var lives = _storms.OrderByDescending(s => s.Settled).Take((int)Math.Ceiling(_storms.Count * slowest)).ToList();
        var causes = lives.SelectMany(l => l.Waits).Select(w => w.Key).Distinct()
            .Select(cause => (Cause: cause, Longest: lives.Count(l => l.Waits.MaxBy(w => w.Value).Key == cause),
                Seed: lives.MaxBy(l => l.Waits.GetValueOrDefault(cause)).Seed,
                Seconds: lives.Select(l => l.Waits.GetValueOrDefault(cause).TotalSeconds).Where(s => s > 0).Order().ToList()))
            .OrderByDescending(c => c.Longest).ThenByDescending(c => c.Seconds.Sum());
        return string.Join('\n', causes.Select(c => string.Create(CultureInfo.InvariantCulture,
            $"| {c.Cause} | {c.Longest} | {c.Seconds.Count} | {c.Seconds[c.Seconds.Count / 2]:0.0} | {c.Seconds[^1]:0.0} | {c.Seed} |"))
            .Prepend("|---|---|---|---|---|---|")
            .Prepend($"| what {lives.Count} of {_storms.Count} lives waited for | longest wait of | waited for by | median, s | longest, s | in seed |"));
    }

    private string Share(double share) =>
        _storms.Count == 0 ? "-" : Liveness.Seconds(TimeSpan.FromSeconds(_storms[(int)Math.Min(_storms.Count - 1, share * _storms.Count)].Settled));

    private void Note(Outcome outcome, Action<Outcome>? failed)
    {
        _done++;
        _stories[(int)outcome.Story]++;
        _moves += outcome.Moves;
        _simulated += outcome.Simulated.TotalHours * 3600;
        if (outcome is { Settled: { } settled, Story: Story.Storm })
            _storms.Add((outcome.Seed, settled.TotalSeconds, outcome.Waits));
        if (outcome.Failure is null)
            return;
        _failures.Add(outcome);
        failed?.Invoke(outcome);
    }
}
