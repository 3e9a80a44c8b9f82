using System.Text.Json.Nodes;

namespace FlipAgent.Lab.Web;

/// <summary>
/// How each fault looks on the wire. One table for all doors; only the errors' bodies differ, because the API speaks JSON and Slack and the
/// metadata service speak plain text.
/// </summary>
internal static class FaultAnswers
{
    /// <summary>What is answered in the place of the truth; null: the fault is not one that answers by itself.</summary>
    public static Answer? Instead(Fault fault, Answer? truth)
    {
        var slack = fault.On == FaultPoint.Slack;
        Answer Error(int status, string id, string message, string plain) => fault.On is FaultPoint.Slack or FaultPoint.Metadata
            ? Answer.Plain(status, fault.Message ?? plain)
            : Answer.Error(status, id, fault.Message ?? message);

        return fault.Kind switch
        {
            FaultKind.Unauthorized => Error(401, "unauthorized", "Unable to authenticate you.", "invalid_auth"),
            FaultKind.Forbidden => Error(403, "forbidden", "You do not have permission to perform this action.", "invalid_token"),
            FaultKind.NotFound => Error(404, "not_found", "The resource you requested could not be found.", slack ? "no_service" : "not found"),
            FaultKind.Conflict => Error(409, "conflict", "The request could not be completed due to a conflict.", "conflict"),
            FaultKind.Unprocessable => Error(422, "unprocessable_entity", "The request could not be processed.", "unprocessable"),
            FaultKind.RateBurst => Burst(Error(429, "too_many_requests", "API rate limit exceeded.", "rate_limited"), fault),
            FaultKind.RateHourly => Hourly(Error(429, "too_many_requests", "API rate limit exceeded.", "rate_limited"), fault),
            FaultKind.ServerError => Error(500, "server_error", "Unexpected server-side error", slack ? "rollup_error" : "error"),
            FaultKind.BadGateway => Html(502, "Bad gateway"),
            FaultKind.Unavailable => Error(503, "service_unavailable", "Service is currently unavailable.", "unavailable")
                .With("x-gateway", "Edge-Gateway").With("server", "cloudflare"),
            FaultKind.GatewayHtml => Html(504, "Gateway time-out"),
            FaultKind.Empty => new(200, "", Answer.Json),
            FaultKind.BrokenJson => new(200, """{"reserved_ip":{"ip":"203.0.113.10","droplet":{"id":31""", Answer.Json),
            FaultKind.OtherJson => new(200, """{"weather":["fair",{"wind":3}]}""", Answer.Json),
            FaultKind.Huge => new(200, $$"""{"padding":"{{new string('x', 300 * 1024)}}"}""", Answer.Json),
            FaultKind.Redirect => new Answer(302, "", Answer.Text).With("location", "http://127.0.0.1:1/elsewhere"),
            FaultKind.DropletNull when truth is { Status: 200 } => WithoutDroplet(truth),
            _ => null,
        };
    }

    /// <summary>What is done to the request itself stays undone under these.</summary>
    public static bool BeforeAcceptance(FaultKind kind) => kind is not (FaultKind.AcceptThenReset or FaultKind.AcceptThenDrop
        or FaultKind.AcceptThenHang or FaultKind.Drip or FaultKind.Delay or FaultKind.DropletNull
        or FaultKind.ActionErrored or FaultKind.ActionDone or FaultKind.ActionNotFound or FaultKind.ActionStuck);

    private static Answer Burst(Answer answer, Fault fault) =>
        answer.With("retry-after", $"{fault.RetryAfter}").With("ratelimit-remaining", "0");

    private static Answer Hourly(Answer answer, Fault fault) =>
        answer.With("ratelimit-remaining", "0").With("ratelimit-reset", $"{DateTimeOffset.UtcNow.AddSeconds(fault.ResetIn).ToUnixTimeSeconds()}");

    private static Answer Html(int status, string title) => new Answer(
        status,
        $"<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>{status}: {title}</title></head>\n<body><h1>{title}</h1></body>\n</html>\n",
        "text/html; charset=UTF-8").With("server", "cloudflare");

    private static Answer WithoutDroplet(Answer truth)
    {
        var body = JsonNode.Parse(truth.Body)!.AsObject();
        foreach (var (_, value) in body)
        {
            if (value is JsonObject ip && ip.ContainsKey("droplet"))
            {
                ip["droplet"] = null;
            }
        }

        return Answer.Of(truth.Status, body) with { Headers = truth.Headers };
    }
}
