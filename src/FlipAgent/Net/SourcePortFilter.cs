using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using FlipAgent.Kernel;

namespace FlipAgent.Net;

/// <summary>
/// While much comes from other ports than the one of the adverts, or from this node's own address, lets the kernel drop it unread (SO_ATTACH_FILTER, socket(7)): it then fills no
/// receive buffer and wakes no thread, at whatever rate. For a second at a time, and never while there is little of it, because a peer behind
/// address translation sends from another port too, and must be reported instead of looking like silence. The receive thread only.
/// </summary>
/// <param name="self">This node's own address: nothing that a peer sends comes from it.</param>
internal sealed class SourcePortFilter(int port, IPAddress self)
{
    // Linux, <asm-generic/socket.h> and <linux/sock_diag.h>.
    private const int SolSocket = 1;
    private const int SoAttachFilter = 26;
    private const int SoDetachFilter = 27;
    private const int SoMemInfo = 55;
    private const int MemInfoDrops = 8;

    private readonly Instruction[] _program = ProgramOf(port, self.GetAddressBytes());

    private FloodGate _gate = new(AdvertSocket.DatagramsPerSecond);
    private (uint? Own, uint? Group) _dropsBefore;

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public nint Instructions;
    }

    public bool On { get; private set; }

    /// <summary>Whether one more such datagram is so many that the filter should go on.</summary>
    public bool IsFlood(TimeSpan now) => !_gate.Admit(now);

    public void Attach(BoundSockets sockets)
    {
        if (On)
            return;
        _dropsBefore = (Drops(sockets.OwnFd), Drops(sockets.GroupFd));
        On = Attach(sockets.OwnFd) & (sockets.GroupFd < 0 || Attach(sockets.GroupFd));
    }

    /// <returns>How many datagrams the kernel dropped on these sockets meanwhile.</returns>
    public long Detach(BoundSockets sockets)
    {
        if (!On)
            return 0;
        On = false;
        Set(sockets.OwnFd, SoDetachFilter, []);
        Set(sockets.GroupFd, SoDetachFilter, []);
        return Since(_dropsBefore.Own, Drops(sockets.OwnFd)) + Since(_dropsBefore.Group, Drops(sockets.GroupFd));
    }

    /// <summary>Classic BPF, linux/filter.h. The first two bytes of a UDP header are the source port; what counts from SKF_NET_OFF is in the IP header (RFC 791 section 3.1, RFC 8200 section 3).</summary>
    private static Instruction[] ProgramOf(int port, byte[] self)
    {
        const int NetOffset = -0x100000;
        var source = NetOffset + (self.Length == 4 ? 12 : 8);
        var words = self.Length / 4;
        var program = new Instruction[4 + (2 * words)];
        program[0] = new(0x28, 0, 0, 0); // ldh [0]
        program[1] = new(0x15, 0, (byte)(1 + (2 * words)), (uint)port); // jeq #port, else on to the end
        for (var word = 0; word < words; word++)
        {
            program[2 + (2 * word)] = new(0x20, 0, 0, (uint)(source + (4 * word))); // ld [source]
            var left = words - 1 - word;
            // jeq #self: on to the next word, behind the last one to the end; else to the last but one
            program[3 + (2 * word)] = new(0x15, (byte)(left == 0 ? 1 : 0), (byte)(2 * left), BinaryPrimitives.ReadUInt32BigEndian(self.AsSpan(4 * word)));
        }
        program[^2] = new(0x06, 0, 0, uint.MaxValue); // ret: all of it
        program[^1] = new(0x06, 0, 0, 0); // ret: nothing
        return program;
    }

    private unsafe bool Attach(int fd)
    {
        fixed (Instruction* first = _program)
        {
            var program = new Program { Length = (ushort)_program.Length, Instructions = (nint)first };
            return Set(fd, SoAttachFilter, MemoryMarshal.AsBytes(new Span<Program>(ref program)));
        }
    }

    private static bool Set(int fd, int option, Span<byte> value)
    {
        Span<byte> atLeastAnInt = stackalloc byte[sizeof(int)];
        var given = value.IsEmpty ? atLeastAnInt : value;
        return fd >= 0 && Libc.SetSockOpt(fd, SolSocket, option, ref MemoryMarshal.GetReference(given), (uint)given.Length) == 0;
    }

    /// <summary>The kernel's counts wrap. What could not be read counts as nothing.</summary>
    internal static long Since(uint? before, uint? now) => now is { } end && before is { } begin ? end - begin : 0;

    /// <summary>What the kernel dropped since the socket was opened: by the filter, or because the receive buffer was full. Null: the kernel does not say.</summary>
    private static uint? Drops(int fd)
    {
        Span<uint> info = stackalloc uint[MemInfoDrops + 1];
        var length = (uint)(info.Length * sizeof(uint));
        return fd >= 0 && Libc.GetSockOpt(fd, SolSocket, SoMemInfo, ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(info)), ref length) == 0
            ? info[MemInfoDrops]
            : null;
    }
}
