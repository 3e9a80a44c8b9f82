using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlipAgent.Harness;

/// <summary>One request of the client.</summary>
/// <param name="ServedBy">The node that answered; null: no good answer.</param>
/// <param name="Error">Why it failed; null: it did not.</param>
/// <param name="Refused">It failed by what the other side did, not because nothing came in time.</param>
public readonly record struct SiteRequest(DateTimeOffset Start, DateTimeOffset End, string? ServedBy, string? Error, bool Refused = false)
{
    public bool Ok => Error is null;
}

/// <summary>What users saw of one failure.</summary>
/// <param name="Failed">How many requests.</param>
/// <param name="Began">Start of the first request that failed.</param>
/// <param name="Back">Start of the first request that was answered after the last failure.</param>
public sealed record Outage(int Failed, DateTimeOffset Began, DateTimeOffset Back)
{
    public TimeSpan Lasted => Back - Began;
}

/// <summary>What a <see cref="SiteClient"/> asks, and how.</summary>
/// <param name="Site">Address and port.</param>
/// <param name="Interval">From the start of one request to the start of the next.</param>
/// <param name="Timeout">How long it waits for one answer.</param>
/// <param name="ServedBy">Gets an answer of status 200 with its headers, and says which node gave it; null: it is not what the site answers.</param>
public sealed record SiteClientOptions(IPEndPoint Site, TimeSpan Interval, TimeSpan Timeout, Func<string, string?> ServedBy)
{
    /// <summary>Where the client is; null: in the network of this process.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>Gets the first failed request after good ones, and the first good one after failed ones, with how many failed between.</summary>
    public Action<SiteRequest, int>? OnChange { get; init; }
}

/// <summary>
/// A user of the site: asks for it again and again, each time over a new connection, never waits for one answer before it asks again, and remembers who
/// answered when.
/// </summary>
public sealed class SiteClient : IDisposable
{
    private static readonly byte[] s_requestBytes = "GET / HTTP/1.1\r\nHost: site-1\r\nConnection: close\r\n\r\n"u8.ToArray();
    private readonly SiteClientOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<SiteRequest> _requests = [];
    private readonly DateTimeOffset _begun = DateTimeOffset.UtcNow;
    private readonly Task _asking;
    private bool _failing;
    private int _failedInARow;

    public SiteClient(SiteClientOptions options)
    {
        _options = options;
        _asking = Task.Run(Ask);
    }

    /// <summary>All requests that are over, in the order in which they began.</summary>
    public IReadOnlyList<SiteRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests.OrderBy(s => s.Start)];
        }
    }

    /// <summary>Who answered last; null while requests fail.</summary>
    public string? ServedBy
    {
        get
        {
            lock (_lock)
                return _failing || _requests.Count == 0 ? null : _requests[^1].ServedBy;
        }
    }

    /// <summary>The longest time without an answer, the present one included.</summary>
    public TimeSpan LongestOutage
    {
        get
        {
            DateTimeOffset[] ends = [_begun, .. Requests.Where(s => s.Ok).Select(s => s.End).Order(), DateTimeOffset.UtcNow];
            return ends.Zip(ends.Skip(1), (before, after) => after - before).Max();
        }
    }

    /// <summary>What users saw from <paramref name="from"/> on; null: nothing failed, or it still fails.</summary>
    public Outage? OutageSince(DateTimeOffset from)
    {
        // A request that was under way when the fault struck began before it.
        var since = Requests.Where(s => s.End >= from).ToList();
        var failed = since.Where(s => !s.Ok).ToList();
        if (failed.Count == 0)
            return null;
        var back = since.FindIndex(s => s.Ok && s.Start > failed[^1].Start);
        return back < 0 ? null : new(failed.Count, failed[0].Start, since[back].Start);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _asking.Wait();
        _stop.Dispose();
    }

    private async Task Ask()
    {
        using var timer = new PeriodicTimer(_options.Interval);
        List<Task> open = [];
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                open.RemoveAll(t => t.IsCompleted);
                open.Add(One());
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task One()
    {
        var start = DateTimeOffset.UtcNow;
        SiteRequest request;
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            late.CancelAfter(_options.Timeout);
            var answer = await Exchange(late.Token);
            var node = answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? _options.ServedBy(answer) : null;
            request = node is not null
                ? new(start, DateTimeOffset.UtcNow, node, null)
                : new(start, DateTimeOffset.UtcNow, null, answer.Length == 0 ? "closed without an answer" : answer.Split("\r\n")[0], true);
        }
        catch (SocketException e)
        {
            request = new(start, DateTimeOffset.UtcNow, null, e.Message, true);
        }
        catch (OperationCanceledException)
        {
            request = new(start, DateTimeOffset.UtcNow, null, "no answer in time");
        }

        if (!_stop.IsCancellationRequested)
            Keep(request);
    }

    private async Task<string> Exchange(CancellationToken cancel)
    {
        using var socket = _options.Network?.NewSocket() ?? new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_options.Site, cancel);
        await socket.SendAsync(s_requestBytes, cancel);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        int count;
        while ((count = await socket.ReceiveAsync(buffer, cancel)) > 0)
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return answer.ToString();
    }

    private void Keep(SiteRequest request)
    {
        bool changed;
        int failed;
        lock (_lock)
        {
            _requests.Add(request);
            changed = request.Ok == _failing;
            if (changed)
                _failing = !request.Ok;
            failed = changed && !request.Ok ? 0 : _failedInARow;
            _failedInARow = request.Ok ? _failedInARow : failed + 1;
        }

        if (changed)
            _options.OnChange?.Invoke(request, failed);
    }
}
