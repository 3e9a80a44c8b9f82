using FlipAgent.Config;
using FlipAgent.Supervision;

namespace FlipAgent.Alerts;

/// <summary>Makes a sink of what the configuration says of it.</summary>
/// <param name="secret">The present content of a secret file, by its path; null: missing, empty or refused. Read for each delivery, from any thread.</param>
/// <param name="pace">The pace of a sink that leaves this gap between two deliveries.</param>
internal sealed class SinkFactory(Func<string, string?> secret, AlertText words, Func<TimeSpan, SinkPace> pace, ILogger log, Supervisor supervisor)
{
    /// <param name="number">Its place in `alerts`, from 1; names a webhook whose URL is a secret.</param>
    public OpenSink Open(SinkConfig config, int number)
    {
        var own = words with { RunbookUrl = config.RunbookUrl };
        switch (config)
        {
            case SinkConfig.Slack slack:
                var toSlack = new SlackSink(new WebPost(() => secret(slack.WebhookUrlFile)), own);
                return new(config, new SinkLoop($"slack ({slack.WebhookUrlFile})", words.Node, toSlack.Deliver, pace(SlackSink.Gap), log, supervisor), toSlack);
            case SinkConfig.Webhook hook:
                var url = hook.Url?.OriginalString;
                var key = hook.HmacKeyFile;
                var post = new WebPost(hook.UrlFile is { } file ? () => secret(file) : () => url);
                var toHook = new WebhookSink(post, own, key is null ? null : () => secret(key));
                return new(config, new SinkLoop($"webhook ({hook.UrlFile ?? $"alerts entry {number}"})", words.Node, toHook.Deliver, pace(TimeSpan.Zero), log, supervisor), toHook);
            case SinkConfig.Exec exec:
                var program = new ExecSink(exec.Argv, exec.Timeout, own);
                return new(config, new SinkLoop($"exec ({exec.Argv[0]})", words.Node, program.Deliver, pace(TimeSpan.Zero), log, supervisor), null);
            case SinkConfig.Email email:
                var mail = new EmailSink(email, own);
                return new(config, new SinkLoop($"email ({email.Mailer})", words.Node, mail.Deliver, pace(EmailSink.Gap), log, supervisor), null);
            default:
                throw new InvalidOperationException($"sink {config.GetType().Name}");
        }
    }
}
