using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Api;

/// <summary>
/// What an answer of the API means. It is judged by its status code and by whether it has the form that was asked for, never by its wording (rule C3).
/// Whatever is not one of the few things that are understood leaves the outcome open.
/// </summary>
/// <param name="Detail">One phrase for people: code, the API's own words, request id. No secret.</param>
internal sealed record ApiAnswer(ApiStatus Status, HttpAnswer Http, TimeSpan? RetryAfter, string Detail)
{
    /// <summary>What the API says of a request that it did not do; null: nothing that can be read.</summary>
    public ApiError? Error { get; private init; }

    // No server may silence a node for longer (rule C5).
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(60);

    /// <param name="expected">The one status code that means success for this request.</param>
    public static ApiAnswer Of(HttpAnswer http, int expected, ApiDialect dialect)
    {
        if (http.Exchange != Exchange.Answered)
            return new(ApiStatus.Failed, http, null, http.Detail);
        var error = dialect.ErrorIn(http);
        var status = dialect.Judge(http, expected, error);
        var wait = status == ApiStatus.RateLimited
            ? Outbound.RetryAfter.Of(http.Headers, s_longestWait) ?? Outbound.RetryAfter.OfRateLimitReset(http.Headers, s_longestWait)
            : null;
        var request = RequestOf(http, dialect, error);
        return new(status, http, wait, Describe(http, error, wait, request)) { Error = error, RequestId = request };
    }

    /// <summary>What may still be asked, by the headers; null: they do not say, or make no sense.</summary>
    public RateLimit? Left =>
        Http.Exchange == Exchange.Answered
        && Outbound.RetryAfter.Number(Http.Headers, "ratelimit-limit") is > 0 and <= int.MaxValue and var limit
        && Outbound.RetryAfter.Number(Http.Headers, "ratelimit-remaining") is >= 0 and var left && left <= limit
            ? new RateLimit(left, limit)
            : null;

    /// <summary>The cloud's number for this request; null: none came. Safe for a log line.</summary>
    public string? RequestId { get; private init; }

    /// <summary>The body, or null when it is not such a document.</summary>
    public T? Read<T>(JsonTypeInfo<T> type)
        where T : class => Http.IsJson ? Parse(Http, type) : null;

    /// <summary>The answer was read and shows that what was looked for is not there.</summary>
    public ApiAnswer NotThere(string what) => this with { Status = ApiStatus.NotFound, Detail = $"{what} ({Detail})" };

    /// <summary>The same answer, not believed.</summary>
    public ApiAnswer NotUnderstood(string why) => this with { Status = ApiStatus.Failed, RetryAfter = null, Detail = $"{why} ({Detail})" };

    private static string Describe(HttpAnswer http, ApiError? error, TimeSpan? wait, string? request)
    {
        var text = http.Code.ToString();
        if (!http.IsJson)
            text += http.Body.IsEmpty ? ", empty" : $", {PlainText.Of(http.MediaType ?? "no content type", 40)}";
        if (error?.Code is { } code)
            text += $" {PlainText.Of(code, 40)}";
        if (error?.Message is { } message)
            text += $": {PlainText.Of(message, 160)}";
        if (wait is { } w)
            text += $", retry after {w.TotalSeconds:0} s";
        return request is null ? text : $"{text}, request {request}";
    }

    private static string? RequestOf(HttpAnswer http, ApiDialect dialect, ApiError? error)
    {
        var request = http.Headers is { } h && h.TryGetValues(dialect.RequestHeader, out var values) ? values.FirstOrDefault() : error?.RequestId;
        return request is null ? null : PlainText.Of(request, 64);
    }

    /// <summary>The body of an answer, or null when it is not such a document.</summary>
    public static T? Parse<T>(HttpAnswer http, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(http.Body.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
