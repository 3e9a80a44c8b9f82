using System.Diagnostics;
using System.Text;
using FlipAgent.Config;
using FlipAgent.Config.Sections;

namespace FlipAgent.Tests.Config;

/// <summary>Files that nobody would write: whatever the bytes, reading ends soon, with a configuration or with errors that have a place.</summary>
public sealed class ConfigFuzzTests
{
    private const string Marks = "{}[]:,-#&*!|>'\"%@`\n\t $?";

    // Each is 1 MiB of one thing that some YAML reader of the world chokes on.
    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("{a: ")]
    [InlineData("[a, ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("a: ")]
    [InlineData("a:\n ")]
    [InlineData("- a\n")]
    [InlineData("a: 1\n")]
    [InlineData("---\n")]
    [InlineData("...\n")]
    [InlineData("&a ")]
    [InlineData("*a ")]
    [InlineData("!a ")]
    [InlineData("'")]
    [InlineData("\"")]
    [InlineData("%")]
    [InlineData("|\n")]
    [InlineData("a: >\n ")]
    [InlineData("#")]
    [InlineData("\n")]
    [InlineData(" ")]
    [InlineData("${A:-")]
    [InlineData("\\x")]
    [InlineData("é")]
    public void A_megabyte_of_one_thing_is_refused_within_seconds(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 1024 * 1024 / part.Length));
        var clock = Stopwatch.StartNew();
        Assert.NotEmpty(Sample.Errors(text));
        Assert.NotEmpty(Sample.Errors("cluster: " + text[..^10]));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void An_alias_bomb_is_refused_at_its_first_alias()
    {
        var bomb = "a: &a [x, x]\n" + string.Concat(Enumerable.Range(0, 25).Select(i => $"{(char)('b' + i)}: &{(char)('b' + i)} [*{(char)('a' + i)}, *{(char)('a' + i)}]\n"));
        Assert.StartsWith("f.yaml:1:4: an anchor", Sample.Errors(bomb)[0]);
    }

    [Fact]
    public void A_file_above_the_limit_is_refused_before_it_is_parsed() =>
        Assert.Equal(
            ["f.yaml:1:1: the file is too large (1048577 characters); expected at most 1048576"],
            Sample.Errors(new string('#', 1024 * 1024 + 1)));

    [Fact]
    public void Errors_without_end_are_cut_off_and_counted()
    {
        var many = Sample.Errors(string.Concat(Enumerable.Range(0, 5000).Select(i => $"unknown{i}: 1\n")));
        Assert.Equal(201, many.Length);
        Assert.Matches("^f.yaml: and [0-9]+ more errors$", many[^1]);
    }

    [Fact]
    public void Random_changes_of_a_good_file_never_crash_the_reader() => Fuzz(seed: 1, random => Mutated(Sample.Complete, random));

    [Fact]
    public void Random_bytes_never_crash_the_reader() => Fuzz(seed: 2, random =>
    {
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        return Encoding.UTF8.GetString(bytes);
    });

    [Fact]
    public void Random_words_of_yaml_never_crash_the_reader()
    {
        string[] words = ["cluster", "nodes", "election", "- ", ": ", ":", "\n", "  ", "[", "]", "{", "}", ",", "'", "\"", "${", "}", "|", ">", "&a", "*a", "!!map", "#", "1s", "10.0.0.1", "?", "%", "---\n", "\t", "\\"];
        Fuzz(seed: 3, random => string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => words[random.Next(words.Length)])));
    }

    private static void Fuzz(int seed, Func<Random, string> make)
    {
        var random = new Random(seed);
        var machine = Sample.Machine("10.0.0.2");
        var clock = Stopwatch.StartNew();
        var read = 0;
        for (; read < 20_000 && clock.Elapsed < TimeSpan.FromSeconds(3); read++)
        {
            var text = make(random);
            try
            {
                if (ConfigReader.ReadText(text, "f.yaml", null, machine) is ConfigResult.Invalid invalid)
                    Assert.All(invalid.Errors, e => Assert.True(e.Line >= 1 && e.Column >= 1 && e.Message.Length > 10, e.ToString()));
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, text {read}: {Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}\n{e}");
            }
        }

        Assert.True(read > 50, $"only {read} files in {clock.Elapsed}");
    }

    private static string Mutated(string text, Random random)
    {
        var changed = new StringBuilder(text);
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            var at = random.Next(changed.Length);
            switch (random.Next(5))
            {
                case 0:
                    changed.Remove(at, Math.Min(random.Next(1, 30), changed.Length - at));
                    break;
                case 1:
                    changed[at] = (char)random.Next(0x20, 0x7f);
                    break;
                case 2:
                    changed[at] = (char)random.Next(0, 0x10000);
                    break;
                case 3:
                    changed.Insert(at, Marks[random.Next(Marks.Length)]);
                    break;
                default:
                    changed.Insert(at, changed.ToString(at, Math.Min(random.Next(1, 60), changed.Length - at)));
                    break;
            }
        }

        return changed.ToString();
    }
}
