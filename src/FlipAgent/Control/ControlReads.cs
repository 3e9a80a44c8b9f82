using System.Globalization;
using FlipAgent.Redaction;
using FlipAgent.Reporting;
using Microsoft.AspNetCore.Http.Features;

namespace FlipAgent.Control;

/// <summary>The answers that change nothing.</summary>
internal sealed class ControlReads(ControlHandlers handlers, ControlOptions options)
{
    /// <summary>The term follows.</summary>
    public const string ExplainPrefix = "/v1/explain/";

    private readonly LivePage _live = new(handlers);
    private readonly FollowSeats _seats = new(options.MostConnections);
    private readonly Lock _checkLock = new();
    private Task<IReadOnlyList<CheckReport>>? _checking;

    public static bool IsExplain(string path) => path.StartsWith(ExplainPrefix, StringComparison.Ordinal);

    public async Task Status(HttpContext context, CancellationToken cancel) =>
        await Answers.Send(context, await handlers.Status(cancel).WaitAsync(cancel), ReportJson.Default.StatusReport);

    /// <summary>
    /// The kept events: <c>?after=ID</c> only later ones, <c>?n=N</c> only the last N, <c>?follow=1</c> as lines, and those to come as well.
    /// </summary>
    public async Task Events(HttpContext context, CancellationToken cancel)
    {
        var query = context.Request.Query;
        if (!Number(query["after"], 0, out var after) || !Number(query["n"], long.MaxValue, out var most)
            || query["follow"] is not ([] or ["0"] or ["1"]))
        {
            await Answers.Fail(context, ExitCode.Usage, "expected ?after=ID, ?n=COUNT (whole numbers, not negative) or ?follow=1");
            return;
        }
        var events = handlers.EventsAfter(after);
        var kept = events.Skip((int)Math.Max(0, events.Count - most)).ToList();
        if (query["follow"] is ["1"])
            await Follow(context, kept, events.Count > 0 ? events[^1].Id : after, cancel);
        else
            await Answers.Stream<IReadOnlyList<EventReport>>(context, kept, ReportJson.Default.IReadOnlyListEventReport);
    }

    private Task Follow(HttpContext context, IReadOnlyList<EventReport> first, long last, CancellationToken cancel) => Seated(context,
        caller => EventStream.Follow(context.Response, handlers, first, last, caller.IsTcp ? options.FollowIdleTimeout : Timeout.InfiniteTimeSpan, cancel));

    /// <summary>Readers that stay have a seat, or are sent away at once.</summary>
    private async Task Seated(HttpContext context, Func<Caller, Task> follow)
    {
        var caller = context.Features.GetRequiredFeature<Caller>();
        if (!_seats.Take(caller))
        {
            context.Response.Headers.RetryAfter = "5";
            await Answers.Fail(context, ExitCode.Failed, "too many readers follow the events already; ask without follow, or later", StatusCodes.Status503ServiceUnavailable);
            return;
        }
        try
        {
            await follow(caller);
        }
        finally
        {
            _seats.Leave(caller);
        }
    }

    public async Task Explain(HttpContext context, CancellationToken cancel)
    {
        var text = context.Request.Path.Value![ExplainPrefix.Length..];
        if (!uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var term))
        {
            await Answers.Fail(context, ExitCode.Usage, $"\"{Printable.Of(text, 40)}\" is no term, expected a whole number such as /v1/explain/7");
            return;
        }
        var explanation = Explanation.Of(term, handlers.EventsAfter(0));
        if (explanation is null)
            await Answers.Fail(context, ExitCode.Failed, Explanation.NothingKept(term, handlers.EventsAfter(0)), StatusCodes.Status404NotFound);
        else
            await Answers.Stream(context, explanation, ReportJson.Default.ExplainReport);
    }

    public async Task CheckNow(HttpContext context, CancellationToken cancel) =>
        await Answers.Send(context, await RunChecks().WaitAsync(cancel), ReportJson.Default.IReadOnlyListCheckReport);

    public Task Config(HttpContext context, CancellationToken cancel) => Answers.Send(context, "text/plain; charset=utf-8", Redactor.Redact(handlers.ConfigText()));

    /// <summary>In the format that the reader likes best of the two; in the older one when it does not say.</summary>
    public async Task Metrics(HttpContext context, CancellationToken cancel)
    {
        var openMetrics = MetricsFormat.IsOpenMetrics(context.Request.Headers.Accept);
        context.Response.Headers.Vary = "Accept";
        await Answers.Send(context, openMetrics ? MetricsFormat.OpenMetrics : MetricsFormat.Text, await handlers.Metrics(openMetrics, cancel).WaitAsync(cancel));
    }

    public Task Healthz(HttpContext context, CancellationToken cancel)
    {
        var healthy = handlers.Healthy();
        context.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Answers.Send(context, "text/plain; charset=utf-8", healthy ? "ok\n" : "the decision loop does not turn\n");
    }

    public async Task Page(HttpContext context, CancellationToken cancel)
    {
        var status = await handlers.Status(cancel).WaitAsync(cancel);
        var events = handlers.EventsAfter(0);
        context.Response.Headers.ContentSecurityPolicy = PageAssets.Policy;
        await Answers.Send(context, "text/html; charset=utf-8", StatusPage.Render(status, events, DateTimeOffset.UtcNow, still: context.Request.Query.ContainsKey("still")));
    }

    /// <summary>What changes on the page, as it changes.</summary>
    public Task Live(HttpContext context, CancellationToken cancel) => Seated(context, _ => _live.Follow(context, cancel));

    /// <summary>Whoever asks while the checks run shares their result, so that asking often never means checking often.</summary>
    private Task<IReadOnlyList<CheckReport>> RunChecks()
    {
        lock (_checkLock)
        {
            if (_checking is not { IsCompleted: false })
                _checking = Run();
            return _checking;
        }

        async Task<IReadOnlyList<CheckReport>> Run()
        {
            using var limit = new CancellationTokenSource(6 * options.AnswerTimeout);
            return await handlers.CheckNow(limit.Token);
        }
    }

    private static bool Number(Microsoft.Extensions.Primitives.StringValues text, long missing, out long value)
    {
        value = missing;
        return text.Count == 0 || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
