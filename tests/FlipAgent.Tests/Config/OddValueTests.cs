using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FlipAgent.Alerts;
using FlipAgent.Checks;
using FlipAgent.Cloud;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Tests.Config;

/// <summary>
/// What the reader of the configuration lets pass must be usable by the part that it is for: a value that only throws when it is used would end the
/// agent after the reload that called it valid. Each odd value is either refused with a clear message, or used here as the part would.
/// </summary>
public sealed class OddValueTests
{
    private static readonly string s_long = string.Join('.', Enumerable.Repeat("a", 130));

    public static TheoryData<string, bool> Hosts() => new()
    {
        { "www.example.com", true }, { "www.example.com:8443", true }, { "WWW.Example.COM", true }, { "localhost.", true }, { "foo_bar", true },
        { "_foo", true }, { "1.2.3.4", true }, { "1.2.3.4:80", true }, { "[::1]", true }, { "[2001:db8::1]:65535", true }, { "foo:080", true },
        { "http://www.example.com", false }, { "https://[::1]", false }, { "*", false }, { "*.example.com", false }, { "::1", false },
        { "2001:db8::1", false }, { "[::1", false }, { "::1]", false }, { "[::1]x", false }, { "[zz]", false }, { "[1.2.3.4]", false },
        { "[fe80::1%eth0]", false }, { "[::1]:", false }, { "[::1]:0", false }, { "a/b", false }, { "www.example.com/", false }, { "a b", false },
        { "a,b", false }, { "a;b", false }, { "a\\b", false }, { "user@host", false }, { "foo?x", false }, { "foo#x", false }, { "foo..bar", false },
        { ".foo", false }, { "foo:port", false }, { "foo:", false }, { "foo:0", false }, { "foo:65536", false }, { "foo:99999999999", false },
        { "foo:-1", false }, { "foo:+80", false }, { "foo: 80", false }, { "foo:80:80", false }, { ":80", false }, { "%41", false }, { "<x>", false },
        { "{x}", false }, { "(x)", false }, { "\"x\"", false }, { "'", false }, { "a=b", false }, { "www.bücher.de", false }, { "\u2025", false },
        { "a\nb", false }, { "a\r\nX-Injected: 1", false }, { "a\0b", false }, { "\t", false }, { new string('a', 300), false },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task A_host_that_passes_is_sent_by_check_and_guard_and_any_other_is_refused_at_its_place(string host, bool passes)
    {
        using var site = HttpScript.Always(200, "ok", "text/plain");
        var text = Sample.Minimal.Replace("http: \"http://127.0.0.1:8001/haproxy_check\"", $"http: \"{site.Url}\", host: {Quoted(host)}");
        if (!passes)
        {
            Refused(text, "f.yaml:13:", "checks.host: ");
            return;
        }
        var config = Sample.Valid(text);
        var http = config.Checks.OfType<CheckConfig.Http>().Single();
        using var check = new HttpCheck(http);
        Assert.Equal(Outcome.Up, (await check.Run(TimeSpan.FromSeconds(10), default)).Outcome);
        var guard = (CheckConfig.Http)config.FloatingIp.GuardCheck! with { Url = http.Url };
        Assert.True(new GuardProbe(guard, TimeSpan.FromSeconds(10), _ => null).Probe().Alive);
        Assert.Equal([host, host], site.Requests.Select(r => r.Headers["Host"]));
    }

    [Theory]
    [InlineData("www.example.com", true)]
    [InlineData("foo_bar.example.com", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("www.example.com:443", false)]
    [InlineData("https://www.example.com", false)]
    [InlineData("*", false)]
    [InlineData("[::1]", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("foo..bar", false)]
    [InlineData("www.bücher.de", false)]
    [InlineData("a\0b", false)]
    public async Task A_server_name_that_passes_can_be_asked_for(string sni, bool passes)
    {
        using var certificate = CloudFixtures.Certificate("site");
        using var site = new HttpScript((_, wire) => wire.Reply(200, "ok", "text/plain"), certificate);
        var text = Sample.Minimal.Replace(
            "http: \"http://127.0.0.1:8001/haproxy_check\"", $"http: \"{site.Url}\", tls_verify: false, sni: {Quoted(sni)}");
        if (!passes)
        {
            Refused(text, "f.yaml:13:", "checks.sni: ");
            return;
        }
        var config = Sample.Valid(text);
        var http = config.Checks.OfType<CheckConfig.Http>().Single();
        using var check = new HttpCheck(http);
        Assert.Equal(Outcome.Up, (await check.Run(TimeSpan.FromSeconds(10), default)).Outcome);
        Assert.True(new GuardProbe((CheckConfig.Http)config.FloatingIp.GuardCheck! with { Url = http.Url }, TimeSpan.FromSeconds(10), _ => null).Probe().Alive);
    }

    public static TheoryData<string, bool> Hosted() => new()
    {
        { "127.0.0.1", true }, { "127.1", true }, { "[::1]", true }, { "[::ffff:127.0.0.1]", true }, { "localhost.", true }, { "a_b.example", true },
        { "xn--a.example", true }, { "256.1.1.1", true }, { "bücher.example", true }, { "ß.example", true }, { "127.0.0.1:65535", true },
        { "127.0.0.1:0", false }, { "127.0.0.1:65536", false }, { "-a.example", false }, { "a..b", false }, { "\u2025", true }, { "\u200d.example", true },
        { "a\u00ad", true }, { s_long, false }, { s_long + ".", false }, { new string('a', 64) + ".example", false }, { "[::1", false }, { "a b", false },
        { "*", false }, { "user@127.0.0.1", false },
    };

    [Theory]
    [MemberData(nameof(Hosted))]
    public async Task An_address_of_the_web_that_passes_is_usable_wherever_it_stands(string hosted, bool passes)
    {
        var url = $"http://{hosted}/x";
        (string Key, string Text)[] places =
        [
            ("checks.http", Sample.Minimal.Replace("\"http://127.0.0.1:8001/haproxy_check\"", Quoted(url))),
            ("floating_ip.guard", Sample.Minimal.Replace("token_file:", $"guard: {Quoted(url)}\n  token_file:")),
            ("floating_ip.api_url", Sample.Minimal.Replace("token_file:", $"api_url: {Quoted(url)}\n  token_file:")),
            ("floating_ip.metadata_url", Sample.Minimal.Replace("token_file:", $"metadata_url: {Quoted(url)}\n  token_file:")),
            ("alerts.webhook.url", Sample.Minimal + $"\nalerts:\n  - webhook: {{url: {Quoted(url)}}}"),
        ];
        foreach (var (key, text) in places)
            if (passes)
                await Use(Sample.Valid(text));
            else
                Refused(text, "f.yaml:", key + ": ");
        if (!passes && !hosted.Contains('@'))
        {
            // The same words in a secret file, which is read later.
            using var post = new WebPost(() => url);
            Assert.Equal(Fate.Refused, (await post.Send([], null, default)).Fate);
        }
    }

    [Theory]
    [InlineData("127.0.0.1:1", true)]
    [InlineData("127.1:1", true)]
    [InlineData("[::1]:1", true)]
    [InlineData("[::ffff:127.0.0.1]:1", true)]
    [InlineData("0.0.0.0:1", true)]
    [InlineData("[::]:1", true)]
    [InlineData("255.255.255.255:1", false)]
    [InlineData("bücher.example:1", true)]
    [InlineData("a_b.example:1", true)]
    [InlineData("a..b:1", false)]
    [InlineData("\u2025:1", true)]
    [InlineData("\u00ad.example:1", true)]
    [InlineData("-a:1", false)]
    [InlineData("a b:1", false)]
    [InlineData("127.0.0.1:0", false)]
    [InlineData("127.0.0.1:65536", false)]
    [InlineData("127.0.0.1:+1", false)]
    [InlineData("http://127.0.0.1:1", false)]
    public async Task A_target_of_a_tcp_check_that_passes_can_be_dialled(string target, bool passes)
    {
        var text = Sample.Minimal.Replace("http: \"http://127.0.0.1:8001/haproxy_check\"", $"tcp: {Quoted(target)}");
        if (!passes)
        {
            Refused(text, "f.yaml:13:", "checks.tcp: ");
            return;
        }
        var tcp = Sample.Valid(text).Checks.OfType<CheckConfig.Tcp>().Single().Target;
        Assert.Equal(Outcome.Failed, (await new TcpCheck(tcp).Run(TimeSpan.FromSeconds(10), Stop(tcp.Host))).Outcome);
    }

    [Fact]
    public void A_target_with_a_name_longer_than_any_is_refused() =>
        Refused(Sample.Minimal.Replace("http: \"http://127.0.0.1:8001/haproxy_check\"", $"tcp: \"{s_long}:1\""), "f.yaml:13:", "checks.tcp: ");

    /// <summary>As they stand in the file, between quotes.</summary>
    [Theory]
    [InlineData("exec: [\"/bin/true\", \"a\\0b\"]")]
    [InlineData("exec: [\"/bin/tr\\0ue\"]")]
    [InlineData("exec: [\"/bin/true\", \"\\ud800\"]")]
    [InlineData("exec: [\"/bin/\\ud800\"]")]
    [InlineData("haproxy: {socket: \"/run/a\\0b\"}")]
    [InlineData("haproxy: {socket: \"/run/\\ud800\"}")]
    [InlineData("process: {pid_file: \"/run/a\\0b\"}")]
    [InlineData("process: {pid_file: \"/run/\\ud800\"}")]
    [InlineData("process: {name: \"a\\0b\"}")]
    [InlineData("process: {name: \"\\ud800\"}")]
    [InlineData("process: {unit: \"a\\0b\"}")]
    [InlineData("process: \"a\\0b\"")]
    public void What_no_system_call_takes_is_refused(string check)
    {
        var errors = Sample.Errors(Sample.Minimal.Replace("http: \"http://127.0.0.1:8001/haproxy_check\"", check));
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.StartsWith("f.yaml:13:", e));
    }

    private static async Task Use(AgentConfig config)
    {
        var http = config.Checks.OfType<CheckConfig.Http>().Single();
        using (var check = new HttpCheck(http))
            await check.Run(TimeSpan.FromSeconds(10), Stop(http.Url.IdnHost));
        await new TcpCheck(new DnsEndPoint(http.Url.IdnHost, http.Url.Port)).Run(TimeSpan.FromSeconds(10), Stop(http.Url.IdnHost));
        // The names are not looked up in earnest: the test asks nobody.
        _ = new GuardProbe(config.FloatingIp.GuardCheck!, TimeSpan.FromMilliseconds(100), _ => null);
        using var metadata = new DigitalOceanMetadata(config.FloatingIp.MetadataUrl, IPAddress.Loopback);
        using var client = CloudFixtures.Client(new UriBuilder(config.FloatingIp.ApiUrl) { Scheme = "http" }.Uri, lookUp: _ => [IPAddress.Parse("127.41.5.9")]);
        if (config.FloatingIp.ApiUrl.Scheme == "http")
            Assert.Equal(ApiStatus.Failed, (await client.ReadHolder()).Status);
        foreach (var hook in config.Alerts.OfType<SinkConfig.Webhook>())
        {
            var book = new AddressBook(hook.Url!.IdnHost, null, new NameLookup(_ => throw new SocketException((int)SocketError.HostNotFound)));
            using var line = new HttpLine(new Uri(hook.Url.GetLeftPart(UriPartial.Authority)), book);
            Assert.Equal(Exchange.Unreachable, (await line.Send(HttpMethod.Post, hook.Url.PathAndQuery, null, null, default)).Exchange);
        }
    }

    /// <summary>An address is dialled; a name is handed to the name service, with a question that is withdrawn already.</summary>
    private static CancellationToken Stop(string host) => new(canceled: !IPAddress.TryParse(host, out _));

    private static void Refused(string text, string place, string subject)
    {
        var error = Assert.Single(Sample.Errors(text));
        Assert.StartsWith(place, error);
        Assert.Contains(subject, error);
        Assert.Contains("expected", error);
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
