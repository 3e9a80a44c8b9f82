using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Kernel;
using FlipAgent.Outbound;
using FlipAgent.Probes;

namespace FlipAgent.Checks;

/// <summary>Does the port accept a connection? That is the kernel's answer, not HAProxy's: a hung HAProxy still has a listening socket (F53).</summary>
internal sealed class TcpCheck(DnsEndPoint target) : Check
{
    /// <summary>So long it waits for the other end to hang up too. A HAProxy that works does so within a millisecond.</summary>
    private static readonly TimeSpan s_linger = TimeSpan.FromMilliseconds(200);

    public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop) => Task.FromResult(Look(Deadline.In(within)));

    private CheckResult Look(long until)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var socket = Dial.Connect(target, until);
            var detail = $"connected in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.0} ms";
            return new(Outcome.Up, detail) { Answered = Dial.IsLocal(socket) && Answers(socket, until) };
        }
        catch (SocketException e) when (Shortage.Of(e) is null)
        {
            return new(Outcome.Failed, SocketWords.Of(e)) { TimedOut = e.SocketErrorCode == SocketError.TimedOut };
        }
        catch (TimeoutException)
        {
            return CheckResult.NoAnswer("no connection");
        }
    }

    /// <summary>
    /// Hangs up and waits a little for the other end to say something or to hang up as well. Only a program does that, not the kernel, so it tells a
    /// HAProxy that works from a hung one. It changes no verdict of this check: it is what the stats socket may be excused by.
    /// </summary>
    private static bool Answers(Socket socket, long until)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            using var wire = new DeadlineStream(socket, Math.Min(until, Deadline.In(s_linger)));
            _ = wire.Read(new byte[1]);
            return true;
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return false;
        }
    }
}
