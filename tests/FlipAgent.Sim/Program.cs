using System.Diagnostics;
using System.Globalization;
using FlipAgent.Sim;

// The simulator's own command: replay one seed, or sweep over many. See docs/simulator.md.
//   flipagent-sim seed N [--full] [--story NAME]
//   flipagent-sim sweep COUNT [--from N] [--story NAME]
//   flipagent-sim decisions N        every decision of one seed
//   flipagent-sim waits COUNT        what the slowest hundredth of COUNT storms waits for after the faults have ended
//   flipagent-sim account PAIRS...   so many pairs on one account: what they ask, and how an outage of all masters' machines ends (docs/scale.md)
//   flipagent-sim golden COUNT       a line for each seed: its number, how many decisions, their hash
var arguments = args.ToList();
var full = arguments.Remove("--full");
Story? story = Take("--story") is { } name ? Enum.Parse<Story>(name, true) : null;
var from = Take("--from") is { } first ? ulong.Parse(first) : 0;
var share = Take("--share") is { } slowest ? double.Parse(slowest, CultureInfo.InvariantCulture) : 0.01;
if (arguments is ["seed", var seed] && ulong.TryParse(seed, out var one))
    return Replay(one);
if (arguments is ["sweep", var seeds] && int.TryParse(seeds, out var count) && count > 0)
    return Sweep(count);
if (arguments is ["decisions", var decided] && ulong.TryParse(decided, out var which))
{
    foreach (var line in Trial.Decide(which, keepLines: true).Lines)
        Console.WriteLine(line);
    return 0;
}

if (arguments is ["waits", var waiting] && int.TryParse(waiting, out var waits) && waits > 0)
{
    var clock = Stopwatch.StartNew();
    var report = Campaign.Run(from, waits, Story.Storm, f => Console.WriteLine(f.Summary));
    Console.WriteLine(report.Text(clock.Elapsed));
    Console.WriteLine(report.WaitTable(share));
    return 0;
}

if (arguments is ["account", _, ..] && arguments[1..].TrueForAll(a => int.TryParse(a, out var pairs) && pairs > 0))
{
    Console.WriteLine(Crowd.Head);
    foreach (var pairs in arguments[1..])
        Console.WriteLine(new Crowd(int.Parse(pairs, CultureInfo.InvariantCulture), hourly: 5000, spread: TimeSpan.FromHours(2)).Run(TimeSpan.FromHours(2)).Row);
    return 0;
}

if (arguments is ["golden", var lives] && int.TryParse(lives, out var of) && of > 0)
{
    var sums = new string[of];
    Parallel.For(0, of, i => sums[i] = $"{i} {Trial.Decide((ulong)i).Sum}");
    foreach (var line in sums)
        Console.WriteLine(line);
    return 0;
}

Console.Error.WriteLine("usage: flipagent-sim seed N | sweep COUNT | decisions N | waits COUNT | golden COUNT | account PAIRS...  [--from N] [--story NAME] [--full]");
return 2;

string? Take(string option)
{
    var at = arguments.IndexOf(option);
    if (at < 0 || at + 1 >= arguments.Count)
        return null;
    var value = arguments[at + 1];
    arguments.RemoveRange(at, 2);
    return value;
}

int Replay(ulong number)
{
    Console.WriteLine($"seed {number}");
    var outcome = Trial.Run(number, full ? Detail.Everything : Detail.Story, story);
    foreach (var line in outcome.Trace)
        Console.WriteLine(line);
    Console.WriteLine(outcome.Summary);
    return outcome.Failure is null ? 0 : 1;
}

int Sweep(int number)
{
    Console.WriteLine($"seeds {from} to {from + (ulong)number - 1}");
    var clock = Stopwatch.StartNew();
    var report = Campaign.Run(from, number, story, failed => Console.WriteLine(failed.Summary),
        done => Console.WriteLine($"{done} seeds after {clock.Elapsed.TotalSeconds:0} s"));
    Console.WriteLine(report.Text(clock.Elapsed));
    if (report.Failures.Count == 0)
        return 0;
    Console.WriteLine($"replay one with: make sim SEED={report.Failures[0].Seed}");
    return 1;
}
