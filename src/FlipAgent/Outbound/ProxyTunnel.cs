using System.Text;
using FlipAgent.Redaction;

namespace FlipAgent.Outbound;

/// <summary>Asks an HTTP proxy for a tunnel to a host (CONNECT, RFC 9110 section 9.3.6). What goes through it is TLS, which the proxy cannot read.</summary>
internal static class ProxyTunnel
{
    private const int MostBytes = 16 * 1024;

    /// <summary>Returns when the bytes that follow are the host's. Throws <see cref="ProxyRefusedException"/>, or is cancelled.</summary>
    /// <param name="stream">A connection to the proxy on which nothing was sent yet.</param>
    public static async Task Open(Stream stream, Uri target, CancellationToken cancel)
    {
        var host = target.HostNameType == UriHostNameType.IPv6 ? target.Host : target.IdnHost;
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {host}:{target.Port} HTTP/1.1\r\nHost: {host}:{target.Port}\r\n\r\n"), cancel).ConfigureAwait(false);
        var head = await ReadHead(stream, cancel).ConfigureAwait(false);
        var line = head.Split('\n')[0].TrimEnd('\r').Split(' ', 3);
        if (line is not [var version, var code, ..] || !version.StartsWith("HTTP/1.", StringComparison.Ordinal) || code.Length != 3)
            throw new ProxyRefusedException("what answers there is no HTTP proxy");
        if (code[0] != '2')
            throw new ProxyRefusedException(code == "407"
                ? $"the proxy wants a login for {host}:{target.Port} (407), which FlipAgent cannot give"
                : $"the proxy refuses a connection to {host}:{target.Port} ({Printable.Of(string.Join(' ', line[1..]), 60)})");
    }

    /// <summary>Up to the empty line and not a byte further, for what follows belongs to TLS.</summary>
    private static async Task<string> ReadHead(Stream stream, CancellationToken cancel)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.EndsWith("\r\n\r\n") && !head.EndsWith("\n\n"))
        {
            if (head.Length >= MostBytes)
                throw new ProxyRefusedException("what answers there is no HTTP proxy");
            if (await stream.ReadAsync(one, cancel).ConfigureAwait(false) == 0)
                throw new ProxyRefusedException("the proxy closed the connection without an answer");
            head.Append((char)one[0]);
        }
        return head.ToString();
    }

    private static bool EndsWith(this StringBuilder text, string end)
    {
        for (var i = 1; i <= end.Length; i++)
            if (text.Length < i || text[^i] != end[^i])
                return false;
        return true;
    }
}

/// <summary>The proxy opened no tunnel. Its message is for people.</summary>
internal sealed class ProxyRefusedException(string message) : IOException(message);
