using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// Writes answers: JSON that ends in a line break (so that it looks right after curl), text, and the one shape that every failure has.
/// </summary>
internal static class Answers
{
    public static byte[] Json<T>(T value, JsonTypeInfo<T> type) => [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];

    public static Task Send<T>(HttpContext context, T value, JsonTypeInfo<T> type) => Send(context, "application/json", Json(value, type));

    public static Task Send(HttpContext context, string contentType, string text) => Send(context, contentType, Encoding.UTF8.GetBytes(text));

    /// <summary>A failure, with the HTTP status that fits the exit code unless one is given.</summary>
    public static Task Fail(HttpContext context, int code, string error, int? status = null) =>
        Report(context, new CommandReport(false, code, "", error), status);

    public static Task Report(HttpContext context, CommandReport report, int? status = null)
    {
        context.Response.StatusCode = status ?? StatusOf(report.Code);
        return Send(context, report, ReportJson.Default.CommandReport);
    }

    private static Task Send(HttpContext context, string contentType, byte[] body)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static int StatusOf(int code) => code switch
    {
        ExitCode.Done => StatusCodes.Status200OK,
        ExitCode.Usage => StatusCodes.Status400BadRequest,
        ExitCode.Permission => StatusCodes.Status403Forbidden,
        ExitCode.Refused => StatusCodes.Status409Conflict,
        ExitCode.Unknown => StatusCodes.Status504GatewayTimeout,
        ExitCode.ConfigInvalid => StatusCodes.Status422UnprocessableEntity,
        _ => StatusCodes.Status500InternalServerError,
    };
}
