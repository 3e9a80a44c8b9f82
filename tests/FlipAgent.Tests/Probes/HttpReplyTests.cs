using System.Text;
using FlipAgent.Probes;

namespace FlipAgent.Tests.Probes;

/// <summary>What is read of an answer, whole or in pieces.</summary>
public sealed class HttpReplyTests
{
    private const int Cap = 100;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 200)]
    [InlineData("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nto the end", 200)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 503)]
    [InlineData("HTTP/1.1 200\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 \r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200)]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-LENGTH:2\r\n\r\nok and more", 200)]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", 204)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 304)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", 101)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n00a ;name=\"v\"\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n0\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nto the end", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n folded\r\n: no name\r\nContent-Length: 2\r\n\r\nok", 200)]
    public void The_status_is_read_and_the_page_to_its_end(string reply, int status)
    {
        Assert.Equal(status, Read(reply, piece: 1));
        Assert.Equal(status, Read(reply, piece: 7));
        Assert.Equal(status, Read(reply, piece: reply.Length));
    }

    [Theory]
    [InlineData("H")]
    [InlineData("HTTP/1.1 200 OK")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nServer: x\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n")]
    public void What_is_cut_off_is_not_a_page(string reply)
    {
        foreach (var piece in new[] { 1, 7, reply.Length })
            Assert.IsType<EndOfStreamException>(Record.Exception(() => Read(reply, piece)));
    }

    [Fact]
    public void Nothing_at_all_is_told_apart() => Assert.IsType<NoReplyException>(Record.Exception(() => Read("", 1)));

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n")]
    [InlineData("HTTP/1.x 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 +20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nok\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n")]
    public void What_is_not_HTTP_1_is_refused(string reply) => Assert.IsType<InvalidDataException>(Record.Exception(() => Read(reply, 5)));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    public void A_long_page_is_not_read_to_its_end(string head)
    {
        using var stream = new Pieces(head + new string('x', Cap), 9) { Then = () => throw new TimeoutException() };
        Assert.Equal(200, new HttpReply(stream, new byte[64]).Read(Cap));
    }

    [Fact]
    public void A_header_that_does_not_fit_is_passed_over_and_a_head_without_end_is_refused()
    {
        var reply = $"HTTP/1.1 200 OK\r\nSet-Cookie: {new string('x', 300)}: y\r\nContent-Length: 2\r\n\r\nok";
        using var stream = new Pieces(reply, 50);
        Assert.Equal(200, new HttpReply(stream, new byte[64]).Read(Cap));
        using var endless = new Pieces("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("a: b\r\n", 20_000)), 1000);
        Assert.Throws<InvalidDataException>(() => new HttpReply(endless, new byte[HttpReply.BufferBytes]).Read(Cap));
        using var early = new Pieces(string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 5_000)), 1000);
        Assert.Throws<InvalidDataException>(() => new HttpReply(early, new byte[HttpReply.BufferBytes]).Read(Cap));
    }

    [Fact]
    public void Chunks_of_one_byte_are_a_page_however_many_there_are()
    {
        using var stream = new Pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat("1\r\nx\r\n", 60_000)) + "0\r\n\r\n", 1000);
        Assert.Equal(200, new HttpReply(stream, new byte[HttpReply.BufferBytes]).Read(64 * 1024));
    }

    private static int Read(string reply, int piece)
    {
        using var stream = new Pieces(reply, piece);
        return new HttpReply(stream, new byte[HttpReply.BufferBytes]).Read(Cap);
    }

    /// <summary>Gives so many bytes at a time at most.</summary>
    private sealed class Pieces(string text, int size) : MemoryStream(Encoding.Latin1.GetBytes(text))
    {
        public Action Then { get; init; } = () => { };

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (Position == Length)
                Then();
            return base.Read(buffer, offset, Math.Min(count, size));
        }
    }
}
