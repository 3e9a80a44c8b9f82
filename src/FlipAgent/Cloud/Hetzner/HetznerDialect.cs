using FlipAgent.Cloud.Api;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Hetzner;

/// <summary>
/// Hetzner Cloud's errors: <c>error.code</c> says what happened and not the status, for 423 is "locked" or "protected" and 422 is many things (docs.hetzner.cloud, Errors). An
/// answer without a code comes from something in between, and is judged by its status as far as that can be.
/// </summary>
internal sealed class HetznerDialect : ApiDialect
{
    public static HetznerDialect Instance { get; } = new();

    public override string RequestHeader => "x-correlation-id";

    public override ApiError? ErrorIn(HttpAnswer http) =>
        http.IsJson && !http.IsSuccess && ApiAnswer.Parse(http, HetznerJson.Default.ErrorAnswer)?.Error is { } error ? new(error.Code, error.Message, null) : null;

    public override ApiStatus Judge(HttpAnswer http, int expected, ApiError? error) => error?.Code switch
    {
        null => JudgeStatus(http, expected),
        "unauthorized" => ApiStatus.Unauthorized,
        "forbidden" or "token_readonly" => ApiStatus.Forbidden,
        "not_found" => ApiStatus.NotFound,
        "rate_limit_exceeded" => ApiStatus.RateLimited,
        // Understood and not done: an action runs, the resource has just changed, it is there already, the request is wrong.
        "locked" or "conflict" or "floating_ip_assigned" or "protected" or "invalid_input" or "json_error" or "invalid_server_type" or "server_not_stopped"
            or "resource_in_use" or "uniqueness_error" or "unsupported_error" or "deprecated_api_endpoint" or "resource_limit_exceeded" => ApiStatus.Refused,
        // service_error, server_error, unavailable, maintenance, resource_unavailable, timeout, bad_gateway, and any word that is new: it may have been done.
        _ => ApiStatus.Failed,
    };

    private static ApiStatus JudgeStatus(HttpAnswer http, int expected) => http.Code switch
    {
        401 when http.IsJson || http.Body.IsEmpty => ApiStatus.Unauthorized,
        403 when http.IsJson || http.Body.IsEmpty => ApiStatus.Forbidden,
        429 => ApiStatus.RateLimited,
        _ when http.Code == expected && http.IsJson => ApiStatus.Ok,
        _ => ApiStatus.Failed,
    };
}
