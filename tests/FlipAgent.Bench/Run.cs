using System.Diagnostics;
using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>One run from the first round to the files. The contenders take turns in each round, so that what else the machine does meets them alike.</summary>
internal sealed class Run(BenchOptions options, Stopwatch clock)
{
    private const int Attempts = 3;

    private readonly List<Round> _rounds = [];
    private readonly List<Footprint> _footprints = [];
    private readonly List<Growth> _growth = [];
    private readonly List<string> _left = [];

    /// <returns>The exit code: 0, or 1 when a round could not be played.</returns>
    public async Task<int> All()
    {
        Directory.CreateDirectory(options.Out);
        var report = new Report(options, Versions.Read(options));
        var failures = 0;
        using (var ground = new Ground(options.Wants("growth") ? Growth.Sizes.Max() : 2))
        {
            if (options.Wants("footprint"))
                failures += await Try("footprint", () => Footprints(ground));
            if (options.Wants("growth"))
                failures += await Try("growth", () => Grow(ground));
            for (var number = 1; number <= options.Rounds; number++)
            {
                foreach (var (situation, advert) in Due(number))
                {
                    foreach (var (make, _) in Contenders(advert))
                    {
                        failures += await Try($"{situation.Name}, round {number}", () => Play(ground, make, situation, number));
                        report.Write(_rounds, _footprints, _growth, _left);
                    }
                }
            }
        }
        report.Write(_rounds, _footprints, _growth, _left);
        Console.WriteLine($"\n{File.ReadAllText(report.Tables)}\n{report.Tables}, rounds.tsv and bench.svg beside it, {clock.Elapsed.TotalMinutes:0.0} min");
        return failures == 0 ? 0 : 1;
    }

    /// <summary>The situations of this round, each with each time between two adverts.</summary>
    private IEnumerable<(Situation Situation, int AdvertMs)> Due(int number) =>
        from advert in options.Adverts
        from situation in Situation.All
        where options.Wants(situation.Name) && (!situation.Slow || number <= Math.Max(1, options.Rounds / 5))
        select (situation, advert);

    /// <summary>Who takes turns, and the program of each.</summary>
    private List<(Func<Contender> Make, string Program)> Contenders(int advertMs)
    {
        List<(Func<Contender>, string)> all = [(() => new FlipAgentContender("FlipAgent", advertMs, options.Agent), options.Agent)];
        if (options.Keepalived)
            all.Insert(0, (() => new KeepalivedContender(advertMs), Shell.Find("keepalived")!));
        if (options.Former is { } former)
            all.Add((() => new FlipAgentContender("former FlipAgent", advertMs, former), former));
        return all;
    }

    private async Task Play(Ground ground, Func<Contender> make, Situation situation, int number)
    {
        Round? round = null;
        for (var attempt = 1; round is null; attempt++)
        {
            if (clock.Elapsed > options.Limit)
            {
                _left.Add($"{situation.Name} {number}");
                return;
            }
            try
            {
                round = await Bench.Play.Once(ground, make(), situation, number);
            }
            catch (TimeoutException) when (attempt < Attempts)
            {
                // On a busy machine a pair may not come to rest before anything is done to it.
            }
        }
        _rounds.Add(round);
        Console.WriteLine($"{clock.Elapsed:mm\\:ss}  {round.Tsv.Replace("\t", "  ", StringComparison.Ordinal)}");
    }

    private async Task Footprints(Ground ground)
    {
        var seconds = 30;
        foreach (var (make, program) in Contenders(options.Adverts[0]))
        {
            _footprints.Add(await Footprint.Of(ground, make, program, seconds));
            Console.WriteLine($"{clock.Elapsed:mm\\:ss}  {_footprints[^1]}");
        }
    }

    private async Task Grow(Ground ground)
    {
        foreach (var nodes in Growth.Sizes)
        {
            _growth.Add(await Growth.Of(ground, () => new FlipAgentContender("FlipAgent", options.Adverts[0], options.Agent), nodes, 15));
            Console.WriteLine($"{clock.Elapsed:mm\\:ss}  {_growth[^1]}");
        }
    }

    /// <summary>A round that does not come about is said, and the next one is played.</summary>
    private async Task<int> Try(string what, Func<Task> body)
    {
        try
        {
            await body();
            return 0;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or HttpRequestException or IOException)
        {
            _left.Add($"{what} (failed)");
            var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Console.Error.WriteLine($"{what}: {lines[0]}{string.Concat(lines.Skip(1).TakeLast(5).Select(l => $"\n    {l}"))}");
            return 1;
        }
    }
}
