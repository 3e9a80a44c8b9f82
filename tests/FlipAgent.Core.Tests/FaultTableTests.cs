using System.Text.RegularExpressions;
using FlipAgent.Core.Tests.Sim;

namespace FlipAgent.Core.Tests;

/// <summary>
/// Keeps docs/faults.md honest: every test that it names exists, and every fault has a row. A table of contents that is checked against the pages.
/// </summary>
public partial class FaultTableTests
{
    private static readonly string s_root = ScenarioTests.Root();
    private static readonly string s_table = File.ReadAllText(Path.Combine(s_root, "docs", "faults.md"));

    [Fact]
    public void Every_test_in_the_table_of_faults_exists()
    {
        var tests = Path.Combine(s_root, "tests");
        var sources = Directory.GetFiles(tests, "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal));
        var known = sources.SelectMany(f => Method().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))
            .Concat(Directory.GetFiles(Path.Combine(tests, "FlipAgent.Core.Tests", "scenarios")).Select(f => Path.GetFileNameWithoutExtension(f))).ToHashSet();
        var named = s_table.Split('\n').Where(l => l.StartsWith("| **F", StringComparison.Ordinal))
            .SelectMany(l => Code().Matches(l.Split('|')[4]).Select(m => m.Groups[1].Value)).ToList();
        Assert.NotEmpty(named);
        Assert.Equal([], named.Except(known));
    }

    [Fact]
    public void Every_fault_from_F01_to_F90_has_one_row_with_a_test_or_the_word_open()
    {
        var rows = s_table.Split('\n').Where(l => l.StartsWith("| **F", StringComparison.Ordinal)).ToList();
        Assert.Equal(Enumerable.Range(1, 90).Select(n => $"| **F{n:00}**"), rows.Select(r => r[..9]));
        Assert.All(rows, r => Assert.True(r.Split('|')[4].Contains('`') || r.Contains("*open*", StringComparison.Ordinal), r));
    }

    [GeneratedRegex(@"public (?:static )?(?:async )?(?:void|Task) (\w+)\(")]
    private static partial Regex Method();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
