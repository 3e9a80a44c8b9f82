using System.Globalization;
using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>What is measured, how often, and with which programs; the defaults are what <c>make bench</c> uses.</summary>
internal sealed record BenchOptions
{
    public static readonly string Usage = $"""
        usage: flipagent-bench [--rounds N] [--minutes M] [--only 'WORD ...'] [--adverts 'MS ...'] [--agent PATH] [--former PATH] [--out DIR]
          --rounds   how often each situation is played, 1 to 100 (default 10); the slow ones a fifth as often, at least once
          --minutes  no round begins after that time, 1 to 600 (default 25); what was left out is named
          --only     these situations (default all): {string.Join(' ', Situation.All.Select(s => s.Name))},
                     and the measurements footprint, growth
          --adverts  times between two adverts in ms, 10 to 40000 (default '1000 200')
          --agent    the flipagent binary (default out/flipagent)
          --former   another flipagent binary to compare with (default none)
          --keepalived  yes, or no: FlipAgent alone (default yes)
          --out      where tables, picture and data go (default out/bench)
        """;

    public int Rounds { get; init; } = 10;

    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(25);

    public IReadOnlyList<string> Only { get; init; } = [];

    public IReadOnlyList<int> Adverts { get; init; } = [1000, 200];

    public string Agent { get; init; } = Repository.PathOf("out/flipagent");

    public string? Former { get; init; }

    public bool Keepalived { get; init; } = true;

    public string Out { get; init; } = Repository.PathOf("out/bench");

    public bool Wants(string name) => Only.Count == 0 || Only.Contains(name);

    /// <exception cref="FormatException">Says what was wrong and what was expected.</exception>
    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var name = args[i];
            var value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{name} needs a value\n{Usage}");
            options = name switch
            {
                "--rounds" => options with { Rounds = Number(name, value, 1, 100) },
                "--minutes" => options with { Limit = TimeSpan.FromMinutes(Number(name, value, 1, 600)) },
                "--only" => options with { Only = Words(value, [.. Situation.All.Select(s => s.Name), "footprint", "growth"]) },
                "--adverts" => options with { Adverts = [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => Number(name, v, 10, 40_000))] },
                "--agent" => options with { Agent = Program(name, value) },
                "--former" => options with { Former = Program(name, value) },
                "--keepalived" => options with { Keepalived = value is "yes" or "no" ? value == "yes" : throw new FormatException($"{name}: \"{value}\"; expected yes or no") },
                "--out" => options with { Out = Path.GetFullPath(value) },
                _ => throw new FormatException($"unknown option {name}\n{Usage}"),
            };
        }
        if (options.Adverts.Count == 0)
            throw new FormatException("--adverts is empty; expected times in ms, such as '1000 200'");
        return options with { Agent = Program("--agent", options.Agent) };
    }

    private static string[] Words(string value, string[] known)
    {
        var words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words)
        {
            if (!known.Contains(word))
                throw new FormatException($"--only: \"{word}\" is not known; expected some of {string.Join(", ", known)}");
        }
        return words;
    }

    private static int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException($"{name}: \"{text}\"; expected a whole number from {least} to {most}");

    private static string Program(string name, string path) =>
        File.Exists(path) ? Path.GetFullPath(path) : throw new FormatException($"{name}: {path} is not there; expected the flipagent binary (make publish)");
}
