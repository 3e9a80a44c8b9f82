using System.Diagnostics;
using System.Net.Sockets;

namespace FlipAgent.Probes;

/// <summary>
/// A blocking stream over a socket with one deadline for the whole conversation: a peer that sends one byte now and then does not lengthen it.
/// </summary>
internal sealed class DeadlineStream(Socket socket, long until) : Stream
{
    /// <summary>The end, as a timestamp of <see cref="Stopwatch"/>; after it every call throws <see cref="TimeoutException"/>.</summary>
    public long Until { get; set; } = until;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        socket.ReceiveTimeout = Deadline.Milliseconds(Until);
        return socket.Receive(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            socket.SendTimeout = Deadline.Milliseconds(Until);
            buffer = buffer[socket.Send(buffer)..];
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
