using System.Text.Json;
using FlipAgent.Outbound;
using FlipAgent.Redaction;

namespace FlipAgent.Alerts;

/// <summary>
/// Whether a success is one: a portal or a proxy answers 200 with its login page, and some services answer 200 with an error in it. An alert that ended there
/// has reached nobody.
/// </summary>
internal static class Receipt
{
    /// <summary>Slack answers the two letters ok, in plain text (docs.slack.dev, incoming webhooks).</summary>
    private static readonly string[] s_slack = ["hooks.slack.com", "hooks.slack-gov.com"];

    private static readonly string[] s_page = ["<!doctype html", "<html", "<head", "<body", "<form"];
    private static readonly string[] s_failures = ["error", "fail", "failed", "failure"];

    /// <summary>Null: it is delivered; otherwise why it is not, as a phrase without any URL.</summary>
    /// <param name="answer">With a status code of success.</param>
    /// <param name="host">Who was asked.</param>
    public static string? Objection(HttpAnswer answer, string host)
    {
        if (answer.Exchange == Exchange.TooLarge)
            return $"{answer.Code}, but with {answer.Detail}: that is no receiver of alerts";
        var text = answer.Text.Trim().TrimStart('\uFEFF');
        var start = text[..Math.Min(text.Length, 2048)];
        if (start.StartsWith('<') && s_page.Any(word => start.Contains(word, StringComparison.OrdinalIgnoreCase)))
            return $"{answer.Code}, but with a web page, such as that of a login or of a proxy";
        if (text.StartsWith('{') && OfJson(answer) is { } error)
            return $"{answer.Code}, but {error}";
        return s_slack.Contains(host, StringComparer.OrdinalIgnoreCase) && text != "ok" ? $"{answer.Code}, but not with the ok that Slack answers" : null;
    }

    private static string? OfJson(HttpAnswer answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            foreach (var field in document.RootElement.EnumerateObject())
                if (IsFailure(field))
                    return $"the answer says \"{field.Name}\":{field.Value.GetRawText()}{Reason(document.RootElement)}";
        }
        catch (JsonException)
        {
            // It only looked like JSON; what a receiver writes into a success is its own affair.
        }
        return null;
    }

    private static bool IsFailure(JsonProperty field) => NameOf(field)?.ToLowerInvariant() switch
    {
        "ok" or "success" => field.Value.ValueKind == JsonValueKind.False || TextOf(field.Value) == "false",
        "status" or "result" => s_failures.Contains(TextOf(field.Value)?.ToLowerInvariant()),
        _ => false,
    };

    /// <summary>One word such as invalid_auth; anything longer could repeat what was sent.</summary>
    private static string Reason(JsonElement root)
    {
        foreach (var field in root.EnumerateObject())
            if (NameOf(field) == "error" && TextOf(field.Value) is { Length: > 0 and <= 40 } word && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
                return $" ({word})";
        return "";
    }

    private static string? NameOf(JsonProperty field) => JsonText.Of(() => field.Name);

    private static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? JsonText.Of(value.GetString) : null;
}
