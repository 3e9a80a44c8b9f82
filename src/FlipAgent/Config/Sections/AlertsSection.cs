using System.Collections.Immutable;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>The list <c>alerts</c>: whom to tell. Each item is one sink, named by its key.</summary>
internal static class AlertsSection
{
    public static readonly TimeSpan DefaultExecTimeout = TimeSpan.FromSeconds(5);

    private static readonly ImmutableArray<string> s_kinds = ["slack", "webhook", "exec", "email", "heartbeat"];

    private const int MaxRecipients = 20;

    private const string Mail = "/usr/sbin/sendmail";

    /// <param name="heartbeat">An item of the list too, but no sink: it tells of nothing. Null: there is none.</param>
    public static ImmutableArray<SinkConfig> Read(Section root, out HeartbeatConfig? heartbeat)
    {
        heartbeat = null;
        var sinks = ImmutableArray.CreateBuilder<SinkConfig>();
        foreach (var item in root.Sections("alerts", false, "{slack: {webhook_url_file: /etc/flipagent/slack-webhook}}"))
        {
            var given = s_kinds.Where(item.Has).ToArray();
            if (given.Length != 1)
            {
                var found = given.Length == 0 ? "no sink" : string.Join(" and ", given);
                item.Diagnostics.Error(item.At, $"alerts: an item has {found}; expected one of {string.Join(", ", s_kinds)}");
            }

            var timeout = item.Optional("timeout", Duration.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)), DefaultExecTimeout);
            if (item.Has("timeout") && !given.Contains("exec") && !given.Contains("email"))
                item.Diagnostics.Error(item.KeyOf("timeout"), "alerts.timeout goes with exec and email only; expected it left out here");
            var runbook = item.Optional<string?>("runbook_url", Runbook, null);
            if (given is ["heartbeat"])
            {
                if (heartbeat is not null)
                    item.Diagnostics.Error(item.KeyOf("heartbeat"), "alerts.heartbeat is there a second time; expected one for the cluster");
                heartbeat = HeartbeatSection.Read(item);
            }
            else if (given.Length == 1)
                sinks.Add(given[0] switch
                {
                    "slack" => Slack(item) with { RunbookUrl = runbook },
                    "webhook" => Webhook(item) with { RunbookUrl = runbook },
                    "email" => Email(item, timeout) with { RunbookUrl = runbook },
                    _ => new SinkConfig.Exec(item.Argv("exec"), timeout) { RunbookUrl = runbook },
                });
            item.Done();
        }

        return sinks.ToImmutable();
    }

    private static SinkConfig.Slack Slack(Section item)
    {
        var slack = item.Child("slack");
        var file = slack.Broken
            ? ""
            : slack.Required<string>("webhook_url_file", "the file with the URL of the incoming webhook", SecretName.Parse, "");
        slack.Done();
        return new SinkConfig.Slack(file);
    }

    private static SinkConfig.Webhook Webhook(Section item)
    {
        var webhook = item.Child("webhook");
        var (url, urlFile) = UrlOrFile(webhook);
        if (url is not null && Urls.IsOpenToOthers(url))
            webhook.Diagnostics.Warn($"alerts.webhook.url is http:// to {url.Host}: alerts can be read on the way");
        var key = webhook.Optional<string?>("hmac_key_file", SecretFileName, null);
        webhook.Done();
        return new SinkConfig.Webhook(url, urlFile, key);
    }

    /// <summary>The keys <c>url</c> and <c>url_file</c>, of which there must be one.</summary>
    internal static (Uri? Url, string? UrlFile) UrlOrFile(Section section)
    {
        var url = section.Optional<Uri?>("url", PlainUrl, null);
        var urlFile = section.Optional<string?>("url_file", SecretFileName, null);
        if (section.Has("url") == section.Has("url_file") && !section.Broken)
        {
            var found = section.Has("url") ? "both url and url_file" : "no URL";
            section.Diagnostics.Error(section.At, $"{section.Path} has {found}; expected one of url, url_file");
        }
        return (url, urlFile);
    }

    private static SinkConfig.Email Email(Section item, TimeSpan timeout)
    {
        var email = item.Child("email");
        var to = email.OneOrMore<string>("to", MailAddress.Parse, "");
        if (to.IsEmpty && !email.Broken)
            email.Diagnostics.Error(email.At, "alerts.email: to is missing; expected who gets the mail, such as ops@example.com");
        if (to.Length > MaxRecipients)
            email.Error("to", $"has {to.Length} addresses; expected at most {MaxRecipients} (a mailing list reaches more)");
        var from = email.Optional<string?>("from", Sender, null);
        var program = email.Optional("program", Scalars.AbsolutePath, Mail);
        email.Done();
        return new SinkConfig.Email(to, from, program, timeout);
    }

    private static string? Sender(string text, out string? value)
    {
        var complaint = MailAddress.Parse(text, out var address);
        value = address;
        return complaint;
    }

    /// <summary>A link for people, which may have a fragment, and <c>{event}</c> in place of the kind of event.</summary>
    private static string? Runbook(string text, out string? value)
    {
        const string Expected = "expected one such as https://wiki.example.com/flipagent#{event}";
        value = text;
        var plain = text.Replace("{event}", "event", StringComparison.Ordinal);
        if (Echo.IsSecretLike(text))
            return $"holds a secret, and is shown to everybody who gets an alert; {Expected}";
        if (text.Length > 500)
            return $"has {text.Length} characters; expected at most 500";
        if (plain.Any(c => !char.IsBetween(c, '!', '~') || c is '<' or '>' or '"' or '|' or '\\' or '^' or '`' or '{' or '}'))
            return $"has a character that no URL has, or something else in braces than {{event}}; {Expected}";
        return Urls.Web(plain.Split('#')[0], out _);
    }

    private static string? PlainUrl(string text, out Uri? value)
    {
        value = null;
        if (Echo.IsSecretLike(text))
            return "holds a secret; expected url_file and the URL in that file";
        var complaint = Urls.Web(text, out var url);
        value = url;
        return complaint;
    }

    private static string? SecretFileName(string text, out string? value)
    {
        var complaint = SecretName.Parse(text, out var name);
        value = name;
        return complaint;
    }
}
