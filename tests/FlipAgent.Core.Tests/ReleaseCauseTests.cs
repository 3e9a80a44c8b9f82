using System.Text;

namespace FlipAgent.Core.Tests;

/// <summary>The causes of a release as agents of other versions read them (docs/wire.md): the words must not change.</summary>
public sealed class ReleaseCauseTests
{
    private static readonly (Cause.OfRelease Cause, string Phrase)[] s_phrases =
    [
        (new Cause.NoVerdict(), "no check has answered yet"),
        (new Cause.Unanswered("site"), "check site is not answered yet"),
        (new Cause.CheckDown("site", "503"), "check site is down: 503"),
        (new Cause.DownBefore("site"), "check site is down: as before the restart"),
        (new Cause.InMaintenance(null), "in maintenance"),
        (new Cause.InMaintenance(""), "in maintenance"),
        (new Cause.InMaintenance("kernel"), "in maintenance: kernel"),
        (new Cause.UnitNotStartable(), "its unit cannot be started"),
        (new Cause.NoKey("the key is missing"), "the key is missing"),
        (new Cause.NoKey(null), "as before the restart"),
        (new Cause.Stopped(), "the agent was stopped"),
        (new Cause.ReleaseOrdered(), "release by command"),
        (new Cause.PromoteOrdered("n2"), "promote on n2"),
        (new Cause.Outranked("n2", 150), "n2 has priority 150"),
        (new Cause.HolderIs("n2"), "the IP is at n2"),
        (new Cause.ApiFails(), "its cloud API fails"),
        (new Cause.NoResult(), "its claim had no result for 60 s"),
        (new Cause.WrongDroplet(3164444, 4999999), "it is droplet 4999999, not 3164444"),
        (new Cause.DropletNotFound(), "the cloud does not know its droplet"),
        (new Cause.MoveDidNotHelp(), "no answer since the move"),
        (new Cause.FlapHold(), "flap-hold"),
        (new Cause.LeaseLost(), "its lease ran out"),
        (new Cause.NoLongerMaster("n2", Role.Starting), "n2 is starting"),
        (new Cause.NoLongerMaster("n2", Role.Backup), "n2 is backup"),
        (new Cause.NoLongerMaster("n2", Role.Fault), "n2 is fault"),
    ];

    [Fact]
    public void The_phrases_are_those_of_the_protocol()
    {
        Assert.All(s_phrases, one => Assert.Equal((one.Phrase, one.Phrase), (ReleaseCause.Phrase(one.Cause), ReleaseCause.OnWire(one.Cause))));
        var cases = typeof(Cause).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(Cause.OfRelease)));
        Assert.Equal(cases.Select(t => t.Name).Order(), s_phrases.Select(p => p.Cause.GetType().Name).Distinct().Order());
    }

    [Theory]
    [InlineData("x", 28, "x")]
    [InlineData("x", 29, "...")]
    [InlineData("ä", 14, "ä")]
    [InlineData("ä", 15, "...")]
    public void A_phrase_is_cut_to_48_bytes_and_says_so(string letter, int count, string end)
    {
        var phrase = ReleaseCause.OnWire(new Cause.CheckDown("site", string.Concat(Enumerable.Repeat(letter, count))));
        Assert.EndsWith(end, phrase);
        Assert.InRange(Encoding.UTF8.GetByteCount(phrase), 46, AdvertCodec.MaxCauseBytes);
    }

    [Fact]
    public void A_phrase_is_cut_between_two_words() =>
        Assert.Equal("check haproxy is down: deactivating...", ReleaseCause.OnWire(new Cause.CheckDown("haproxy", "deactivating (stop-sigterm)")));
}
