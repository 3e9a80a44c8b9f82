using System.Net;
using System.Net.Sockets;
using FlipAgent.Kernel;

namespace FlipAgent.Systemd;

/// <summary>
/// The socket of the bus as the D-Bus library reads and writes it. It is read by <see cref="Pump"/> alone: what waits for a message goes on there, on the thread that
/// calls it, and no thread of the pool, which may be busy at the moment that counts, is needed for an answer.
/// </summary>
internal sealed class BusStream : Stream
{
    /// <summary>A message is a few hundred bytes and the kernel's buffer holds thousands: a bus that does not take one for this long is lost.</summary>
    private static readonly TimeSpan s_sendTimeout = TimeSpan.FromMilliseconds(400);

    private readonly Socket _socket;
    private Memory<byte> _wanted;
    private TaskCompletionSource<int>? _reading;

    /// <exception cref="SocketException">Nobody listens there, or this process has no file descriptor left.</exception>
    public BusStream(EndPoint address)
    {
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = (int)s_sendTimeout.TotalMilliseconds };
        try
        {
            _socket.Connect(address);
            _socket.Blocking = true;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>The other side has ended the connection, or it broke.</summary>
    public bool Ended { get; private set; }

    public PollFd PollFd => Ended ? new(-1, 0) : new((int)_socket.SafeHandle.DangerousGetHandle(), Poll.In);

    /// <summary>Hands the library what has arrived; false when there was nothing. Never blocks.</summary>
    public bool Pump()
    {
        if (Ended || _reading is not { } reading || !HasInput())
            return false;
        _reading = null;
        try
        {
            var count = _socket.Receive(_wanted.Span, SocketFlags.None);
            Ended = count == 0;
            // The library goes on within this call, and asks for more at its end.
            reading.SetResult(count);
            Ended |= _reading is null;
        }
        catch (SocketException e)
        {
            Ended = true;
            reading.SetException(new IOException(e.Message, e));
        }
        return true;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _wanted = buffer;
        _reading = new TaskCompletionSource<int>();
        return new(_reading.Task);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (buffer.Length > 0)
                buffer = buffer[_socket.Send(buffer, SocketFlags.None)..];
        }
        catch (SocketException e)
        {
            Ended = true;
            throw new IOException(e.Message, e);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    protected override void Dispose(bool disposing)
    {
        Ended = true;
        if (disposing)
            _socket.Dispose();
        base.Dispose(disposing);
    }

    private bool HasInput()
    {
        Span<PollFd> list = [PollFd];
        return Poll.Wait(list, TimeSpan.Zero) && list[0].Returned != 0;
    }
}
