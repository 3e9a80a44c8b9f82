using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Config.Sections;
using FlipAgent.Outbound;

namespace FlipAgent.Lease;

/// <summary>One member of the store: the line to it, and what is known of it. Any thread.</summary>
internal sealed class EtcdMember : IDisposable
{
    private const int LongestVersion = 20;

    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly Lock _lock = new();
    private readonly HttpLine _line;
    private readonly Func<TimeSpan> _now;
    private MemberView _view;
    private TimeSpan? _answeredAt;
    private ulong _cluster;

    public EtcdMember(Uri url, X509Certificate2Collection? roots, SslStreamCertificateContext? client, Func<TimeSpan> now)
    {
        Url = LeaseSection.Text(url);
        _line = new HttpLine(url, new AddressBook(url.IdnHost, file: null, new NameLookup(Dns.GetHostAddresses)), from: null, roots, proxy: null, client);
        _now = now;
        _view = new(Url, null, null, null, Leads: false, null, null);
    }

    public string Url { get; }

    /// <summary>The etcd that it belongs to, as it said last; 0: not known.</summary>
    public ulong Cluster
    {
        get => Volatile.Read(ref _cluster);
        set => Volatile.Write(ref _cluster, value);
    }

    public MemberView View
    {
        get
        {
            lock (_lock)
                return _view with { Age = _answeredAt is { } at ? _now() - at : null };
        }
    }

    /// <summary>Sends one request; ends with the cancellation. Never throws for anything that the world does.</summary>
    public async Task<EtcdReply<T>> Post<T>(string path, byte[] body, string? token, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = s_json;
        var http = await _line.Send(
            HttpMethod.Post, path, token is null ? null : headers => headers.TryAddWithoutValidation("Authorization", token), content, cancel).ConfigureAwait(false);
        var reply = EtcdReply.Of(http, type);
        if (reply.Result == EtcdResult.NoInterface)
            reply = reply with { Detail = await TooOld(reply.Detail, cancel).ConfigureAwait(false) };
        Note(http, reply.Result is EtcdResult.Unclear or EtcdResult.NoInterface ? reply.Detail : null);
        return reply;
    }

    /// <summary>Takes in what it says of itself.</summary>
    public void Learn(StatusAnswer status)
    {
        Cluster = status.Header?.ClusterId ?? 0;
        lock (_lock)
            _view = _view with { Version = status.Version is { Length: < LongestVersion } version ? version : null, Leads = status.Leader != 0 && status.Leader == status.Header?.MemberId };
    }

    public void Dispose() => _line.Dispose();

    /// <summary>An etcd that lacks the interface still tells its version.</summary>
    private async Task<string> TooOld(string otherwise, CancellationToken cancel)
    {
        var http = await _line.Send(HttpMethod.Get, "/version", null, null, cancel).ConfigureAwait(false);
        if (EtcdReply.Of(http, EtcdJson.Default.VersionAnswer).Value?.Server is not { Length: > 0 and < LongestVersion } version)
            return otherwise;
        lock (_lock)
            _view = _view with { Version = version };
        return $"is etcd {version} and has no JSON interface /v3; expected etcd 3.4 or newer, with --enable-grpc-gateway, at its port for clients (2379)";
    }

    private void Note(HttpAnswer http, string? problem)
    {
        lock (_lock)
        {
            _view = _view with { Reachable = problem is null, Problem = problem };
            if (http.Exchange != Exchange.Answered)
                return;
            _answeredAt = _now();
            // The header has whole seconds, cut off: on the average half a second has gone since.
            if (http.Headers?.Date is { } date)
                _view = _view with { ClockDifference = Math.Round((date.AddMilliseconds(500) - DateTimeOffset.UtcNow).TotalSeconds, 1) };
        }
    }
}
