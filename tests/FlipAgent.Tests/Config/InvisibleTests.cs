using FlipAgent.Config.Values;

namespace FlipAgent.Tests.Config;

/// <summary>Characters that nobody sees, as they come out of word processors, web pages and chats.</summary>
public class InvisibleTests
{
    [Theory]
    [InlineData("\u00A0", "U+00A0 (a no-break space)")]
    [InlineData("\u200B", "U+200B (a zero-width space)")]
    [InlineData("\u00AD", "U+00AD (a soft hyphen)")]
    [InlineData("\uFEFF", "U+FEFF (a byte order mark)")]
    [InlineData("\u202E", "U+202E")]
    [InlineData("\u2009", "U+2009")]
    [InlineData("\u3164", "U+3164")]
    [InlineData("\u2060", "U+2060")]
    [InlineData("\U000E0061", "U+E0061")]
    public void Each_is_shown_by_its_code_and_place(string character, string shown)
    {
        Assert.Equal([$"f.yaml:1:12: the invisible character {shown}; expected visible ones and plain spaces only"], Errors(Sample.Minimal.Replace("web-lb", $"we{character}b-lb")));
        // Where it hides between a key and its value, or in the indentation, the parser would only say that it is no YAML.
        Assert.StartsWith($"f.yaml:1:9: the invisible character {shown}", Errors(Sample.Minimal.Replace("cluster: web", $"cluster:{character}web"))[0]);
        Assert.StartsWith($"f.yaml:3:1: the invisible character {shown}", Errors(Sample.Minimal.Replace("  - {name: haproxy-1", $"{character} - {{name: haproxy-1"))[0]);
        Assert.StartsWith("f.yaml:8:", Errors(Sample.Minimal.Replace("provider: d", $"provider: \"d\"{character}"))[0]);
    }

    [Theory]
    [InlineData("# a comment\u00A0with one\n")]
    [InlineData("x: # \u200B\n")]
    public void In_a_comment_they_mean_nothing(string line) =>
        Assert.NotNull(Sample.Valid(Sample.Minimal.Replace("cluster: web-lb", $"cluster: web-lb # {line.Trim()}")));

    [Fact]
    public void A_number_sign_in_quotes_begins_no_comment() =>
        Assert.Contains("U+00A0", Errors(Sample.Minimal.Replace("cluster: web-lb", "cluster: \"a # \u00A0b\""))[0]);

    [Theory]
    [InlineData("---")]
    [InlineData("---\n")]
    [InlineData("--- ~\n")]
    [InlineData("---\n# only this\n")]
    [InlineData("# only this\n")]
    [InlineData("null\n")]
    public void A_file_with_nothing_in_it_is_called_empty(string text) =>
        Assert.StartsWith("f.yaml:1:1: the file is empty", Assert.Single(Errors(text)));

    [Fact]
    public void What_is_repeated_from_the_file_shows_them_too() => Assert.Equal("\"a<U+00A0>b<U+200B><U+00AD>\"", Echo.Of("a\u00A0b\u200B\u00AD"));

    [Fact]
    public void The_code_of_a_letter_that_only_looks_like_another_is_said() =>
        Assert.Contains("has a character that is not allowed (U+0435)", Errors(Sample.Minimal.Replace("web-lb", "w\u0435b-lb"))[0]);

    [Theory]
    [InlineData("192.168.7.100", "private")]
    [InlineData("10.0.0.9", "private")]
    [InlineData("172.31.0.1", "private")]
    [InlineData("100.64.0.1", "RFC 6598")]
    [InlineData("169.254.1.1", "link-local")]
    [InlineData("203.0.113.10", null)]
    [InlineData("198.51.100.1", null)]
    [InlineData("172.32.0.1", null)]
    [InlineData("100.128.0.1", null)]
    [InlineData("127.9.9.9", null)]
    public void A_floating_IP_that_no_client_can_reach_is_a_warning(string address, string? word)
    {
        var warnings = Sample.Valid(Sample.Minimal.Replace("203.0.113.10", address)).Warnings.Where(w => w.StartsWith("floating_ip.address", StringComparison.Ordinal));
        if (word is null)
            Assert.Empty(warnings);
        else
            Assert.Contains(word, Assert.Single(warnings));
    }

    [Fact]
    public void What_would_make_the_start_fail_is_a_warning()
    {
        var warnings = Sample.Valid(Sample.Minimal + "\ncontrol: {http: \"192.0.2.77:9166\"}\n").Warnings;
        Assert.Contains(warnings, w => w.Contains("192.0.2.77, which is no address of this machine"));
        Assert.Contains(Sample.Valid(Sample.Minimal.Replace("10.110.0.3", "127.0.0.3"), "haproxy-1").Warnings, w => w.Contains("cannot reach each other"));
    }

    [Fact]
    public void A_proxy_of_the_environment_that_is_not_used_is_said_without_its_value()
    {
        const string said = "https_proxy is set in the environment and is not used";
        Assert.Contains(Warnings(("https_proxy", "http://me:secret@10.0.0.1:3128")), w => w.StartsWith(said, StringComparison.Ordinal) && !w.Contains("secret"));
        Assert.Contains(Warnings(("ALL_PROXY", "socks5://x:1")), w => w.StartsWith("ALL_PROXY is set", StringComparison.Ordinal));
        Assert.DoesNotContain(Warnings(("https_proxy", "http://x:1"), ("no_proxy", "localhost, .digitalocean.com")), w => w.Contains("proxy"));
        Assert.DoesNotContain(Warnings(), w => w.Contains("proxy"));
        var text = Sample.Minimal.Replace("checks:", "  https_proxy: http://proxy.example.com:3128\nchecks:");
        Assert.DoesNotContain(Sample.Valid(text, null, Sample.Machine(variables: ("https_proxy", "x"))).Warnings, w => w.Contains("proxy"));
        Assert.Equal(new Uri("http://proxy.example.com:3128"), Sample.Valid(text).FloatingIp.HttpsProxy);
    }

    private static System.Collections.Immutable.ImmutableArray<string> Warnings(params (string, string)[] variables) => Sample.Valid(Sample.Minimal, null, Sample.Machine(variables: variables)).Warnings;

    private static List<string> Errors(string text) => [.. Sample.Errors(text).Select(e => e.ToString()!)];
}
