using System.Net;
using System.Net.Sockets;
using FlipAgent.Kernel;

namespace FlipAgent.Control;

/// <summary>
/// Puts the listening sockets in place before the web server sees them, so that a failure is a sentence and not a stack trace, and so that the
/// unix socket has its mode before anybody can connect.
/// </summary>
internal static class ControlSocket
{
    // sizeof(sockaddr_un.sun_path) - 1 (unix(7)).
    private const int LongestPath = 107;
    private const string Taken = "address already in use by another flipagent";

    /// <summary>
    /// A bound unix socket with the mode, not listening yet; or why not. A left-over file of a dead agent is replaced, by one agent at a time: the lock is held for as
    /// long as the socket is used, and the kernel gives it back whatever becomes of the agent.
    /// </summary>
    public static (Socket? Socket, FileStream? Lock, string? Error) BindUnix(string path, UnixFileMode mode)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath)
            return (null, null,
                $"control socket {path}: longer than the {LongestPath} bytes that the path of a unix socket can have; set a shorter control.socket");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        FileStream? held = null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
                Directory.CreateDirectory(directory);
            held = Lock(path);
            if (RemoveLeftOver(path) is { } taken)
                return Failed(socket, held, $"control socket {path}: {taken}");
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Nobody can connect before listen(2), so there is no moment with the wrong mode.
            File.SetUnixFileMode(path, mode);
            return (socket, held, null);
        }
        catch (IOException e) when (held is null && e.HResult == Libc.Eagain)
        {
            return Failed(socket, held, $"control socket {path}: {Taken}");
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            return Failed(socket, held, $"control socket {path}: {e.Message}");
        }
    }

    /// <summary>flock(2) on a file beside the socket.</summary>
    /// <exception cref="IOException">Another agent has it, with <see cref="Libc.Eagain"/>; or the file cannot be made.</exception>
    private static FileStream Lock(string path)
    {
        var file = path + ".lock";
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException) when (File.Exists(file) && RemoveLeftOver(path) is null)
        {
            // Left by an agent that ran as another user, such as root by hand, and does not answer any more.
            File.Delete(file);
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
    }

    /// <summary>A bound TCP socket, not listening yet; or why not.</summary>
    public static (Socket? Socket, string? Error) BindTcp(IPEndPoint address)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(address);
            return (socket, null);
        }
        catch (SocketException e)
        {
            var why = e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "address already in use by another program (ss -ltnp shows which)"
                : e.Message;
            socket?.Dispose();
            return (null, $"control.http {address}: {why}");
        }
    }

    /// <summary>Null when the path is free now, otherwise why it is not.</summary>
    private static string? RemoveLeftOver(string path)
    {
        if (!Path.Exists(path))
            return null;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return Taken;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return "there is a file that is not a socket; expected nothing or a socket there";
        }
        catch (SocketException e)
        {
            return $"something is there and it cannot be told whether it is in use: {e.Message}";
        }
    }

    // The kernel says ECONNREFUSED for an ordinary file too, and that must never be deleted.
    private static bool IsSocket(string path) =>
        Libc.Stat(Libc.AtCurrentDirectory, path, Libc.AtSymlinkNoFollow, Libc.StatxType, out var found) == 0 && (found.Mode & Libc.ModeTypeMask) == Libc.ModeSocket;

    private static (Socket?, FileStream?, string) Failed(Socket socket, FileStream? held, string error)
    {
        socket.Dispose();
        held?.Dispose();
        return (null, null, error);
    }
}
