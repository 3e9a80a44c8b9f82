using System.Net;
using System.Net.Sockets;
using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.Systemd;

/// <summary>
/// The socket of the bus as the D-Bus library reads and writes it. It is read by <see cref="Pump"/> alone: what waits for a message goes on there, on the thread that
/// calls it, and no thread of the pool, which may be busy at the moment that counts, is needed for an answer. The library sees no message but the bus's and systemd's:
/// any user of the machine can send some to any connection, as many and as large as he likes, and whatever he writes into them; the rules of a match do not keep them off.
/// </summary>
internal sealed class BusStream : Stream
{
    /// <summary>A message is a few hundred bytes and the kernel's buffer holds thousands: a bus that does not take one for this long is lost.</summary>
    private static readonly TimeSpan s_sendTimeout = TimeSpan.FromMilliseconds(400);

    private readonly Socket _socket;
    private readonly byte[] _input = new byte[64 * 1024];
    private int _start;
    private int _end;
    /// <summary>The library's side of the handshake is over: what arrives from here on are messages.</summary>
    private bool _messages;
    /// <summary>Of the message that is under way: how much of it is still to come, and whether the library gets it.</summary>
    private long _left;
    private bool _counts;
    private bool _foreign;
    private byte[] _systemd = [];
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

    /// <summary>Why it ended.</summary>
    public string Problem { get; private set; } = "the connection to the system bus is lost";

    /// <summary>The unique name of the connection whose messages count besides the bus's own: systemd's.</summary>
    public string Systemd { set => _systemd = Encoding.ASCII.GetBytes(value); }

    public PollFd PollFd => Ended ? new(-1, 0) : new((int)_socket.SafeHandle.DangerousGetHandle(), Poll.In);

    /// <summary>Hands the library what has arrived, 64 KiB at the most; false when there was nothing. Never blocks.</summary>
    public bool Pump()
    {
        if (Ended || _reading is null || !HasInput())
            return false;
        try
        {
            Receive();
        }
        catch (SocketException e)
        {
            End(e.Message);
        }
        return true;
    }

    /// <summary>Somebody else than the bus and systemd sent something since this was asked last.</summary>
    public bool TakeForeign()
    {
        var was = _foreign;
        _foreign = false;
        return was;
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
        _messages |= buffer.SequenceEqual("BEGIN\r\n"u8);
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

    private void Receive()
    {
        // What was left is the beginning of a header.
        _input.AsSpan(_start.._end).CopyTo(_input);
        (_start, _end) = (0, _end - _start);
        var count = _socket.Receive(_input.AsSpan(_end), SocketFlags.None);
        if (count == 0)
            Hand([]);
        _end += count;
        while (_start < _end && !Ended && Next())
        {
        }
    }

    /// <summary>Goes on with the message under way, or with the next one; false when its header is not all there.</summary>
    private bool Next()
    {
        var input = _input.AsSpan(_start.._end);
        if (_left == 0 && !Begin(input))
            return false;
        var count = (int)Math.Min(_left, input.Length);
        if (_counts)
            count = Hand(input[..count]);
        _foreign |= !_counts;
        _start += count;
        _left -= count;
        return true;
    }

    private bool Begin(ReadOnlySpan<byte> input)
    {
        if (!_messages)
        {
            (_left, _counts) = (input.Length, true);
            return true;
        }
        var sort = BusHeader.Sort(input, _systemd, out var length);
        if (sort == BusMessageSort.Wrong)
        {
            Problem = $"the system bus sent what is no message, or one of more than {BusHeader.LongestMessage >> 20} MiB";
            End(Problem);
        }
        if (sort is BusMessageSort.Incomplete or BusMessageSort.Wrong)
            return false;
        (_left, _counts) = (length, sort == BusMessageSort.Counts);
        return true;
    }

    /// <summary>The library goes on within this call, and asks for more at its end.</summary>
    /// <returns>How much of it was taken.</returns>
    private int Hand(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _wanted.Length);
        bytes[..count].CopyTo(_wanted.Span);
        var reading = _reading;
        _reading = null;
        Ended = count == 0;
        reading?.SetResult(count);
        Ended |= _reading is null;
        return count;
    }

    private void End(string why)
    {
        Ended = true;
        var reading = _reading;
        _reading = null;
        reading?.SetException(new IOException(why));
    }

    private bool HasInput()
    {
        Span<PollFd> list = [PollFd];
        return Poll.Wait(list, TimeSpan.Zero) && list[0].Returned != 0;
    }
}
