using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Outbound;
using FlipAgent.Probes;

namespace FlipAgent.Cloud;

/// <summary>
/// Asks the service through the floating IP whether it lives, as a client would: each time by a new connection, so that none that was opened earlier can hide that the
/// service is gone. Blocks its caller, on purpose: it needs no thread pool and is done within its time-out whatever else happens.
/// </summary>
public sealed class GuardProbe
{
    // Enough for the lines of answers before the final one (103 Early Hints), too.
    private const int BufferBytes = 4096;

    // The rest of an answer is read for 50 ms at most, so that the connection ends in peace instead of a reset in HAProxy's log.
    private static readonly long s_farewellTicks = Stopwatch.Frequency / 20;

    private readonly AddressBook _book;
    private readonly int _port;
    private readonly TimeSpan _timeout;
    private readonly Func<IPAddress, string?> _blindness;
    private readonly Page? _page;

    /// <param name="check">What to ask: a tcp check (connect only) or an http check (any 2xx, or the codes that it expects).</param>
    /// <param name="timeout">For the whole probe.</param>
    /// <param name="blindness">Why a probe of this address would be no witness, or null; asked before each probe, since addresses come and go.</param>
    public GuardProbe(CheckConfig check, TimeSpan timeout, Func<IPAddress, string?> blindness)
    {
        var (host, port) = check switch
        {
            CheckConfig.Tcp tcp => (tcp.Target.Host, tcp.Target.Port),
            CheckConfig.Http http => (http.Url.IdnHost, http.Url.Port),
            _ => throw new ArgumentException($"a guard asks by tcp or http, not by {check.Kind}", nameof(check)),
        };
        _book = new AddressBook(host.Trim('[', ']'), file: null, new NameLookup(Dns.GetHostAddresses));
        _port = port;
        _timeout = timeout;
        _blindness = blindness;
        _page = check is CheckConfig.Http page ? new Page(page) : null;
    }

    /// <summary>One probe. Never throws for anything that the world does; ends within the time-out.</summary>
    public Input.GuardAnswered Probe()
    {
        var started = Stopwatch.GetTimestamp();
        var until = Deadline.In(_timeout);
        try
        {
            var target = new IPEndPoint(Address(until), _port);
            if (_blindness(target.Address) is { } blind)
                return new(false, blind) { CannotTell = true };
            using var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Deadline.Connect(socket, target, until);
            var (alive, detail) = _page is null ? (true, "connected") : Ask(socket, _page, until);
            Close(socket);
            return new(alive, $"{detail} after {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or TimeoutException)
        {
            var failed = e as SocketException ?? e.InnerException as SocketException;
            var socketError = failed?.SocketErrorCode;
            var late = e is TimeoutException || e.InnerException is TimeoutException || socketError == SocketError.TimedOut;
            // Whoever says that the way is closed is not the service's machine, which then said nothing.
            var silent = late || socketError is SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostNotFound or SocketError.TryAgain;
            return new(false, late ? $"no answer within {_timeout.TotalMilliseconds:0} ms" : failed is not null ? SocketWords.Of(failed) : "connection broken") { TimedOut = silent };
        }
    }

    /// <summary>The floating IP, as a rule. A name is allowed too, and asked for while it is not known.</summary>
    private IPAddress Address(long until)
    {
        if (_book.InOrderWithin(Deadline.Left(until)) is [var address, ..])
            return address;
        throw Deadline.Left(until) > TimeSpan.Zero ? new SocketException((int)SocketError.HostNotFound) : new TimeoutException();
    }

    private static (bool Alive, string Detail) Ask(Socket socket, Page page, long until)
    {
        using var wire = new DeadlineStream(socket, until);
        wire.Write(page.ProxyHeader);
        if (!page.IsEncrypted)
            return Ask(wire, page, wire);
        // The question is whether the service lives, not who it is: an expired certificate must not look like a dead master.
#pragma warning disable CA5359
        using var tls = new SslStream(wire, leaveInnerStreamOpen: true, static (_, _, _, _) => true);
#pragma warning restore CA5359
        tls.AuthenticateAsClient(page.ServerName);
        return Ask(tls, page, wire);
    }

    private static (bool Alive, string Detail) Ask(Stream stream, Page page, DeadlineStream wire)
    {
        stream.Write(page.Request);
        int? status;
        try
        {
            status = new HttpReply(stream, new byte[BufferBytes]).ReadStatus();
        }
        catch (EndOfStreamException)
        {
            return (false, "closed without an answer");
        }
        catch (InvalidDataException)
        {
            status = null;
        }
        wire.Until = Math.Min(wire.Until, Stopwatch.GetTimestamp() + s_farewellTicks);
        ReadToEnd(stream);
        return status is { } code ? (page.IsGood(code), $"HTTP {code}") : (false, "the answer is not HTTP");
    }

    private static void ReadToEnd(Stream stream)
    {
        var rest = new byte[4096];
        try
        {
            while (stream.Read(rest, 0, rest.Length) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException)
        {
            // The verdict stands already.
        }
    }

    private static void Close(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The other side was faster.
        }
    }
}
