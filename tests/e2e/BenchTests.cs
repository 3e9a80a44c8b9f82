using System.Globalization;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>That <c>make bench</c> can be run: one round of two situations, with both contenders. What it measures is not judged here but for what cannot be otherwise.</summary>
public sealed class BenchTests
{
    [NetFact]
    public void One_round_of_two_situations_measures_keepalived_and_FlipAgent()
    {
        var output = Directory.CreateTempSubdirectory("flipagent-bench-test-").FullName;
        try
        {
            string[] options = ["--rounds", "1", "--only", "killed stopped", "--adverts", "200", "--agent", Binary.Agent, "--out", output];
            var result = Shell.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "flipagent-bench.dll"), .. options], limit: TimeSpan.FromMinutes(4));
            Assert.True(result.Code == 0, result.Text);
            var rounds = File.ReadAllLines(Path.Combine(output, "rounds.tsv")).Skip(1).Select(l => l.Split('\t')).ToList();
            Assert.Equal(["keepalived killed", "FlipAgent killed", "keepalived stopped", "FlipAgent stopped"], rounds.Select(r => $"{r[0]} {r[2]}"));
            // The first node's HAProxy is dead, so there was an outage, one move, and the site is back at the second node.
            Assert.All(rounds.Take(2), r => Assert.Equal(("1", "0", "2", "1"), (r[8], r[9], r[10], r[11])));
            // The 300 ms of the cloud, less two of the intervals at which the client asks.
            Assert.All(rounds.Take(2), r => Assert.True(int.Parse(r[4]) >= 280, string.Join(' ', r)));
            // The request comes before the outage is over.
            Assert.All(rounds.Take(2), r => Assert.InRange(double.Parse(r[13], CultureInfo.InvariantCulture), 0.1, double.Parse(r[4], CultureInfo.InvariantCulture)));
            Assert.Contains("| HAProxy killed | FlipAgent | 1 |", File.ReadAllText(Path.Combine(output, "results.md")));
            Assert.Contains("</svg>", File.ReadAllText(Path.Combine(output, "bench.svg")));
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    /// <summary>And that <c>make benchmarks</c> can be run: each benchmark once, by the build that is not optimized.</summary>
    [Fact]
    public void Each_benchmark_of_adverts_and_steps_runs()
    {
        var output = Directory.CreateTempSubdirectory("flipagent-benchmarks-test-").FullName;
        try
        {
            var result = Shell.Run("env", [$"BENCHMARKS_OUT={output}", "dotnet", Repository.PathOf("tests/FlipAgent.Benchmarks/bin/Debug/net10.0/flipagent-benchmarks.dll"), "--dry"], limit: TimeSpan.FromMinutes(2));
            Assert.True(result.Code == 0, result.Text);
            var rows = Directory.GetFiles(Path.Combine(output, "results"), "*-report.csv").SelectMany(f => File.ReadAllLines(f).Skip(1)).ToList();
            Assert.Equal(["Decode", "Encode", "Forged", "Second"], rows.Select(r => r.Split(',')[0]).Distinct().Order());
            Assert.DoesNotContain(rows, r => r.Contains(",NA,NA,", StringComparison.Ordinal) && r.Split(',')[^2] == "NA");
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    [Theory]
    [InlineData("--rounds 0", "a whole number from 1 to 100")]
    [InlineData("--only kiled", "\"kiled\" is not known; expected some of killed, hung")]
    [InlineData("--agent /nowhere/flipagent", "/nowhere/flipagent is not there; expected the flipagent binary")]
    [InlineData("--colour red", "unknown option --colour")]
    [InlineData("--keepalived maybe", "--keepalived: \"maybe\"; expected yes or no")]
    [InlineData("--rounds", "--rounds needs a value")]
    public void A_wrong_option_says_what_was_expected(string options, string expected)
    {
        var result = Shell.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "flipagent-bench.dll"), .. options.Split(' ')]);
        Assert.Equal(2, result.Code);
        Assert.Contains(expected, result.Error);
    }
}
