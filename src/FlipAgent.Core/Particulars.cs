using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace FlipAgent.Core;

/// <summary>Where a node's own service listens, as that node itself sees it.</summary>
public enum Listening
{
    /// <summary>It cannot tell, or has not looked yet.</summary>
    Unknown,
    /// <summary>Where traffic for the floating IP arrives.</summary>
    Arrival,
    /// <summary>Nothing listens on the port.</summary>
    Nowhere,
    /// <summary>On other addresses only.</summary>
    Elsewhere,
}

/// <summary>What a node says of itself for people, in some of its adverts (docs/wire.md, type 12). No rule goes by it but S3.</summary>
public sealed record Particulars
{
    /// <summary>The longest <see cref="MaintenanceBy"/> in UTF-8; a longer one is cut.</summary>
    public const int MaxSetterBytes = 32;

    /// <summary>So many prints of keys one advert carries at most.</summary>
    public const int PrintsOfPage = 12;

    /// <summary>So many pages of them there are at most.</summary>
    public const int MaxPages = 32;

    /// <summary>May the sender's token move the floating IP.</summary>
    public WriteState Write { get; init; }

    /// <summary>Where its service listens.</summary>
    public Listening Listens { get; init; }

    /// <summary>How much longer its maintenance lasts; null: until somebody ends it, or there is none.</summary>
    public TimeSpan? MaintenanceLeft { get; init; }

    /// <summary>Who began it; empty: there is none, or that is not known.</summary>
    public string MaintenanceBy { get; init; } = "";

    /// <summary>Id of the cluster key that <see cref="Prints"/> were made with; 0: it says nothing of its configuration.</summary>
    public byte KeyId { get; init; }

    /// <summary>Which page of the prints this is, from 0.</summary>
    public byte Page { get; init; }

    /// <summary>How many pages there are; 0: none.</summary>
    public byte Pages { get; init; }

    /// <summary>Of the keys of its configuration.</summary>
    public ImmutableArray<KeyPrint> Prints { get; init; } = [];
}

/// <summary>
/// One key of a configuration and its value, as only who has the cluster key can tell them: no name, and nothing that a guess at the value could be held against.
/// </summary>
/// <param name="Key">24 bits that stand for the name of the key.</param>
/// <param name="Value">16 bits that stand for the name and the value.</param>
public readonly record struct KeyPrint(uint Key, ushort Value)
{
    /// <summary>Null: the ring has no key of this id.</summary>
    public static KeyPrint? Of(KeyRing keys, byte keyId, string key, string value)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Find(keyId) is not { } secret)
            return null;
        var name = Code(secret, key);
        var both = Code(secret, $"{key}\n{value}");
        return new KeyPrint((uint)((name[0] << 16) | (name[1] << 8) | name[2]), (ushort)((both[0] << 8) | both[1]));
    }

    /// <summary>Begins differently from what an advert is signed as, so that neither can stand for the other.</summary>
    private static byte[] Code(byte[] secret, string text) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("flipagent config" + text));
}

/// <summary>
/// The <see cref="Particulars"/> of a peer, put together from the adverts that carried them. Always true: all pages are of one session and one configuration.
/// </summary>
public sealed class PeerParticulars
{
    private ImmutableArray<KeyPrint>[] _pages = [];
    private ulong _configHash;

    /// <summary>What it said last; null: nothing yet, or it is of a version that does not say.</summary>
    public Particulars? Last { get; private set; }

    /// <summary>When its maintenance ends by itself; null: it has not said so of this one; <see cref="Moment.Forever"/>: when somebody ends it.</summary>
    public TimeSpan? MaintenanceUntil { get; private set; }

    /// <summary>Who began its maintenance; null: it has not said.</summary>
    public string? MaintenanceBy { get; private set; }

    /// <summary>Id of the cluster key that <see cref="Prints"/> were made with.</summary>
    public byte KeyId => Last?.KeyId ?? 0;

    /// <summary>All of them; null: they are not complete.</summary>
    public IEnumerable<KeyPrint>? Prints => _pages.Length > 0 && Array.TrueForAll(_pages, page => !page.IsDefault) ? _pages.SelectMany(page => page) : null;

    internal void Take(Advert advert, bool isNewSession, TimeSpan now)
    {
        if (isNewSession)
            Last = null;
        if (isNewSession || _configHash != advert.ConfigHash)
            (_pages, _configHash) = ([], advert.ConfigHash);
        if (isNewSession || !advert.Maintenance)
            (MaintenanceUntil, MaintenanceBy) = (null, null);
        if (advert.Particulars is not { } said)
            return;
        if (said.KeyId != KeyId || said.Pages != _pages.Length)
            _pages = new ImmutableArray<KeyPrint>[said.Pages];
        Last = said;
        if (said.Pages > 0)
            _pages[said.Page] = said.Prints;
        if (advert.Maintenance)
            (MaintenanceUntil, MaintenanceBy) = (said.MaintenanceLeft is { } left ? now + left : Moment.Forever, said.MaintenanceBy.Length == 0 ? null : said.MaintenanceBy);
    }
}
