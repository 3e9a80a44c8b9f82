using System.ComponentModel;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Kernel;

/// <summary>
/// Tells a failure that comes from this process or machine running out of something (file descriptors, memory, processes) from one that says
/// something about the service. A check that could not even be tried is no evidence about HAProxy (fault F11).
/// </summary>
internal static class Shortage
{
    /// <summary>A name lookup takes some at once: /etc/hosts, a socket for each name server.</summary>
    private const int NameLookup = 4;

    /// <summary>
    /// Loads all that it takes to tell a shortage. With no file descriptor left the runtime could not open the assembly that an exception is in, and an
    /// exception in a filter counts as "no".
    /// </summary>
    public static void Prepare()
    {
        Exception[] samples =
        [
            new SocketException((int)SocketError.TooManyOpenSockets), new SocketException((int)SocketError.HostNotFound), new Win32Exception(Libc.Emfile), new IOException("", Libc.Emfile),
        ];
        foreach (var sample in samples)
            _ = Of(sample);
    }

    /// <summary>What ran out and what to do about it, in the words of a detail text; null when the failure has another cause.</summary>
    public static string? Of(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
            if (Direct(inner) is { } words)
                return words;
        return null;
    }

    private static string? Direct(Exception failure) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } => NoDescriptor,
        SocketException { SocketErrorCode: SocketError.NoBufferSpaceAvailable } => NoMemory,
        // getaddrinfo(3) could open neither a file nor a socket, and says anything but that; EAI_SYSTEM becomes the last of these.
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery or SocketError.SocketError } =>
            DescriptorsFor(NameLookup),
        // fork(2): RLIMIT_NPROC or the pids limit of the control group.
        Win32Exception { NativeErrorCode: Libc.Eagain } and not SocketException => "no further process may be started (see TasksMax= of the agent's unit)",
        Win32Exception { NativeErrorCode: var errno } and not SocketException => Of(errno),
        IOException { HResult: var errno } => Of(errno),
        _ => null,
    };

    private static string NoDescriptor =>
        $"this agent has no file descriptor left (ls /proc/{Environment.ProcessId}/fd shows what holds them; LimitNOFILE= of its unit is the limit)";

    private static string NoMemory => "this machine has no memory left for it";

    /// <summary>The same of a call of the C library.</summary>
    /// <param name="errno">.NET hands it through in <see cref="Win32Exception.NativeErrorCode"/> and, for files, in <see cref="Exception.HResult"/>.</param>
    public static string? Of(int errno) => errno switch
    {
        Libc.Emfile => NoDescriptor,
        Libc.Enfile => "this machine has no file descriptor left (see the sysctl fs.file-max)",
        Libc.Enomem => NoMemory,
        _ => null,
    };

    private static string? DescriptorsFor(int count)
    {
        List<SafeFileHandle> held = [];
        try
        {
            while (held.Count < count)
                held.Add(File.OpenHandle("/dev/null"));
            return null;
        }
        catch (IOException e)
        {
            return Of(e.HResult);
        }
        finally
        {
            held.ForEach(h => h.Dispose());
        }
    }
}
