using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Checks;

/// <summary>
/// Does the port accept a connection? That is the kernel's answer, not HAProxy's: a hung HAProxy still has a listening socket, as a shop with
/// the lights on and nobody at the till (fault F53; OPERATIONS section 0, finding 3).
/// </summary>
internal sealed class TcpCheck(DnsEndPoint target) : Check
{
    public override async Task<CheckResult> Run(CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var socket = await Dial.Connect(target, stop).ConfigureAwait(false);
            return new(Finding.Up, $"connected in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.0} ms");
        }
        catch (SocketException e)
        {
            return new(Finding.Failed, Dial.Words(e)) { TimedOut = e.SocketErrorCode == SocketError.TimedOut };
        }
        catch (OperationCanceledException)
        {
            return CheckResult.NoAnswer("no connection");
        }
    }
}
