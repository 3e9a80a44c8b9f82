using System.Collections.Immutable;

namespace FlipAgent.Config;

/// <summary>Where alerts go (docs/alerts.md).</summary>
public abstract record SinkConfig
{
    private SinkConfig()
    {
    }

    /// <summary>Where the operator's instructions stand; <c>{event}</c> in it is replaced by the kind of event. Null: nowhere.</summary>
    public string? RunbookUrl { get; init; }

    /// <summary>What it runs, the program first; empty: nothing.</summary>
    internal virtual ImmutableArray<string> Command => [];

    /// <summary>The files of its secrets, with the keys that name them.</summary>
    internal virtual IEnumerable<(string Key, string File)> Secrets => [];

    public sealed record Slack(string WebhookUrlFile) : SinkConfig
    {
        internal override IEnumerable<(string Key, string File)> Secrets => [("webhook_url_file", WebhookUrlFile)];
    }

    /// <param name="UrlFile">File with the URL, which may hold a secret; or null when <paramref name="Url"/> is given.</param>
    /// <param name="HmacKeyFile">Key of the signature header; null: unsigned.</param>
    public sealed record Webhook(Uri? Url, string? UrlFile, string? HmacKeyFile) : SinkConfig
    {
        internal override IEnumerable<(string Key, string File)> Secrets
        {
            get
            {
                if (UrlFile is { } url)
                    yield return ("url_file", url);
                if (HmacKeyFile is { } key)
                    yield return ("hmac_key_file", key);
            }
        }
    }

    /// <param name="Argv">The program and its arguments; at least the program.</param>
    /// <param name="Timeout">How long it may run, 100 ms to 1 min.</param>
    public sealed record Exec(ImmutableArray<string> Argv, TimeSpan Timeout) : SinkConfig
    {
        internal override ImmutableArray<string> Command => Argv;
    }

    /// <param name="To">Mail addresses, 1 to 20.</param>
    /// <param name="From">The sender; null: the mail program fills it in.</param>
    /// <param name="Mailer">The machine's mail program, which takes a message on its standard input.</param>
    /// <param name="Timeout">How long it may run, 100 ms to 1 min.</param>
    public sealed record Email(ImmutableArray<string> To, string? From, string Mailer, TimeSpan Timeout) : SinkConfig
    {
        internal override ImmutableArray<string> Command => [Mailer];
    }
}
