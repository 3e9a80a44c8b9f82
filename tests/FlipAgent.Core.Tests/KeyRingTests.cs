using System.Security.Cryptography;

namespace FlipAgent.Core.Tests;

/// <summary>A key file is read, or refused with the line and the reason; and no key is ever seen again.</summary>
public sealed class KeyRingTests
{
    private static readonly string s_key = Adverts.Key("one");

    [Fact]
    public void A_bare_key_is_key_1()
    {
        var keys = KeyRing.Parse(s_key).Keys!;
        Assert.Equal(1, keys.ActiveId);
        Assert.Equal([1], keys.Ids.AsEnumerable());
        Assert.Equal(Convert.FromHexString(s_key), keys.Find(1));
        Assert.Null(keys.Find(2));
        Assert.Null(keys.Find(0));
    }

    [Fact]
    public void The_first_key_is_active_and_all_are_accepted()
    {
        var keys = KeyRing.Parse($"255:{Adverts.Key("new")}\n1:{s_key}\n").Keys!;
        Assert.Equal(255, keys.ActiveId);
        Assert.Equal([255, 1], keys.Ids.AsEnumerable());
        Assert.Equal("it has keys 255, 1", keys.ToString());
    }

    [Fact]
    public void Keys_that_take_turns_on_a_thread_sign_as_each_does_alone()
    {
        var (old, next) = (KeyRing.Parse(s_key).Keys!, KeyRing.Parse(Adverts.Key("two")).Keys!);
        foreach (var keys in new[] { old, next, old, old, KeyRing.Parse(s_key).Keys!, next })
        {
            var datagram = Adverts.Encode(Adverts.Simple, keys);
            byte[] signed = [.. "flipagent advert"u8, 4, .. Adverts.Sender.GetAddressBytes(), .. new byte[12], .. datagram[..^AdvertMac.Bytes]];
            Assert.Equal(HMACSHA256.HashData(keys.Find(1)!, signed)[..AdvertMac.Bytes], datagram[^AdvertMac.Bytes..]);
            Assert.NotNull(Adverts.Decode(datagram, keys).Advert);
            Assert.Equal(Rejection.BadMac, Adverts.Decode(datagram, keys.IsSameAs(old) ? next : old).Reason);
        }
    }

    [Fact]
    public void Comments_blank_lines_capitals_spaces_and_carriage_returns_are_fine()
    {
        var text = $"\uFEFF# made by keygen\r\n\r\n  7 : {s_key.ToUpperInvariant()}  # since May\r\n\t\r\n{Adverts.Key("two")}";
        var result = KeyRing.Parse(text);
        Assert.Empty(result.Errors);
        Assert.Equal([7, 1], result.Keys!.Ids.AsEnumerable());
        Assert.Equal(Convert.FromHexString(s_key), result.Keys.Find(7));
    }

    [Theory]
    [InlineData("{0}", true)]
    [InlineData("1:{0}\n# the same", true)]
    [InlineData("1:{1}", false)]
    [InlineData("2:{0}", false)]
    [InlineData("1:{0}\n2:{1}", false)]
    public void Two_files_are_the_same_by_their_keys_ids_and_order(string other, bool same)
    {
        var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, other, s_key, Adverts.Key("two"));
        Assert.Equal(same, KeyRing.Parse(s_key).Keys!.IsSameAs(KeyRing.Parse(text).Keys!));
        var both = KeyRing.Parse($"1:{s_key}\n2:{Adverts.Key("two")}").Keys!;
        Assert.True(both.IsSameAs(KeyRing.Parse($"1:{s_key}\n2:{Adverts.Key("two")}").Keys!));
        Assert.False(both.IsSameAs(KeyRing.Parse($"2:{Adverts.Key("two")}\n1:{s_key}").Keys!));
    }

    [Theory]
    [InlineData(31, false)]
    [InlineData(32, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_key_has_32_to_64_bytes(int bytes, bool accepted)
    {
        var hex = (s_key + Adverts.Key("more") + Adverts.Key("yet more"))[..(2 * bytes)];
        var result = KeyRing.Parse(hex);
        Assert.Equal(accepted, result.Keys is not null);
        if (!accepted)
            Assert.Equal([$"line 1: the key has {bytes} bytes, expected 32 to 64 (64 to 128 hex digits)"], result.Errors.AsEnumerable());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n# nothing\n  \n")]
    public void A_file_without_a_key_is_refused(string text)
    {
        Assert.Equal(["no key in it, expected one a line: ID:HEX with at least 32 bytes in hex"], KeyRing.Parse(text).Errors.AsEnumerable());
    }

    [Fact]
    public void Every_error_is_told_with_its_line_and_none_has_the_key_in_it()
    {
        var result = KeyRing.Parse($"""
            # four lines that are wrong and two that are right
            0:{s_key}
            {s_key}
            {s_key[..40]}

            3:{s_key[..63]}
            4:{s_key[..10]}g{s_key[11..]}
            1:{Adverts.Key("two")}
            x:{s_key}
            -1:{s_key}
            999999999999:{s_key}
            :{s_key}
            5:{s_key}
            """);
        Assert.Null(result.Keys);
        Assert.Equal(
            [
                "line 2: the id before the colon is not a number from 1 to 255",
                "line 4: the key has 20 bytes, expected 32 to 64 (64 to 128 hex digits)",
                "line 6: the key has 63 hex digits, expected an even number (two a byte)",
                "line 7: character 11 of the key is not a hex digit (0-9, a-f)",
                "line 8: id 1 is already on line 3, expected another id (ID:HEX, 1 to 255)",
                "line 9: the id before the colon is not a number from 1 to 255",
                "line 10: the id before the colon is not a number from 1 to 255",
                "line 11: the id before the colon is not a number from 1 to 255",
                "line 12: the id before the colon is not a number from 1 to 255",
            ],
            result.Errors.AsEnumerable());
        Assert.DoesNotContain(result.Errors, error => error.Contains(s_key[..6], StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [InlineData("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0")]
    [InlineData("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void A_key_that_nobody_rolled_is_refused(string hex)
    {
        Assert.Equal(
            ["line 1: the key is not random (zeros, a count or a repetition), expected the output of `flipagentctl keygen`"],
            KeyRing.Parse(hex).Errors.AsEnumerable());
    }

    [Fact]
    public void Random_keys_are_not_taken_for_weak_ones()
    {
        var random = new Random(7);
        var key = new byte[32];
        for (var i = 0; i < 10_000; i++)
        {
            random.NextBytes(key);
            Assert.NotNull(KeyRing.Parse(Convert.ToHexString(key)).Keys);
        }
    }

    [Fact]
    public void Printing_the_ring_shows_ids_only()
    {
        var result = KeyRing.Parse(s_key);
        Assert.DoesNotContain(s_key[..6], $"{result} {result.Keys}", StringComparison.OrdinalIgnoreCase);
    }
}
