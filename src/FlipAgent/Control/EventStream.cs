using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// <c>events --follow</c>: one JSON object a line, sent as things happen. It ends when the reader goes away, when the agent stops, when nothing
/// happens for the idle timeout, or when the reader is too slow for Kestrel's minimum data rate; the agent never waits for a reader.
/// </summary>
internal static class EventStream
{
    /// <param name="first">Events to begin with.</param>
    /// <param name="last">Id of the last event that is known to the reader or left out on purpose.</param>
    /// <param name="idleTimeout">How long it goes on while nothing happens; infinite: for ever.</param>
    public static async Task Follow(
        HttpResponse response, ControlHandlers handlers, IReadOnlyList<EventReport> first, long last, TimeSpan idleTimeout, CancellationToken stop)
    {
        response.ContentType = "application/x-ndjson";
        response.Headers.CacheControl = "no-store";
        try
        {
            // The head goes out at once, so that the reader knows that it is listening.
            await response.StartAsync(stop);
            for (var events = first; ; events = handlers.EventsAfter(last))
            {
                last = await Send(response, events, last);
                await handlers.NextEvent(last, stop).WaitAsync(idleTimeout, stop);
            }
        }
        catch (TimeoutException)
        {
            // Nothing happened for long: the tape just ends.
        }
        catch (OperationCanceledException)
        {
            // The agent stops, and its last words are what somebody who follows it waits for. Where the reader went away, nobody gets them.
            await Send(response, handlers.EventsAfter(last), last);
        }
    }

    /// <summary>Whole lines, also while the agent stops: its server ends the connection of a reader who does not take them.</summary>
    /// <returns>Id of the last one.</returns>
    private static async Task<long> Send(HttpResponse response, IReadOnlyList<EventReport> events, long last)
    {
        foreach (var one in events)
        {
            await response.Body.WriteAsync(Answers.Json(one, ReportJson.Default.EventReport), CancellationToken.None);
            last = Math.Max(last, one.Id);
        }
        await response.Body.FlushAsync(CancellationToken.None);
        return last;
    }
}
