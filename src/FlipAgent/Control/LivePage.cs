using System.Text;

namespace FlipAgent.Control;

/// <summary>
/// The changing part of the status page as server-sent events (WHATWG HTML, 9.2). It is made at most once a second for all readers together; a reader that does not take it is cut off, and nobody
/// waits for it.
/// </summary>
internal sealed class LivePage(ControlHandlers handlers)
{
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    /// <summary>Then the browser connects anew, which it does by itself: a seat is not taken for ever by somebody who is gone.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);

    /// <summary>For one message. The server's own minimum data rate would leave a seat to a reader that never reads for minutes: it allows for the size of what is sent.</summary>
    private static readonly TimeSpan s_slowest = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task<byte[]>? _making;
    private long _madeAt;

    /// <summary>Sends until the reader goes away, or the agent stops.</summary>
    public async Task Follow(HttpContext context, CancellationToken stop)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        // nginx holds a stream back otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_longest);
        try
        {
            await response.StartAsync(limit.Token);
            await response.Body.WriteAsync("retry: 2000\n\n"u8.ToArray(), limit.Token);
            while (true)
            {
                var message = await Message().WaitAsync(limit.Token);
                using var slow = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
                slow.CancelAfter(s_slowest);
                await response.Body.WriteAsync(message, slow.Token);
                await response.Body.FlushAsync(slow.Token);
                await Task.Delay(s_pace, limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // The reader went away, its time is over, or the agent stops.
        }
        catch (OperationCanceledException)
        {
            // Its buffers are full: an end in good order would wait for it, too.
            context.Abort();
        }
    }

    /// <summary>Shared by all who ask within the same second.</summary>
    private Task<byte[]> Message()
    {
        lock (_lock)
        {
            var age = System.Diagnostics.Stopwatch.GetElapsedTime(_madeAt);
            if (_making is null || (_making.IsCompleted && (age >= s_pace * 0.9 || _making.IsFaulted || _making.IsCanceled)))
                (_making, _madeAt) = (Make(), System.Diagnostics.Stopwatch.GetTimestamp());
            return _making;
        }
    }

    private async Task<byte[]> Make()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var status = await handlers.Status(limit.Token).WaitAsync(limit.Token);
        var content = StatusPage.Content(status, handlers.EventsAfter(0), DateTimeOffset.UtcNow);
        // A line break would end the field.
        return Encoding.UTF8.GetBytes($"data: {content.ReplaceLineEndings(" ")}\n\n");
    }
}
