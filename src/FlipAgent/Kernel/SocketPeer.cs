using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FlipAgent.Kernel;

/// <summary>The kernel's word on who is at the other end of a unix socket (unix(7), SO_PEERCRED): as it was at connect(2); at the client's end, when the server began to listen.</summary>
internal static class SocketPeer
{
    public const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>The process is 0 when it lives in another pid namespace.</summary>
    public static (int Pid, uint Uid, uint Gid) Of(Socket socket)
    {
        // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
        Span<int> credentials = stackalloc int[3];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return (credentials[0], (uint)credentials[1], (uint)credentials[2]);
    }
}
