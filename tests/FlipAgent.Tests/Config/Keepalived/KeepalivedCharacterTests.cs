using System.Text;
using FlipAgent.Config.Keepalived;

namespace FlipAgent.Tests.Config.Keepalived;

/// <summary>Files whose characters are not what they look like: the notes name the cause, not only what it does.</summary>
public sealed class KeepalivedCharacterTests
{
    private const string File = "vrrp_instance A {\n    virtual_router_id 51\n    priority 150\n    virtual_ipaddress {\n        203.0.113.9\n    }\n}\n";

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void UTF_16_is_named_once_and_not_read(bool isBigEndian, bool hasMark)
    {
        var encoding = new UnicodeEncoding(isBigEndian, hasMark);
        var notes = Notes(Encoding.UTF8.GetString([.. encoding.GetPreamble(), .. encoding.GetBytes(File)]));
        Assert.Equal(2, notes.Length);
        Assert.StartsWith("k.conf:1: is UTF-16, which keepalived cannot read; expected UTF-8", notes[0]);
        Assert.StartsWith("k.conf:1: there is no vrrp_instance in it, as far as it could be read", notes[1]);
    }

    [Fact]
    public void A_program_is_no_text()
    {
        var notes = Notes(Encoding.UTF8.GetString(System.IO.File.ReadAllBytes("/bin/true")));
        Assert.Equal(2, notes.Length);
        Assert.StartsWith("k.conf:1: is no text", notes[0]);
    }

    [Fact]
    public void A_byte_order_mark_is_named() => Assert.Equal(
        [
            "k.conf:1: <U+FEFF>vrrp_instance: not imported: keepalived does not know it, because of U+FEFF (a byte order mark) in it",
            "k.conf:1: the invisible character U+FEFF (a byte order mark): to keepalived it is a part of the word that it is in, which is another word thereby; "
                + "save the file as UTF-8 without it",
        ],
        Notes("\uFEFF" + File).Where(n => n.Contains("FEFF")).Order().ToArray());

    [Theory]
    [InlineData("priority\u00A0150", "k.conf:3: priority<U+00A0>...: not imported: keepalived does not know it, because of U+00A0 (a no-break space) in it")]
    [InlineData("\u200Bpriority 150", "k.conf:3: <U+200B>priority: not imported: keepalived does not know it, because of U+200B (a zero-width space) in it")]
    [InlineData("auth_pass\u00A0canary", "k.conf:3: the invisible character U+00A0 (a no-break space): to keepalived it is a part of the word")]
    [InlineData("priority 150\0\0", "k.conf:3: the invisible character U+0000: to keepalived it is a part of the word")]
    [InlineData("priority 15\uFFFD", "k.conf:3: a character that is not UTF-8")]
    public void What_nobody_sees_in_a_line_is_named(string line, string expected)
    {
        var notes = Notes(File.Replace("priority 150", line));
        Assert.Contains(notes, n => n.StartsWith(expected));
        Assert.DoesNotContain(notes, n => n.Contains("canary"));
    }

    [Theory]
    [InlineData("priority 150 # 100\u00A0%, \uFFFD")]
    [InlineData("priority\t150\v\f\r")]
    [InlineData("priority 150 ! \u00fcber")]
    public void Comments_and_white_space_may_have_what_they_like(string line) => Assert.Equal(Notes(File), Notes(File.Replace("priority 150", line)));

    [Fact]
    public void An_included_file_is_looked_at_as_well()
    {
        var files = new KeepalivedFiles("x", (pattern, _) => [pattern], _ => "\uFEFFglobal_defs {\n}\n");
        Assert.Contains(KeepalivedImport.Convert("include a.conf\n" + File, "k.conf", files).Notes, n => n.File == "a.conf" && n.Text.Contains("a byte order mark): to keepalived"));
    }

    [Fact]
    public void A_file_that_is_full_of_them_does_not_fill_the_screen()
    {
        var notes = Notes(File + string.Concat(Enumerable.Repeat("#\nvrrp_strict\u00A0\n", 100)));
        Assert.Equal(20, notes.Count(n => n.Contains("the invisible character")));
        Assert.Contains(notes, n => n.Contains("80 more lines"));
    }

    private static string[] Notes(string text) => [.. KeepalivedImport.Convert(text, "k.conf", KeepalivedFiles.None("lb-a")).Notes.Select(n => n.ToString())];
}
