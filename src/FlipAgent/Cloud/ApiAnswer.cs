using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud;

/// <summary>
/// What an answer of the API means. It is judged by its status code and by whether it has the form that was asked for, never by its wording (rule C3).
/// Whatever is not one of the few things that are understood leaves the outcome open.
/// </summary>
/// <param name="Detail">One phrase for people: code, the API's own words, request id. No secret.</param>
internal sealed record ApiAnswer(ApiStatus Status, HttpAnswer Http, TimeSpan? RetryAfter, string Detail)
{
    // No server may silence a node for longer (rule C5).
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(60);

    /// <param name="expected">The one status code that means success for this request.</param>
    public static ApiAnswer Of(HttpAnswer http, int expected)
    {
        if (http.Exchange != Exchange.Answered)
            return new(ApiStatus.Failed, http, null, http.Detail);
        var status = Judge(http, expected);
        var wait = status == ApiStatus.RateLimited
            ? Outbound.RetryAfter.Of(http.Headers, s_longestWait) ?? Outbound.RetryAfter.OfRateLimitReset(http.Headers, s_longestWait)
            : null;
        return new(status, http, wait, Describe(http, wait));
    }

    /// <summary>What may still be asked, by the headers; null: they do not say, or make no sense.</summary>
    public RateLimit? Left =>
        Http.Exchange == Exchange.Answered
        && Outbound.RetryAfter.Number(Http.Headers, "ratelimit-limit") is > 0 and <= int.MaxValue and var limit
        && Outbound.RetryAfter.Number(Http.Headers, "ratelimit-remaining") is >= 0 and var left && left <= limit
            ? new RateLimit(left, limit)
            : null;

    /// <summary>The cloud's number for this request; null: none came. Safe for a log line.</summary>
    public string? RequestId => Http.Exchange == Exchange.Answered ? RequestOf(Http, Read(DigitalOceanJson.Default.ErrorAnswer)) : null;

    /// <summary>The body, or null when it is not such a document.</summary>
    public T? Read<T>(JsonTypeInfo<T> type)
        where T : class => Http.IsJson ? Parse(Http, type) : null;

    /// <summary>The same answer, not believed.</summary>
    public ApiAnswer NotUnderstood(string why) => this with { Status = ApiStatus.Failed, RetryAfter = null, Detail = $"{why} ({Detail})" };

    private static ApiStatus Judge(HttpAnswer http, int expected) => http.Code switch
    {
        // An edge between us and the API (Cloudflare) answers 4xx with HTML of its own: that says nothing about token or address.
        401 when http.IsJson || http.Body.IsEmpty => ApiStatus.Unauthorized,
        403 when http.IsJson || http.Body.IsEmpty => ApiStatus.Forbidden,
        404 when http.IsJson => ApiStatus.NotFound,
        // Whoever sends it, slowing down is right.
        429 => ApiStatus.RateLimited,
        _ when http.Code == expected && http.IsJson => ApiStatus.Ok,
        // 408 and 425 speak of this attempt, and of no other.
        >= 400 and < 500 and not (401 or 403 or 404 or 408 or 425) => ApiStatus.Refused,
        _ => ApiStatus.Failed,
    };

    private static string Describe(HttpAnswer http, TimeSpan? wait)
    {
        var error = http.IsJson && !http.IsSuccess ? Parse(http, DigitalOceanJson.Default.ErrorAnswer) : null;
        var text = http.Code.ToString();
        if (!http.IsJson)
            text += http.Body.IsEmpty ? ", empty" : $", {Plain(http.MediaType ?? "no content type", 40)}";
        if (error?.Id is { } id)
            text += $" {Plain(id, 40)}";
        if (error?.Message is { } message)
            text += $": {Plain(message, 160)}";
        if (wait is { } w)
            text += $", retry after {w.TotalSeconds:0} s";
        var request = RequestOf(http, error);
        return request is null ? text : $"{text}, request {request}";
    }

    private static string? RequestOf(HttpAnswer http, ErrorAnswer? error)
    {
        var request = http.Headers is { } h && h.TryGetValues("x-request-id", out var values) ? values.FirstOrDefault() : error?.RequestId;
        return request is null ? null : Plain(request, 64);
    }

    private static T? Parse<T>(HttpAnswer http, JsonTypeInfo<T> type)
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

    /// <summary>Text from outside, safe for a log line: printable ASCII, cut to a length.</summary>
    private static string Plain(string text, int most)
    {
        var cut = text.Length <= most ? text : text[..most];
        return string.Create(cut.Length, cut, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        });
    }
}
