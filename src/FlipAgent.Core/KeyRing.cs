using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;

namespace FlipAgent.Core;

/// <summary>
/// The keys of the cluster, as a key file names them. Adverts are accepted with any of them and signed with the first. So a new key is first added on
/// every node, then moved to the front, and the old one is removed last: at no moment is there no key that all have.
/// </summary>
public sealed class KeyRing
{
    /// <summary>The shortest key in bytes; as long as the hash, as RFC 2104 section 3 asks for.</summary>
    public const int MinKeyBytes = 32;

    /// <summary>The longest key in bytes. A longer one is hashed first by HMAC anyway and adds nothing.</summary>
    public const int MaxKeyBytes = 64;

    private readonly byte[]?[] _byId;

    private KeyRing(ImmutableArray<byte> ids, byte[]?[] byId)
    {
        Ids = ids;
        _byId = byId;
    }

    /// <summary>Ids of the keys in the order of the file; the first is active, all are accepted.</summary>
    public ImmutableArray<byte> Ids { get; }

    /// <summary>Id of the key that our adverts are signed with.</summary>
    public byte ActiveId => Ids[0];

    /// <summary>Whether another file has the same keys by the same ids in the same order; in time that does not depend on where keys differ.</summary>
    public bool IsSameAs(KeyRing other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var same = Ids.AsSpan().SequenceEqual(other.Ids.AsSpan());
        if (same)
            foreach (var id in Ids)
                same &= CryptographicOperations.FixedTimeEquals(_byId[id], other._byId[id]);
        return same;
    }

    internal byte[] Active => _byId[ActiveId]!;

    internal byte[]? Find(byte id) => _byId[id];

    /// <summary>
    /// Reads a key file: one key a line in hex, <c>ID:HEX</c> or just <c>HEX</c> (id 1), id 1 to 255; blank lines and what follows a # are skipped.
    /// </summary>
    /// <returns>The keys, or every error with its line. No part of a key is ever in an error.</returns>
    public static KeyRingResult Parse(ReadOnlySpan<char> text)
    {
        var lineOf = new int[256];
        var byId = new byte[]?[256];
        var ids = ImmutableArray.CreateBuilder<byte>();
        var errors = ImmutableArray.CreateBuilder<string>();
        var number = 0;
        foreach (var raw in text.TrimStart('\uFEFF').EnumerateLines())
        {
            number++;
            var comment = raw.IndexOf('#');
            var line = (comment < 0 ? raw : raw[..comment]).Trim();
            if (line.IsEmpty)
                continue;
            var error = ParseLine(line, out var id, out var key);
            if (error is null && lineOf[id] != 0)
                error = $"id {id} is already on line {lineOf[id]}, expected another id (ID:HEX, 1 to 255)";
            if (error is not null)
            {
                errors.Add($"line {number}: {error}");
                continue;
            }
            lineOf[id] = number;
            byId[id] = key;
            ids.Add((byte)id);
        }
        if (ids.Count == 0 && errors.Count == 0)
            errors.Add($"no key in it, expected one a line: ID:HEX with at least {MinKeyBytes} bytes in hex");
        return errors.Count == 0 ? new KeyRingResult(new KeyRing(ids.ToImmutable(), byId), []) : new KeyRingResult(null, errors.ToImmutable());
    }

    /// <summary>The ids only; a key never leaves this class.</summary>
    public override string ToString() => Ids.Length == 1 ? $"it has key {ActiveId}" : $"it has keys {string.Join(", ", Ids)}";

    private static string? ParseLine(ReadOnlySpan<char> line, out int id, out byte[] key)
    {
        id = 1;
        key = [];
        var colon = line.IndexOf(':');
        var hex = line[(colon + 1)..].Trim();
        if (colon >= 0 && (!int.TryParse(line[..colon].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out id) || id is < 1 or > 255))
            return "the id before the colon is not a number from 1 to 255";
        for (var i = 0; i < hex.Length; i++)
            if (!char.IsAsciiHexDigit(hex[i]))
                return $"character {i + 1} of the key is not a hex digit (0-9, a-f)";
        if (hex.Length % 2 != 0)
            return $"the key has {hex.Length} hex digits, expected an even number (two a byte)";
        if (hex.Length is < 2 * MinKeyBytes or > 2 * MaxKeyBytes)
            return $"the key has {hex.Length / 2} bytes, expected {MinKeyBytes} to {MaxKeyBytes} ({2 * MinKeyBytes} to {2 * MaxKeyBytes} hex digits)";
        key = Convert.FromHexString(hex);
        return IsWeak(key) ? "the key is not random (zeros, a count or a repetition), expected the output of `flipagentctl keygen`" : null;
    }

    /// <summary>
    /// All bytes alike, counted up or down, or few different ones: nobody's dice fall like that. 32 random bytes have 30 different values on
    /// average and fewer than 16 not once in 10^16 keys.
    /// </summary>
    private static bool IsWeak(ReadOnlySpan<byte> key)
    {
        var counted = true;
        for (var i = 2; i < key.Length; i++)
            counted &= (byte)(key[i] - key[i - 1]) == (byte)(key[1] - key[0]);
        var different = new HashSet<byte>();
        foreach (var value in key)
            different.Add(value);
        return counted || different.Count < 16;
    }
}

/// <summary>What came of a key file: the keys, or what is wrong with it, an entry for each error ("line 2: ...").</summary>
public sealed record KeyRingResult(KeyRing? Keys, ImmutableArray<string> Errors);
