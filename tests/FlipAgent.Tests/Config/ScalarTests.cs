using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Tests.Config;

/// <summary>The small readers of single values: times, near names, variables, what an error may repeat.</summary>
public sealed class ScalarTests
{
    [Theory]
    [InlineData("800ms", 800)]
    [InlineData("1s", 1000)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("0s", 0)]
    [InlineData("0.5ms", 0.5)]
    [InlineData("24000h", 86_400_000_000)]
    public void A_time_has_a_number_and_a_unit(string text, double ms)
    {
        Assert.Null(Duration.Parse(text, out var value));
        Assert.Equal(ms, value.TotalMilliseconds);
        Assert.Null(Duration.Parse(Duration.Text(value), out var again));
        Assert.Equal(value, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("0")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1d")]
    [InlineData("1s2")]
    [InlineData("1.s")]
    [InlineData(".5s")]
    [InlineData("1..5s")]
    [InlineData("1e3s")]
    [InlineData("1m30s")]
    [InlineData("٣s")]
    [InlineData("24001h")]
    [InlineData("999999999999h")]
    [InlineData("99999999999999999999999999999999999999h")]
    public void Anything_else_is_no_time_and_says_what_was_expected(string text) =>
        Assert.Contains("; expected", Duration.Parse(text, out _));

    [Fact]
    public void Times_are_written_with_the_largest_unit_that_fits() =>
        Assert.Equal(
            ["0s", "1h", "90s", "2m", "1500ms", "0.25ms"],
            new[] { 0, 3_600_000, 90_000, 120_000, 1500, 0.25 }.Select(ms => Duration.Text(TimeSpan.FromMilliseconds(ms))).ToArray());

    [Theory]
    [InlineData("prioritty", "priority")]
    [InlineData("prio", "priority")]
    [InlineData("Priority", "priority")]
    [InlineData("droplet-id", "droplet_id")]
    [InlineData("adress", "address")]
    [InlineData("nmae", "name")]
    [InlineData("colour", null)]
    [InlineData("", null)]
    [InlineData("x", null)]
    public void The_nearest_name_is_the_one_that_was_meant(string typed, string? expected) =>
        Assert.Equal(expected, NearestName.Of(typed, ["address", "droplet_id", "name", "priority"]));

    [Fact]
    public void Slips_agree_with_a_plain_recursive_count()
    {
        var words = (from a in "abc" from b in "abc" from c in "abc" select $"{a}{b}{c}").Concat(["", "a", "ba", "abca"]).ToArray();
        foreach (var a in words)
            foreach (var b in words)
                Assert.Equal(Plain(a, b), NearestName.Slips(a, b));

        static int Plain(string a, string b)
        {
            if (a.Length == 0 || b.Length == 0)
                return a.Length + b.Length;
            var best = Math.Min(Math.Min(Plain(a[..^1], b), Plain(a, b[..^1])) + 1, Plain(a[..^1], b[..^1]) + (a[^1] == b[^1] ? 0 : 1));
            return a.Length > 1 && b.Length > 1 && a[^1] == b[^2] && a[^2] == b[^1] ? Math.Min(best, Plain(a[..^2], b[..^2]) + 1) : best;
        }
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${A}", "1")]
    [InlineData("x${A}y${B}z", "x1yz")]
    [InlineData("${B}", "")]
    [InlineData("${B:-d}", "d")]
    [InlineData("${C:-d:-e}", "d:-e")]
    [InlineData("${C:-}", "")]
    [InlineData("$$", "$")]
    [InlineData("$${A}", "${A}")]
    [InlineData("$$$$A $1 $", "$$A $1 $")]
    public void Variables_are_replaced(string text, string expected)
    {
        Assert.Null(Variables.Expand(text, name => name switch { "A" => "1", "B" => "", _ => null }, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("ab${C}", 2)]
    [InlineData("${", 0)]
    [InlineData("a$$${x", 3)]
    [InlineData("${}", 0)]
    [InlineData("${a b}", 0)]
    [InlineData("${A:}", 0)]
    [InlineData("${A-x}", 0)]
    public void A_variable_that_cannot_be_replaced_is_named_at_its_place(string text, int at) =>
        Assert.Equal(at, Variables.Expand(text, name => name == "A" ? "1" : null, out _)?.At);

    [Theory]
    [InlineData("dop_v1_0123456789")]
    [InlineData("https://hooks.slack.com/services/T0/B0/abc")]
    [InlineData("https://user:pw@example.com/")]
    [InlineData("0123456789abcdef0123456789ABCDEF")]
    public void What_looks_like_a_secret_is_not_repeated(string text) => Assert.Equal("\"***\"", Echo.Of(text));

    [Fact]
    public void What_is_repeated_is_short_and_printable()
    {
        Assert.Equal("\"a<U+000A>b<U+001B>\"", Echo.Of("a\nb\u001b"));
        Assert.Equal("\"" + new string('x', 60) + "...\"", Echo.Of(new string('x', 1000)));
    }
}
