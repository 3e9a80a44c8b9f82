using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Kernel;

namespace FlipAgent.Checks;

/// <summary>Does the port accept a connection? That is the kernel's answer, not HAProxy's: a hung HAProxy still has a listening socket (F53).</summary>
internal sealed class TcpCheck(DnsEndPoint target) : Check
{
    /// <summary>So long it waits for the other end to hang up too. A HAProxy that works does so within a millisecond.</summary>
    private static readonly TimeSpan s_linger = TimeSpan.FromMilliseconds(200);

    public override bool StartsAtOnce => true;

    public override async Task<CheckResult> Run(CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var socket = await Dial.Connect(target, stop).ConfigureAwait(false);
            var detail = $"connected in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.0} ms";
            return new(Outcome.Up, detail) { Answered = Dial.IsLocal(socket) && await Answers(socket, stop).ConfigureAwait(false) };
        }
        catch (SocketException e) when (Shortage.Of(e) is null)
        {
            return new(Outcome.Failed, Dial.Words(e)) { TimedOut = e.SocketErrorCode == SocketError.TimedOut };
        }
        catch (OperationCanceledException)
        {
            return CheckResult.NoAnswer("no connection");
        }
    }

    /// <summary>
    /// Hangs up and waits a little for the other end to say something or to hang up as well. Only a program does that, not the kernel, so it tells a
    /// HAProxy that works from a hung one. It changes no verdict of this check: it is what the stats socket may be excused by.
    /// </summary>
    private static async Task<bool> Answers(Socket socket, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_linger);
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            await socket.ReceiveAsync(new byte[1], limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
