using System.Text;
using FlipAgent.Config;
using FlipAgent.Config.Values;

namespace FlipAgent.Probes;

/// <summary>What is sent to ask for a page, and which answers are good.</summary>
internal sealed class Page(CheckConfig.Http check)
{
    public bool IsEncrypted => check.Url.Scheme == Uri.UriSchemeHttps;

    public string ServerName => check.Sni ?? check.Url.IdnHost;

    /// <summary>PROXY protocol version 2, command LOCAL: "this connection is my own, no client stands behind it" (proxy-protocol.txt section 2.2). Empty where none is wanted.</summary>
    public byte[] ProxyHeader { get; } =
        check.ProxyV2 ? [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0x00, 0x00, 0x00] : [];

    public byte[] Request { get; } = Get(check.Url.PathAndQuery, check.Host ?? Urls.Authority(check.Url), isLast: true);

    public bool IsGood(int code) => check.Expect.IsDefaultOrEmpty ? code is >= 200 and <= 299 : check.Expect.Contains(code);

    /// <param name="host">The Host header, in ASCII.</param>
    /// <param name="isLast">The connection is not to be kept for another one.</param>
    public static byte[] Get(string path, string host, bool isLast) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: flipagent\r\nAccept: */*\r\n{(isLast ? "Connection: close\r\n" : "")}\r\n");
}
