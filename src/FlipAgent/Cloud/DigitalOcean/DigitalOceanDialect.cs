using FlipAgent.Cloud.Api;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.DigitalOcean;

/// <summary>DigitalOcean's errors: the status code says what happened, the body is for people (API document, "Status Codes").</summary>
internal sealed class DigitalOceanDialect : ApiDialect
{
    public static DigitalOceanDialect Instance { get; } = new();

    public override string RequestHeader => "x-request-id";

    public override ApiError? ErrorIn(HttpAnswer http) =>
        http.IsJson && !http.IsSuccess && ApiAnswer.Parse(http, DigitalOceanJson.Default.ErrorAnswer) is { } error ? new(error.Id, error.Message, error.RequestId) : null;

    public override ApiStatus Judge(HttpAnswer http, int expected, ApiError? error) => http.Code switch
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
}
