using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.Tests;

/// <summary>Messages of D-Bus byte by byte, also such as no library writes.</summary>
internal static class BusBytes
{
    public const byte Call = 1, Answer = 2, Signal = 4;
    public const byte Path = 1, Interface = 2, Member = 3, ReplySerial = 5, Destination = 6, Sender = 7, Signature = 8;

    public static byte[] Message(byte type, byte[] body, bool big, params (byte Field, object Value)[] fields)
    {
        var header = new List<byte> { (byte)(big ? 'B' : 'l'), type, 0, 1 };
        void Add(uint number)
        {
            var bytes = new byte[4];
            if (big)
                BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
            header.AddRange(bytes);
        }

        void Align()
        {
            while (header.Count % 8 != 0)
                header.Add(0);
        }

        Add((uint)body.Length);
        Add(1);
        Add(0);
        foreach (var (field, value) in fields)
        {
            Align();
            header.AddRange([field, 1, (byte)(value is uint ? 'u' : field switch { Path => 'o', Signature => 'g', _ => 's' }), 0]);
            if (value is uint number)
            {
                Add(number);
                continue;
            }
            var text = Encoding.ASCII.GetBytes((string)value);
            if (field == Signature)
                header.Add((byte)text.Length);
            else
                Add((uint)text.Length);
            header.AddRange([.. text, 0]);
        }
        var length = header.Count - 16;
        Align();
        var all = (byte[])[.. header, .. body];
        if (big)
            BinaryPrimitives.WriteInt32BigEndian(all.AsSpan(12), length);
        else
            BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(12), length);
        return all;
    }

    /// <summary>To one connection, which the rules of no match keep off.</summary>
    public static byte[] SignalTo(string destination, string @interface, string member, string path, params (byte Field, object Value)[] more) =>
        Message(Signal, [], false, [(Path, path), (Interface, @interface), (Member, member), (Destination, destination), .. more]);
}

/// <summary>A connection to the bus of somebody who writes whatever he likes and reads nothing.</summary>
internal sealed class BusIntruder : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private Thread? _flood;
    private volatile bool _over;

    public BusIntruder(string socketPath)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        var user = Convert.ToHexString(Encoding.ASCII.GetBytes($"{Libc.EffectiveUser()}"));
        _socket.Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {user}\r\n"));
        _socket.Receive(new byte[200]);
        _socket.Send("BEGIN\r\n"u8);
        _socket.Send(DriverCall("Hello"));
        _socket.Receive(new byte[2000]);
    }

    public void Send(byte[] message)
    {
        for (var sent = 0; sent < message.Length;)
            sent += _socket.Send(message.AsSpan(sent));
    }

    /// <summary>The bus has passed on all that was sent before.</summary>
    public void Settle()
    {
        while (_socket.Available > 0)
            _socket.Receive(new byte[2000]);
        _socket.Send(DriverCall("GetId"));
        _socket.Receive(new byte[2000]);
    }

    /// <summary>Until this is disposed of, 20,000 a second at the most: more would be a test of how a busy machine shares its processors.</summary>
    public void Flood(byte[] message)
    {
        var many = Enumerable.Repeat(message, 20).SelectMany(m => m).ToArray();
        _flood = new Thread(() =>
        {
            for (; !_over; Thread.Sleep(1))
                Send(many);
        });
        _flood.Start();
    }

    public void Dispose()
    {
        _over = true;
        _flood?.Join();
        _socket.Dispose();
    }

    private static byte[] DriverCall(string member) => BusBytes.Message(
        BusBytes.Call, [], false, (BusBytes.Path, "/org/freedesktop/DBus"), (BusBytes.Interface, "org.freedesktop.DBus"), (BusBytes.Member, member),
        (BusBytes.Destination, "org.freedesktop.DBus"));
}
