using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using FlipAgent.Core;

namespace FlipAgent.Cloud;

/// <summary>
/// Asks the service through the floating IP whether it lives. Like walking in by the front door as a customer would, instead of telephoning the
/// staff: each time a new connection, so that nothing remembered can answer for the dead. Blocks its caller, on purpose: it needs no thread
/// pool and is done within its time-out whatever else happens.
/// </summary>
public sealed class GuardProbe
{
    // Enough for "HTTP/1.1 200 ..." and small enough for any probe.
    private const int MostHeadBytes = 256;

    // The rest of an answer is read for 50 ms at most, so that the connection ends in peace instead of a reset in HAProxy's log.
    private static readonly long s_farewellTicks = Stopwatch.Frequency / 20;

    private readonly Uri _url;
    private readonly IPEndPoint _target;
    private readonly TimeSpan _timeout;
    private readonly ImmutableArray<int> _expect;
    private readonly string _sni;
    private readonly byte[] _proxyHeader;
    private readonly byte[] _request;

    /// <param name="url">tcp://IP:port (connect only), or http(s)://IP:port/path, with the floating IP as host.</param>
    /// <param name="timeout">For the whole probe.</param>
    /// <param name="like">The check that the guard was derived from: its Host, SNI, expected codes and PROXY header are used. Null: any 2xx.</param>
    public GuardProbe(Uri url, TimeSpan timeout, Config.CheckConfig.Http? like = null)
    {
        if (!IPAddress.TryParse(url.DnsSafeHost, out var address))
            throw new ArgumentException($"the guard needs the floating IP as host, got {url.DnsSafeHost}", nameof(url));
        _url = url;
        _target = new IPEndPoint(address, url.Port);
        _timeout = timeout;
        _expect = like?.Expect ?? [];
        _sni = like?.Sni ?? like?.Url.DnsSafeHost ?? url.DnsSafeHost;
        _proxyHeader = like is { ProxyV2: true } ? ProxyV2Local : [];
        _request = Encoding.ASCII.GetBytes(
            $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {like?.Host ?? url.Authority}\r\nUser-Agent: flipagent-guard\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    }

    /// <summary>One probe. Never throws for anything that the world does; ends within the time-out.</summary>
    public Input.GuardAnswered Probe()
    {
        var started = Stopwatch.GetTimestamp();
        var until = started + (long)(_timeout.TotalSeconds * Stopwatch.Frequency);
        try
        {
            using var socket = new Socket(_target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Connect(socket, until);
            var (alive, detail) = _url.Scheme == "tcp" ? (true, "connected") : Ask(socket, until);
            Close(socket);
            return new(alive, $"{detail} after {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or TimeoutException)
        {
            var socketError = (e as SocketException ?? e.InnerException as SocketException)?.SocketErrorCode;
            var late = e is TimeoutException || e.InnerException is TimeoutException || socketError == SocketError.TimedOut;
            return new(false, late ? $"no answer within {_timeout.TotalMilliseconds:0} ms" : socketError?.ToString() ?? "connection broken");
        }
    }

    private void Connect(Socket socket, long until)
    {
        // Socket.Connect has no time-out; a non-blocking connect and a poll have one.
        socket.Blocking = false;
        try
        {
            socket.Connect(_target);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until);
            if (left <= TimeSpan.Zero || !socket.Poll(left, SelectMode.SelectWrite))
                throw new TimeoutException();
            var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            if (error != SocketError.Success)
                throw new SocketException((int)error);
        }
        socket.Blocking = true;
    }

    private (bool Alive, string Detail) Ask(Socket socket, long until)
    {
        using var wire = new DeadlineStream(socket, until);
        wire.Write(_proxyHeader);
        if (_url.Scheme != Uri.UriSchemeHttps)
            return Ask(wire, wire);
        // The question is whether the service lives, not who it is: an expired certificate must not look like a dead master.
#pragma warning disable CA5359
        using var tls = new SslStream(wire, leaveInnerStreamOpen: true, static (_, _, _, _) => true);
#pragma warning restore CA5359
        tls.AuthenticateAsClient(_sni);
        return Ask(tls, wire);
    }

    private (bool Alive, string Detail) Ask(Stream stream, DeadlineStream wire)
    {
        stream.Write(_request);
        var head = new byte[MostHeadBytes];
        var length = 0;
        while (length < head.Length && !head.AsSpan(0, length).Contains((byte)'\n'))
        {
            var n = stream.Read(head, length, head.Length - length);
            if (n == 0)
                return (false, "closed without an answer");
            length += n;
        }
        wire.Until = Math.Min(wire.Until, Stopwatch.GetTimestamp() + s_farewellTicks);
        ReadToEnd(stream);
        if (StatusOf(head.AsSpan(0, length)) is not { } code)
            return (false, "the answer is not HTTP");
        return (_expect.IsDefaultOrEmpty ? code is >= 200 and <= 299 : _expect.Contains(code), $"HTTP {code}");
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

    /// <summary>"HTTP/1.x NNN" (RFC 9112 section 4), or null.</summary>
    private static int? StatusOf(ReadOnlySpan<byte> head) =>
        head.Length >= 12 && head.StartsWith("HTTP/1."u8) && head[8] == ' '
        && System.Buffers.Text.Utf8Parser.TryParse(head.Slice(9, 3), out int code, out var used) && used == 3 ? code : null;

    /// <summary>PROXY protocol v2, command LOCAL, no addresses: "this is a health check" (HAProxy's proxy-protocol.txt, section 2.2).</summary>
    private static byte[] ProxyV2Local => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0x00, 0x00, 0x00];
}
