using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using FlipAgent.Config;
using FlipAgent.Kernel;
using FlipAgent.Outbound;
using FlipAgent.Probes;

namespace FlipAgent.Checks;

/// <summary>
/// Asks for a page and looks at the status, as a client would: with a new connection each time, because a connection that has long been open
/// says nothing of whether new clients get in. No redirect is followed, no proxy asked, no cookie kept. Blocks its thread, and needs no other one.
/// </summary>
internal sealed class HttpCheck : Check
{
    /// <summary>How much of a body is read. A page that comes in part and then breaks off is a failure; one that is longer than this is not read to its end.</summary>
    public const int BodyCap = 64 * 1024;

    private readonly CheckConfig.Http _config;
    private readonly DnsEndPoint _target;
    private readonly Page _page;
    private readonly byte[] _buffer = new byte[HttpReply.BufferBytes];

    public HttpCheck(CheckConfig.Http config)
    {
        _config = config;
        _page = new Page(config);
        _target = new DnsEndPoint(config.Url.IdnHost.Trim('[', ']'), config.Url.Port);
    }

    public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop) => Task.FromResult(Look(Deadline.In(within)));

    private CheckResult Look(long until)
    {
        var started = Stopwatch.GetTimestamp();
        var tls = new TlsFailure(_page.ServerName, _config.VerifyTls);
        var connected = false;
        try
        {
            using var socket = Dial.Connect(_target, until);
            connected = true;
            var local = Dial.IsLocal(socket);
            using var wire = new DeadlineStream(socket, until);
            wire.Write(_page.ProxyHeader);
            using var encrypted = _page.IsEncrypted ? Encrypt(wire, tls) : null;
            Stream stream = encrypted is null ? wire : encrypted;
            stream.Write(_page.Request);
            return Judge(new HttpReply(stream, _buffer).Read(BodyCap), Stopwatch.GetElapsedTime(started), local);
        }
        catch (Exception e) when (Deadline.IsOver(e))
        {
            return CheckResult.NoAnswer(connected ? "connected, but no HTTP answer" : "no connection");
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException or AuthenticationException && Shortage.Of(e) is null)
        {
            return new(Outcome.Failed, Explain(e, tls));
        }
    }

    private SslStream Encrypt(DeadlineStream wire, TlsFailure failure)
    {
        var tls = new SslStream(wire, leaveInnerStreamOpen: true);
        try
        {
            // verify_tls: false is for a look at one's own HAProxy by its address, for which no authority signs. No secret is ever sent over it.
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = _page.ServerName, RemoteCertificateValidationCallback = failure.Accept });
            return tls;
        }
        catch
        {
            tls.Dispose();
            throw;
        }
    }

    private CheckResult Judge(int status, TimeSpan took, bool local)
    {
        if (_page.IsGood(status))
            return new(Outcome.Up, $"{status} in {took.TotalMilliseconds:0.0} ms") { Answered = local };
        var expected = _config.Expect.IsDefaultOrEmpty ? "200 to 299" : string.Join(", ", _config.Expect);
        var hint = status is 301 or 302 or 303 or 307 or 308 ? " (a redirection, which no check follows: give it the address that it leads to, or put this status into expect)" : "";
        return new(Outcome.Failed, $"answered {status}, expected {expected}{hint}");
    }

    private string Explain(Exception e, TlsFailure tls)
    {
        if (_page.IsEncrypted && tls.Of(e) is { } why)
            return $"TLS: {why}{SniHint(why)}";
        for (var inner = e; inner is not null; inner = inner.InnerException)
            switch (inner)
            {
                // Whoever has reset the connection before something was sent is told of by EPIPE.
                case SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown }:
                    return Hint("connection reset");
                case SocketException socket:
                    return SocketWords.Of(socket);
                case NoReplyException:
                    return Closed();
                case EndOfStreamException:
                    return "connection closed before the answer was complete";
                case InvalidDataException:
                    return $"the answer is not HTTP/1.1{(_page.IsEncrypted ? "" : "; a bind with ssl wants https://, one with proto h2 speaks HTTP/2 only")}";
            }
        return _page.IsEncrypted ? Hint("connection closed during the TLS handshake") : e.Message;
    }

    /// <summary>A bind with ssl and one with proto h2 close without a word when something else comes; one with accept-proxy resets (<see cref="Hint"/>).</summary>
    private string Closed() => _page.IsEncrypted
        ? Hint("connection closed without an answer")
        : "connection closed without an answer (a bind with ssl wants https://, one with proto h2 speaks HTTP/2 only)";

    private string SniHint(string why) => _config.Sni is null && why.Contains("sni", StringComparison.Ordinal) ? "; give the name with sni:" : "";

    // Fault F58: a bind with accept-proxy resets whoever begins without the header.
    private string Hint(string what) => _config.ProxyV2 ? what : $"{what} (a bind with accept-proxy wants proxy_protocol: v2)";
}
