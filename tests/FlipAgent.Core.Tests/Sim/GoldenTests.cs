using System.Collections.Concurrent;
using FlipAgent.Sim;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// The core decides what it decided before: the same roles, terms, requests, adverts and kinds of events at the same moments of 2,000 simulated lives
/// (golden/decisions.txt), and they keep every promise of the simulator. Who changes a rule writes the file anew with <c>REWRITE=1</c> and says in the commit why so many lives differ.
/// </summary>
public sealed class GoldenTests
{
    /// <summary>Mutation testing plays fewer: SIM_SEEDS lives for each mutant.</summary>
    private static readonly int s_lives = int.TryParse(Environment.GetEnvironmentVariable("SIM_SEEDS"), out var lives) ? lives : int.MaxValue;

    [Fact]
    public void Two_thousand_lives_decide_as_they_did_and_keep_every_promise()
    {
        var file = Path.Combine(ScenarioTests.Root(), "tests", "FlipAgent.Core.Tests", "golden", "decisions.txt");
        var expected = File.ReadLines(file).Take(s_lives).ToArray();
        var actual = new string[expected.Length];
        var broken = new ConcurrentBag<string>();
        Parallel.For(0, actual.Length, i =>
        {
            try
            {
                actual[i] = $"{i} {Trial.Decide((ulong)i).Sum}";
            }
            catch (SimulationFailed failed)
            {
                broken.Add($"seed {i}: {failed.Message}; replay: make sim SEED={i}");
            }
        });
        Assert.Empty(broken);
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllLines(file, actual);
        var differ = Enumerable.Range(0, actual.Length).Where(i => actual[i] != expected[i]).ToArray();
        Assert.True(differ.Length == 0 || Environment.GetEnvironmentVariable("REWRITE") == "1",
            $"{differ.Length} of {actual.Length} lives decide otherwise: seeds {string.Join(' ', differ.Take(20))}; " +
            "compare `flipagent-sim decisions N` of both versions");
    }
}
