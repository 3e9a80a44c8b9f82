using FlipAgent.Config;

namespace FlipAgent.Alerts;

/// <summary>
/// Hands each alert as a mail to the machine's mail program, which knows where mail goes: <c>sendmail -t -i</c> is what every mail server for Linux has. The recipients
/// stand in the message, so nothing of an alert is ever an argument.
/// </summary>
internal sealed class EmailSink(SinkConfig.Email config, AlertText words)
{
    /// <summary>A mailbox is no chat: a burst is spread.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    // Postfix tries again for ever when it cannot write to its queue, and says nothing.
    private const string Advice = "; a mail program that needs rights of its own (Postfix, Exim) cannot have them here: docs/alerts.md, \"email\"";

    private readonly SinkProgram _program = new([config.Mailer, "-t", "-i"], config.Timeout);

    public Task<Delivery> Deliver(Alert alert, CancellationToken cancel) => _program.Run(MailMessage.Of(alert, words, config), cancel, Advice);
}
