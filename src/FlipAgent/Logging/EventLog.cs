using System.Net;
using System.Runtime.CompilerServices;
using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Logging;

/// <summary>
/// Turns an event of the core into a log entry: the sentence for people, and the same facts once more as fields for machines, under the
/// event's fixed number. <c>journalctl FLIPAGENT_EVENT=became-master</c> finds every promotion.
/// </summary>
public static class EventLog
{
    /// <param name="node">This node's name.</param>
    /// <param name="fip">The floating IP.</param>
    public static void Write(
        ILogger logger, Announcement announcement, string node, IPAddress fip,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentNullException.ThrowIfNull(announcement);
        ArgumentNullException.ThrowIfNull(fip);
        var e = announcement.Event;
        var level = Level(e.Severity);
        if (!logger.IsEnabled(level))
        {
            return;
        }

        var fields = new List<KeyValuePair<string, object?>>(24)
        {
            new("Event", EventIds.Name(e.Kind)),
            new("Node", node),
            new("Term", e.Term),
            new("Fip", fip.ToString()),
        };
        AddFacts(fields, announcement);
        fields.Add(new(LogFields.MessageId, EventIds.Of(e.Kind)));
        fields.Add(new(LogFields.CodeFile, Path.GetFileName(file)));
        fields.Add(new(LogFields.CodeLine, line));
        fields.Add(new(LogFields.CodeFunc, member));
        fields.Add(new(LogFields.Text, announcement.Text));
        fields.Add(new("{OriginalFormat}", "{Text}"));
        logger.Log(level, new EventId((int)e.Kind, e.Kind.ToString()), fields, null, static (state, _) => (string)state[^2].Value!);
    }

    private static void AddFacts(List<KeyValuePair<string, object?>> fields, Announcement announcement)
    {
        var (e, _, cause, next) = announcement;
        Add("RoleFrom", Word(e.RoleFrom));
        Add("RoleTo", Word(e.RoleTo));
        Add("Peer", e.Peer);
        Add("Owner", e.Holder);
        Add("From", e.From);
        Add("Cause", cause);
        Add("Next", next);
        Add("ActionId", e.ActionId);
        Add("RequestId", e.RequestId);
        Add("DetectMs", e.Detect?.TotalMilliseconds);
        Add("AssignMs", e.Assign?.TotalMilliseconds);
        Add("VerifyMs", e.Verify?.TotalMilliseconds);
        Add("DurationMs", e.Duration?.TotalMilliseconds);

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                fields.Add(new(name, value));
            }
        }
    }

    private static string? Word(Role? role) => role?.ToString().ToLowerInvariant();

    private static LogLevel Level(Severity severity) => severity switch
    {
        Severity.Critical => LogLevel.Critical,
        Severity.Warning => LogLevel.Warning,
        _ => LogLevel.Information,
    };
}
