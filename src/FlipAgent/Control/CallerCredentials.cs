using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlipAgent.Kernel;

namespace FlipAgent.Control;

/// <summary>
/// The kernel's word on who connected to a unix socket: process, user and groups as they were at the moment of connect(2)
/// (unix(7), SO_PEERCRED; SO_PEERGROUPS since Linux 4.13).
/// </summary>
/// <param name="Pid">0 when the process lives in another pid namespace.</param>
/// <param name="Groups">The effective group and all supplementary ones.</param>
internal sealed record CallerCredentials(int Pid, uint Uid, IReadOnlyList<uint> Groups)
{
    private const int SoPeerGroups = 59;

    // include/uapi/linux/limits.h: NGROUPS_MAX. Almost nobody has more than the first try holds.
    private const int MaxGroups = 65536;
    private const int UsualGroups = 64;

    public static CallerCredentials Of(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var (pid, uid, gid) = SocketPeer.Of(socket);
        var groups = ReadGroups(socket, UsualGroups) ?? ReadGroups(socket, MaxGroups) ?? UserDatabase.GroupsOf(uid, gid);
        return new CallerCredentials(pid, uid, [gid, .. groups]);
    }

    /// <summary>The process alone; at the client's end that of the server when it began to listen.</summary>
    public static int PidOf(Socket socket) => SocketPeer.Of(socket).Pid;

    public bool IsIn(uint? group) => group is { } id && Groups.Contains(id);

    /// <summary>Null when the kernel refuses: the buffer is too small (ERANGE), or the option is unknown to it (ENOPROTOOPT).</summary>
    private static uint[]? ReadGroups(Socket socket, int max)
    {
        var groups = new uint[max];
        try
        {
            var bytes = socket.GetRawSocketOption(SocketPeer.SolSocket, SoPeerGroups, MemoryMarshal.AsBytes(groups.AsSpan()));
            return groups[..(bytes / sizeof(uint))];
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
