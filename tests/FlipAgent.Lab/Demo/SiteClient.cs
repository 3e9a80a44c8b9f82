using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlipAgent.Lab.Demo;

/// <summary>One request of the client.</summary>
/// <param name="ServedBy">The node that says so in <c>x-served-by</c>; null: no answer.</param>
/// <param name="Refused">It failed by what the other side did, not because nothing came in time.</param>
internal readonly record struct Sample(DateTimeOffset Start, DateTimeOffset End, bool Ok, string? ServedBy, string? Error, bool Refused = false);

/// <summary>What users saw of one failure.</summary>
/// <param name="Began">Start of the first request that failed.</param>
/// <param name="Back">Start of the first request that was answered after the last failure.</param>
internal sealed record Outage(int Failed, DateTimeOffset Began, DateTimeOffset Back)
{
    public TimeSpan Lasted => Back - Began;
}

/// <summary>
/// A user with a very fast finger: asks for site 1 through the floating IP every 10 ms, each time over a new connection, and never waits for one
/// answer before asking again.
/// </summary>
internal sealed class SiteClient : IAsyncDisposable
{
    /// <summary>How long it waits for one answer. A dead site refuses or resets at once, so this much passes only on an overloaded machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: site-1\r\nConnection: close\r\n\r\n"u8.ToArray();
    private readonly IPEndPoint _site;
    private readonly Timeline _timeline;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Sample> _samples = [];
    private readonly Task _asking;
    private bool _failing;
    private int _failedInARow;

    public SiteClient(IPAddress floatingIp, Timeline timeline)
    {
        _site = new(floatingIp, 8001);
        _timeline = timeline;
        _asking = Task.Run(Ask);
    }

    public IReadOnlyList<Sample> Samples
    {
        get
        {
            lock (_lock)
            {
                return _samples.OrderBy(s => s.Start).ToList();
            }
        }
    }

    /// <summary>Who answered last; null while requests fail.</summary>
    public string? ServedBy
    {
        get
        {
            lock (_lock)
            {
                return _failing || _samples.Count == 0 ? null : _samples[^1].ServedBy;
            }
        }
    }

    /// <summary>What users saw from <paramref name="from"/> on; null: nothing failed, or it still fails.</summary>
    public Outage? OutageSince(DateTimeOffset from)
    {
        // A request that was under way when the fault struck began before it.
        var since = Samples.Where(s => s.End >= from).ToList();
        var failed = since.Where(s => !s.Ok).ToList();
        if (failed.Count == 0)
        {
            return null;
        }

        var back = since.Find(s => s.Ok && s.Start > failed[^1].Start);
        return back.Ok ? new(failed.Count, failed[0].Start, back.Start) : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _asking;
        _stop.Dispose();
    }

    private async Task Ask()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
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
        Sample sample;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            patience.CancelAfter(Patience);
            var answer = await Exchange(patience.Token);
            var node = answer.Split("\r\n").FirstOrDefault(l => l.StartsWith("x-served-by: ", StringComparison.Ordinal))?["x-served-by: ".Length..];
            sample = answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) && answer.EndsWith("Backend 1\n", StringComparison.Ordinal)
                ? new(start, DateTimeOffset.UtcNow, true, node, null)
                : new(start, DateTimeOffset.UtcNow, false, null, answer.Length == 0 ? "closed without an answer" : answer.Split("\r\n")[0], true);
        }
        catch (SocketException e)
        {
            sample = new(start, DateTimeOffset.UtcNow, false, null, e.Message, true);
        }
        catch (OperationCanceledException)
        {
            sample = new(start, DateTimeOffset.UtcNow, false, null, "no answer in time");
        }

        if (!_stop.IsCancellationRequested)
        {
            Keep(sample);
        }
    }

    private async Task<string> Exchange(CancellationToken cancel)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_site, cancel);
        await socket.SendAsync(Request, cancel);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        int count;
        while ((count = await socket.ReceiveAsync(buffer, cancel)) > 0)
        {
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return answer.ToString();
    }

    private void Keep(Sample sample)
    {
        Moment? news = null;
        lock (_lock)
        {
            _samples.Add(sample);
            if (!sample.Ok && !_failing)
            {
                _failing = true;
                _failedInARow = 0;
                news = new(sample.Start, "client", "failing", $"a request fails: {sample.Error}");
            }
            else if (sample.Ok && _failing)
            {
                _failing = false;
                news = new(sample.Start, "client", "served", $"is served again, by {sample.ServedBy}; requests that failed: {_failedInARow}");
            }

            _failedInARow += sample.Ok ? 0 : 1;
        }

        if (news is not null)
        {
            _timeline.Add(news);
        }
    }
}
