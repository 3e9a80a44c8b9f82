using System.Net.Sockets;
using System.Text;
using FlipAgent.Systemd;

namespace FlipAgent.Tests;

/// <summary>Which messages reach the library, byte by byte: the test is the bus, and reads what the library would.</summary>
public sealed class BusStreamTests : IDisposable
{
    private const string Driver = "org.freedesktop.DBus";
    private const string Systemd = ":1.7";

    private readonly string _home = Directory.CreateTempSubdirectory("fa-bus-").FullName;
    private readonly BusStream _stream;
    private readonly Socket _bus;
    private readonly MemoryStream _read = new();

    public BusStreamTests()
    {
        var address = new UnixDomainSocketEndPoint(Path.Combine(_home, "bus"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen();
        _stream = new(address) { Systemd = Systemd };
        _bus = listener.Accept();
        _stream.Write("BEGIN\r\n"u8);
        _ = Library();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _bus.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Only_the_bus_and_systemd_are_heard_however_the_bytes_arrive(int piece)
    {
        var expected = new List<byte>();
        var all = new List<byte>();
        foreach (var big in (bool[])[false, true])
            foreach (var body in (int[])[0, 1, 5000])
            {
                Add(true, BusBytes.Signal, big, body, (BusBytes.Path, "/a"), (BusBytes.Sender, Driver));
                Add(false, BusBytes.Signal, big, body, (BusBytes.Sender, ":1.8"), (BusBytes.Path, "/a"));
                Add(true, BusBytes.Answer, big, body, (BusBytes.ReplySerial, 3u), (BusBytes.Sender, Systemd), (BusBytes.Signature, "s"));
                Add(false, BusBytes.Answer, big, body, (BusBytes.ReplySerial, 3u), (BusBytes.Sender, ":1.77"));
                Add(false, BusBytes.Signal, big, body, (BusBytes.Path, "/a"), (BusBytes.ReplySerial, 3u), (BusBytes.Sender, ":1.77"));
                Add(false, BusBytes.Signal, big, body, (BusBytes.Path, "/a"));
                Add(false, BusBytes.Call, big, body, (BusBytes.Path, "/a"), (BusBytes.Sender, Systemd));
                Add(false, BusBytes.Signal, big, body, (BusBytes.Path, "/" + new string('a', 70_000)), (BusBytes.Sender, Driver));
                Add(true, BusBytes.Signal, big, body, (BusBytes.Signature, ""), (BusBytes.Sender, Systemd), (BusBytes.Signature, ""));
            }
        SendInPieces([.. all], piece);
        Assert.Equal(expected, _read.ToArray());
        Assert.False(_stream.Ended);

        void Add(bool counts, byte type, bool big, int body, params (byte, object)[] fields)
        {
            // One byte at a time is slow where a header is long.
            if (piece == 1 && (string)fields[0].Item2.ToString()! is { Length: > 1000 })
                return;
            var message = BusBytes.Message(type, new byte[body], big, fields);
            all.AddRange(message);
            if (counts)
                expected.AddRange(message);
        }
    }

    [Fact]
    public void A_large_message_of_somebody_is_never_held()
    {
        var message = BusBytes.Message(BusBytes.Signal, new byte[30_000_000], false, (BusBytes.Path, "/a"), (BusBytes.Sender, ":1.8"));
        var good = BusBytes.Message(BusBytes.Signal, [], false, (BusBytes.Path, "/a"), (BusBytes.Sender, Systemd));
        var before = GC.GetAllocatedBytesForCurrentThread();
        SendInPieces(message, 60_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.True(_stream.TakeForeign());
        SendInPieces(good, 60_000);
        Assert.False(_stream.TakeForeign());
        Assert.Equal(good, _read.ToArray());
    }

    [Fact]
    public void A_message_larger_than_any_of_systemd_ends_the_connection()
    {
        SendInPieces(BusBytes.Message(BusBytes.Answer, new byte[9_000_000], false, (BusBytes.ReplySerial, 3u), (BusBytes.Sender, Systemd))[..1000], 1000);
        Assert.True(_stream.Ended);
        Assert.Equal("the system bus sent what is no message, or one of more than 8 MiB", _stream.Problem);
        Assert.Equal(0, _read.Length);
    }

    [Fact]
    public void A_header_with_a_changed_byte_breaks_nothing()
    {
        var good = BusBytes.Message(
            BusBytes.Signal, [], false, (BusBytes.Path, "/a"), (BusBytes.Interface, "a.b"), (BusBytes.Member, "C"), (BusBytes.Sender, Systemd), (BusBytes.Signature, "su"));
        for (var at = 0; at < good.Length; at++)
            for (var value = 0; value < 256; value++)
            {
                var changed = good.ToArray();
                changed[at] = (byte)value;
                foreach (var end in (int[])[good.Length, good.Length / 2, 17])
                {
                    var sort = BusHeader.Sort(changed.AsSpan(..end), Encoding.ASCII.GetBytes(Systemd), out var length);
                    Assert.True(sort == BusMessageSort.Wrong || length is >= 0 and <= 128 * 1024 * 1024, $"byte {at} = {value}: {sort}, {length}");
                }
            }
    }

    private void SendInPieces(byte[] bytes, int piece)
    {
        // The agent's thread has no context either: with one, what waits for the bytes would not go on within the call.
        SynchronizationContext.SetSynchronizationContext(null);
        for (var sent = 0; sent < bytes.Length && !_stream.Ended;)
        {
            sent += _bus.Send(bytes.AsSpan(sent, Math.Min(piece, bytes.Length - sent)));
            while (_stream.Pump())
            {
            }
        }
    }

    /// <summary>Reads as the library does, with a buffer that is now and then too small.</summary>
    private async Task Library()
    {
        var buffer = new byte[1000];
        try
        {
            while (await _stream.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
                _read.Write(buffer, 0, count);
        }
        catch (IOException)
        {
            // As the library notes it.
        }
    }
}
