using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Probes;

/// <summary>The end of a probe that blocks its caller, as a timestamp of <see cref="Stopwatch"/>.</summary>
internal static class Deadline
{
    public static long In(TimeSpan time) => Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Never below zero.</summary>
    public static TimeSpan Left(long until)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>As a time-out of a socket, for which zero would mean "for ever".</summary>
    /// <exception cref="TimeoutException">The time is over.</exception>
    public static int Milliseconds(long until) => Left(until) is var left && left > TimeSpan.Zero ? Math.Max(1, (int)left.TotalMilliseconds) : throw new TimeoutException();

    /// <summary>Whether the failure is that the time was over.</summary>
    public static bool IsOver(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
            if (inner is TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut })
                return true;
        return false;
    }

    /// <exception cref="SocketException">No connection; <see cref="SocketError.TimedOut"/> at the end of the time.</exception>
    /// <exception cref="TimeoutException">The time was over before.</exception>
    public static void Connect(Socket socket, IPEndPoint target, long until)
    {
        // The kernel's time-out for sending is one for connecting as well (socket(7), SO_SNDTIMEO); the platform says TimedOut then.
        socket.SendTimeout = Milliseconds(until);
        socket.Connect(target);
    }
}
