using FlipAgent.Core;
using FlipAgent.Events;
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

    [Theory]
    [InlineData("a\U000E0041b", "a.b")]
    [InlineData("a\U0001BCA0b", "a.b")]
    [InlineData("\U0001F600", "\U0001F600")]
    [InlineData("\u202Eab", ".ab")]
    public void A_character_beyond_FFFF_is_judged_as_a_whole(string text, string shown) => Assert.Equal(shown, Printable.Of(text));

    [Fact]
    public void Nothing_is_cut_through_a_character()
    {
        Assert.Equal("ab...", Printable.Of("ab\U0001F600cdef", 6));
        Assert.Equal("ab\U0001F600...", Printable.Of("ab\U0001F600cdef", 7));
        Assert.Equal("ab", Printable.Line("ab\U0001F600", 3, wasCut: false));
    }
}
