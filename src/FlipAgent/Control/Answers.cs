using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// Writes answers: JSON that ends in a line break (so that it looks right after curl), text, and the one shape that every failure has.
/// </summary>
internal static class Answers
{
    /// <summary>What is on its way to a reader at a time: the server takes a piece into its own memory as a whole, and only then waits for the reader.</summary>
    private const int Piece = 16 * 1024;

    public static byte[] Json<T>(T value, JsonTypeInfo<T> type) => [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];

    public static Task Send<T>(HttpContext context, T value, JsonTypeInfo<T> type) => Send(context, "application/json", Json(value, type));

    /// <summary>A long answer, made as the reader takes it: as a whole it would be in memory once for each reader, slow ones included. Its length is not known at its beginning.</summary>
    public static async Task Stream<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        SetHeaders(context.Response, "application/json");
        await JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
    }

    public static Task Send(HttpContext context, string contentType, string text) => Send(context, contentType, Encoding.UTF8.GetBytes(text));

    /// <summary>A failure, with the HTTP status that fits the exit code unless one is given.</summary>
    public static Task Fail(HttpContext context, int code, string error, int? status = null) =>
        Report(context, new CommandReport(false, code, "", error), status);

    public static Task Report(HttpContext context, CommandReport report, int? status = null)
    {
        context.Response.StatusCode = status ?? StatusOf(report.Code);
        return Send(context, report with { Text = Redactor.Redact(report.Text), Error = report.Error is { } error ? Redactor.Redact(error) : null }, ReportJson.Default.CommandReport);
    }

    private static async Task Send(HttpContext context, string contentType, byte[] body)
    {
        var response = context.Response;
        SetHeaders(response, contentType);
        response.ContentLength = body.Length;
        for (var sent = 0; sent < body.Length; sent += Piece)
            await response.Body.WriteAsync(body.AsMemory(sent, Math.Min(Piece, body.Length - sent)), context.RequestAborted);
    }

    private static void SetHeaders(HttpResponse response, string contentType)
    {
        response.ContentType = contentType;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
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
