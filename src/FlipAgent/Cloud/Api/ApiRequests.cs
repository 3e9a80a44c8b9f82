using System.Diagnostics;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Outbound;
using Polly;
using Polly.Retry;

namespace FlipAgent.Cloud.Api;

/// <summary>
/// One request to the API with all that every request needs: token, clock, counters. A refused token is read again and, when it has changed, used at once
/// (a rotation costs nothing: 401 and 403 mean that nothing was done). One that lacks a right is read again before each request: what it may do works as ever, and would keep it in use. A read whose connection breaks is asked again once on a new connection; a write never is.
/// </summary>
internal sealed class ApiRequests(HttpLine line, ProviderGround ground, ApiCounters counters, ApiDialect dialect) : IDisposable
{
    private static readonly ResiliencePipeline<Stamped> s_reads = new ResiliencePipelineBuilder<Stamped>()
        .AddRetry(new RetryStrategyOptions<Stamped>
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.Zero,
            ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result?.Answer.Http.Exchange == Exchange.Broken),
        })
        .Build();

    /// <summary>The token that lacked a right last.</summary>
    private ApiToken _lacking;

    /// <summary>The way to the API of a configuration, through its proxy where it has one.</summary>
    public static HttpLine LineTo(FloatingIpConfig floatingIp, ProviderGround ground, out AddressBook book)
    {
        // Behind a proxy the names of the outside may not be known at all.
        var proxy = floatingIp.ApiUrl.Scheme == Uri.UriSchemeHttps ? floatingIp.HttpsProxy : null;
        var file = ground.StateDir is null || proxy is not null ? null : Path.Combine(ground.StateDir, "api-addresses");
        book = new AddressBook((proxy ?? floatingIp.ApiUrl).IdnHost, file, new NameLookup(ground.LookUp));
        return new HttpLine(floatingIp.ApiUrl, book, from: null, ground.Roots, proxy);
    }

    /// <summary>How far the connection that is being made has come; null: none is being made.</summary>
    public string? Stage => line.Stage;

    public TimeSpan Now() => ground.Now();

    /// <summary>A connection is kept open for the next request, whenever that comes.</summary>
    public void KeepSpare(Action unreachable) => line.KeepSpare(unreachable);

    public async Task<Stamped> Get(string operation, string path, CancellationToken cancel)
    {
        return await s_reads.ExecuteAsync(
            async c => await WithToken(t => Once(operation, HttpMethod.Get, path, t, null, 200, c)).ConfigureAwait(false), cancel).ConfigureAwait(false);
    }

    /// <param name="mayStill">Asked when the connection stands, right before the body goes out; no: nothing is sent.</param>
    public Task<Stamped> Post(string operation, string path, byte[] body, Func<bool> mayStill, CancellationToken cancel) =>
        WithToken(t => Once(operation, HttpMethod.Post, path, t, new Payload(body, mayStill), 201, cancel));

    /// <summary>What a caller says that could not even ask.</summary>
    public Stamped Unasked(ApiStatus status, string why) =>
        new(new ApiAnswer(status, new HttpAnswer(Exchange.Unreachable, why), null, why), ground.Now(), new ApiToken(ground.Token()));

    public void Dispose() => line.Dispose();

    private async Task<Stamped> WithToken(Func<ApiToken, Task<Stamped>> send)
    {
        var first = new ApiToken(ground.Token());
        if ((!first.IsUsable && first.IsOneWord) || (first.IsUsable && first.Equals(_lacking)))
        {
            // The cloud would refuse it, and the file is read again for that.
            ground.TokenRefused();
            first = new ApiToken(ground.Token());
        }
        if (!first.IsUsable)
            return new(new ApiAnswer(ApiStatus.Unauthorized, new HttpAnswer(Exchange.Unreachable, first.Problem), null, first.Problem), ground.Now(), first);
        var answer = await send(first).ConfigureAwait(false);
        if (answer.Answer.Status is not (ApiStatus.Unauthorized or ApiStatus.Forbidden))
            return answer;
        if (answer.Answer.Status == ApiStatus.Forbidden)
            _lacking = first;
        ground.TokenRefused();
        var second = new ApiToken(ground.Token());
        return second.IsUsable && !second.Equals(first) ? await send(second).ConfigureAwait(false) : answer;
    }

    private async Task<Stamped> Once(
        string operation, HttpMethod method, string path, ApiToken t, Payload? payload, int expected, CancellationToken cancel)
    {
        var sentAt = ground.Now();
        var started = Stopwatch.GetTimestamp();
        using var content = payload is null ? null : new GatedContent(payload.Body, () =>
        {
            sentAt = ground.Now();
            return payload.MayStill();
        });
        var http = await line.Send(method, path, t.AddTo, content, cancel).ConfigureAwait(false);
        if (http.Exchange != Exchange.Withheld)
            counters.Count(operation, http, Stopwatch.GetElapsedTime(started));
        return new(ApiAnswer.Of(http, expected, dialect), sentAt, t);
    }

    private sealed record Payload(byte[] Body, Func<bool> MayStill);

    /// <param name="SentAt">Right before it was sent, so that what the answer shows is at least as old.</param>
    /// <param name="Token">The one it was sent with.</param>
    internal sealed record Stamped(ApiAnswer Answer, TimeSpan SentAt, ApiToken Token);
}
