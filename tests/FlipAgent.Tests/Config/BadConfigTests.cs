using System.Runtime.CompilerServices;
using System.Text;

namespace FlipAgent.Tests.Config;

/// <summary>
/// The table of bad files: <c>bad-files.txt</c> beside this file holds each mistake and the exact sentences that a person reads for it.
/// </summary>
public sealed class BadConfigTests
{
    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var (replace, by, expected) in Parse(File.ReadAllLines(TablePath())))
            cases.Add(replace, by, expected);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_mistake_is_named_at_its_place(string replace, string by, string expected)
    {
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            return;
        Assert.Equal(expected, Said(replace, by));
    }

    [Fact]
    public void The_table_can_be_rewritten()
    {
        var lines = File.ReadAllLines(TablePath());
        Assert.True(Parse(lines).Count > 90, "the table has lost its cases");
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(TablePath(), Rewritten(lines));
    }

    private static string Said(string replace, string by)
    {
        Assert.Contains(Unescape(replace), Sample.Minimal, StringComparison.Ordinal);
        var machine = Sample.Machine(variables: [("EMPTY", ""), ("NUMBER", "many")]);
        return string.Join('\n', Sample.Errors(Sample.Minimal.Replace(Unescape(replace), Unescape(by)), null, machine));
    }

    private static List<(string Replace, string By, string Expected)> Parse(string[] lines)
    {
        var cases = new List<(string, string, string)>();
        for (var i = 0; i < lines.Length; i++)
            if (lines[i].StartsWith("replace: ", StringComparison.Ordinal))
                cases.Add((lines[i][9..], By(lines[i + 1]), string.Join('\n', lines.Skip(i + 3).TakeWhile(l => l.Length > 0))));
        return cases;
    }

    private static string Rewritten(string[] lines)
    {
        var text = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            text.Append(lines[i]).Append('\n');
            if (!lines[i].StartsWith("----", StringComparison.Ordinal))
                continue;
            text.Append(Said(lines[i - 2][9..], By(lines[i - 1]))).Append('\n');
            while (i + 1 < lines.Length && lines[i + 1].Length > 0)
                i++;
        }

        return text.ToString();
    }

    private static string By(string line) => line.Length > 4 ? line[4..] : "";

    private static string Unescape(string text) => text.Replace("\\n", "\n").Replace("\\r", "\r").Replace("\\t", "\t").Replace("\\0", "\0").Replace("\\u0001", "\u0001");

    private static string TablePath([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "bad-files.txt");
}
