using FlipAgent.Core;
using FlipAgent.Naming;
using FlipAgent.Redaction;

namespace FlipAgent.Events;

/// <summary>
/// An event with its sentences, made once: journal, <c>events</c>, <c>explain</c>, status page, Slack, webhook and programs all show these.
/// </summary>
/// <param name="Event">What happened, as data.</param>
/// <param name="Text">One sentence, complete on its own.</param>
/// <param name="Cause">Why, as one phrase; null: the sentence says all there is.</param>
/// <param name="Next">What to do next, for the person who reads the alert; null: nothing.</param>
public sealed record Announcement(Event Event, string Text, string? Cause = null, string? Next = null)
{
    /// <summary>Of each text, in characters; a thousand announcements are kept. What they are made of is shorter, where it is known to be.</summary>
    private const int LongestText = 4000;

    /// <summary>Whose servers the nodes are: what they are called.</summary>
    public CloudVendor Vendor { get; init; } = CloudVendor.DigitalOcean;

    /// <summary>The sentences for an event, without any secret that this process has read.</summary>
    /// <param name="vendor">Null: DigitalOcean.</param>
    /// <param name="address">The floating IP that it is about, where there are several; null: there is one.</param>
    public static Announcement Of(Event e, CloudVendor? vendor = null, string? address = null)
    {
        ArgumentNullException.ThrowIfNull(e);
        vendor ??= CloudVendor.DigitalOcean;
        e = Weight.Of(e);
        // The hundreds of a kind are its group.
        var (text, next) = ((int)e.Kind / 100) switch
        {
            1 => ElectionText.Of(e),
            2 => PeerText.Of(e),
            3 => ServiceText.Of(e),
            4 => Naming(CloudText.Of(e, vendor), address),
            5 => ProcessText.Of(e),
            6 => Naming(LeaseText.Of(e), address),
            _ => throw new ArgumentOutOfRangeException(nameof(e)),
        };
        return new Announcement(e, text, CauseText.Of(e), next) { Vendor = vendor }.Redacted();
    }

    /// <summary>Where there are several, the sentence says which.</summary>
    private static (string Text, string? Next) Naming((string Text, string? Next) said, string? address)
    {
        const string it = "the floating IP";
        var at = address is null ? -1 : said.Text.IndexOf(it, StringComparison.Ordinal);
        return at < 0 ? said : (said.Text.Insert(at + it.Length, $" {address}"), said.Next);
    }

    /// <summary>The same without any secret that this process has read by now, and without characters that make a text read otherwise than it is.</summary>
    internal Announcement Redacted() => this with { Text = Shown(Text), Cause = Cause is null ? null : Shown(Cause), Next = Next is null ? null : Shown(Next) };

    private static string Shown(string text) => Printable.Of(text, LongestText);
}
