using System.Buffers;
using FlipAgent.Reporting;
using Microsoft.AspNetCore.Connections;

namespace FlipAgent.Control;

/// <summary>
/// Counts the connections of one listener (F63). Some are kept for administrators, so that one still gets in however many others there are. A connection
/// above the limit is answered 503 and closed at once, before anything that it sent is read.
/// </summary>
/// <param name="judge">Tells who a new connection is.</param>
internal sealed class ConnectionGate(int most, Func<ConnectionContext, Caller> judge)
{
    private static readonly byte[] s_full = FullAnswer();

    // An eighth of the seats is for those who may change things, an eighth is all that those without any right get.
    private readonly int _mostReaders = most - most / 8;
    private readonly int _mostStrangers = Math.Max(1, most / 8);
    private int _inside;
    private int _strangers;

    /// <summary>Middleware of Kestrel's connections; sets the <see cref="Caller"/> feature that the requests are judged by.</summary>
    public async Task Enter(ConnectionContext connection, ConnectionDelegate next)
    {
        var caller = judge(connection);
        var admitted = TakeSeat(caller.Rights);
        try
        {
            if (!admitted)
            {
                await connection.Transport.Output.WriteAsync(s_full);
                return;
            }
            connection.Features.Set(caller);
            await next(connection);
        }
        finally
        {
            if (admitted)
                LeaveSeat(caller.Rights);
        }
    }

    private bool TakeSeat(Rights rights)
    {
        var limit = rights == Rights.Change ? most : _mostReaders;
        if (Interlocked.Increment(ref _inside) > limit)
        {
            Interlocked.Decrement(ref _inside);
            return false;
        }
        if (rights != Rights.None || Interlocked.Increment(ref _strangers) <= _mostStrangers)
            return true;
        LeaveSeat(rights);
        return false;
    }

    private void LeaveSeat(Rights rights)
    {
        if (rights == Rights.None)
            Interlocked.Decrement(ref _strangers);
        Interlocked.Decrement(ref _inside);
    }

    private static byte[] FullAnswer()
    {
        var report = new CommandReport(false, ExitCode.Failed, "", "too many connections at once; try again in a few seconds");
        var body = Answers.Json(report, ReportJson.Default.CommandReport);
        var head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n";
        var answer = new ArrayBufferWriter<byte>();
        answer.Write(System.Text.Encoding.ASCII.GetBytes(head));
        answer.Write(body);
        return answer.WrittenSpan.ToArray();
    }
}
