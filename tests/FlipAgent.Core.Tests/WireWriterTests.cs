namespace FlipAgent.Core.Tests;

/// <summary>What is written into an advert is big-endian and never more than fits.</summary>
public sealed class WireWriterTests
{
    [Fact]
    public void Values_follow_each_other_in_network_order()
    {
        var writer = new WireWriter(new byte[17]);
        writer.U8(1);
        writer.U16(0x0203);
        writer.U32(0x04050607);
        writer.U64(0x08090a0b0c0d0e0f);
        writer.Bytes([0x10, 0x11]);
        Assert.Equal(17, writer.Written);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17], writer.Content.ToArray());
        writer.PatchLength(0x1234);
        Assert.Equal([1, 2, 0x12, 0x34, 5], writer.Content[..5].ToArray());
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(9000, AdvertCodec.MaxBytes)]
    public void It_ends_with_the_buffer_and_with_the_longest_advert(int buffer, int fits)
    {
        var writer = new WireWriter(new byte[buffer]);
        writer.Bytes(new byte[fits]);
        Assert.Equal(fits, writer.Written);
        var error = Assert.Throws<ArgumentException>(() =>
        {
            var full = new WireWriter(new byte[buffer]);
            full.Bytes(new byte[fits]);
            full.U8(0);
        });
        Assert.Contains($"does not fit into {fits} bytes", error.Message);
    }

    [Fact]
    public void A_length_that_two_bytes_cannot_hold_is_an_error() =>
        Assert.Throws<OverflowException>(() => new WireWriter(new byte[4]).PatchLength(65536));
}
