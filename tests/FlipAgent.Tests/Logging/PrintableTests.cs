using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Outbound;
using FlipAgent.Redaction;

namespace FlipAgent.Tests;

/// <summary>Text from elsewhere reads as what it is, wherever it is shown.</summary>
public sealed class PrintableTests
{
    [Theory]
    [InlineData("päng 中文 \U0001F600", "päng 中文 \U0001F600")]
    [InlineData("a\u001b[31mb\r\nc", "a.[31mb..c")]
    [InlineData("down\u2028check site is up", "down.check site is up")]
    [InlineData("x\u2029y\u0085z", "x.y.z")]
    [InlineData("a\U000E0001b\U000E0041c\U0001D173d", "a.b.c.d")]
    [InlineData("\u202Egnp.exe\u202C \u2066x\u2069 a\u200Bb\u00ADc\uFEFF", ".gnp.exe. .x. a.b.c.")]
    public void What_could_mislead_the_reader_becomes_a_dot(string text, string shown) => Assert.Equal(shown, Printable.Of(text));

    [Fact]
    public void An_announcement_has_none_of_it()
    {
        var said = Announcement.Of(new Event(EventKind.CheckDown, Severity.Info) { Subject = "site", Detail = "no\u2028check site is up\u202E" });
        Assert.DoesNotContain('\u2028', said.Text);
        Assert.DoesNotContain('\u202E', said.Text);
        Assert.Contains("no.check site is up.", said.Text);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_left_as_it_is() => Assert.Equal("a\uD83D", Printable.Of("a\uD83D"));

    [Fact]
    public void A_text_is_never_cut_through_one_character() => Assert.Equal("ab...", Printable.Of("ab\U0001F600cdef", 6));

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(33)]
    public void A_secret_that_the_cut_would_go_through_is_blacked_out_first(int before)
    {
        const string secret = "dop_v1_CUTPRINTABLE0123456789abcdef";
        Redactor.Register(secret);
        var text = new string('x', before) + secret + " and more";
        Assert.StartsWith(new string('x', before) + "***", Printable.Of(text, 40));
        Assert.StartsWith(new string('x', before) + "***", PlainText.Of(text, 40));
        Assert.StartsWith(new string('x', before) + "***", Printable.Line(text, 40, wasCut: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(34)]
    [InlineData(35)]
    public void The_beginning_of_a_secret_at_the_end_of_what_was_cut_is_blacked_out(int length)
    {
        const string secret = "dop_v1_CUTBEFOREIT0123456789abcdefg";
        Redactor.Register(secret);
        Assert.Equal("it said: ***", Redactor.RedactCut("it said: " + secret[..length]));
        Assert.Equal("it said: *** ***", Redactor.RedactCut($"it said: {secret} {secret[..length]}"));
        Assert.Equal("it said nothing.", Redactor.RedactCut("it said nothing."));
    }
}
