using System.Globalization;
using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>
/// Why the floating IP moved, for somebody who has never read how the agents decide: "HAProxy on haproxy-1 was stopped". The causes of a release arrive as the phrases
/// that a peer's advert carries (<see cref="ReleaseCause"/>), so they are told from each other by their words.
/// </summary>
public static class PlainCause
{
    /// <summary>Between the node that gave up without ever having had the address, and its words.</summary>
    internal const string GaveUpInfix = " gave it up: ";

    private const string CheckPrefix = "check ", DownInfix = " is down: ", MaintenancePrefix = "in maintenance", PriorityInfix = " has priority ", PromotePrefix = "promote on ";

    /// <summary>The cause as a phrase that can stand alone.</summary>
    /// <param name="node">The node that the floating IP moved away from, or that cannot serve; null: it is not known.</param>
    public static string Of(Cause cause, string? node)
    {
        var where = node is not null && Words.IsNode(node) ? node : "the other node";
        return cause switch
        {
            Cause.OfRelease release => OfPhrase(ReleaseCause.Phrase(release), where),
            Cause.Heard { By: { } by } heard => OfPhrase(heard.Phrase, by),
            Cause.Heard heard => OfPhrase(heard.Phrase, where),
            Cause.MasterSilent c => $"{c.MasterNode} did not respond{(c.ServiceDown ? ", and its service is down" : "")}",
            Cause.PromotedHere => "an operator asked for it",
            Cause.NoMaster => "no node was in charge of it",
            Cause.AddressLeft => "somebody had moved it away",
            _ => CauseText.Of(cause),
        };
    }

    /// <summary>The phrase of a release, as <see cref="Of"/>.</summary>
    /// <param name="phrase">Of the wire or the journal; its end may be cut off.</param>
    public static string OfPhrase(string phrase, string node)
    {
        ArgumentNullException.ThrowIfNull(phrase);
        if (EndOfNode(phrase) is > 0 and var end)
            return OfPhrase(phrase[(end + GaveUpInfix.Length)..], phrase[..end]);
        var whole = WholeWords.Of(phrase);
        if (phrase.StartsWith(CheckPrefix, StringComparison.Ordinal) && phrase.IndexOf(DownInfix, StringComparison.Ordinal) is > 0 and var at)
            return OfCheck(phrase[CheckPrefix.Length..at], whole[Math.Min(at + DownInfix.Length, whole.Length)..], node);
        if (phrase.StartsWith(MaintenancePrefix, StringComparison.Ordinal))
            return $"{node} is {whole}";
        if (phrase.StartsWith(PromotePrefix, StringComparison.Ordinal))
            return $"an operator promoted {phrase[PromotePrefix.Length..]}";
        if (phrase.IndexOf(PriorityInfix, StringComparison.Ordinal) is > 0 and var name)
            return $"{phrase[..name]} has the higher priority";
        return phrase switch
        {
            "release by command" => "an operator released it",
            "the agent was stopped" => $"the agent on {node} was stopped",
            "its cloud API fails" => $"{node} cannot reach the cloud API",
            "its unit cannot be started" => $"the service on {node} cannot be started",
            "the cloud does not know its droplet" => $"the cloud does not know the droplet of {node}",
            "its lease ran out" => $"{node} could not renew its lease",
            "no answer since the move" => "clients got no answer there",
            "no check has answered yet" => $"no check on {node} has answered yet",
            ReleaseCause.FlapHold => "it was moved too often",
            _ when phrase.StartsWith("its claim had no result", StringComparison.Ordinal) => $"{node} could not get it",
            _ => whole,
        };
    }

    /// <summary>Somebody wanted it: nothing is broken, and nothing is to be repaired.</summary>
    public static bool IsPlanned(Cause? cause) => cause switch
    {
        Cause.PromotedHere or Cause.ReleaseOrdered or Cause.PromoteOrdered or Cause.Outranked or Cause.InMaintenance or Cause.Stopped => true,
        Cause.Heard heard => IsPlanned(heard.Phrase),
        _ => false,
    };

    /// <summary>As <see cref="IsPlanned(Cause?)"/>, of the phrase.</summary>
    public static bool IsPlanned(string? phrase) => phrase is not null && IsOrdered(EndOfNode(phrase) is > 0 and var end ? phrase[(end + GaveUpInfix.Length)..] : phrase);

    private static bool IsOrdered(string phrase) =>
        phrase is "release by command" or "the agent was stopped" || phrase.StartsWith(PromotePrefix, StringComparison.Ordinal)
        || phrase.StartsWith(MaintenancePrefix, StringComparison.Ordinal)
        || (phrase.IndexOf(PriorityInfix, StringComparison.Ordinal) is > 0 and var at && int.TryParse(phrase.AsSpan(at + PriorityInfix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    /// <summary>Where the name of the node ends that gave up; -1: the phrase names none.</summary>
    private static int EndOfNode(string phrase) =>
        phrase.IndexOf(GaveUpInfix, StringComparison.Ordinal) is > 0 and var end && phrase.IndexOf(' ') == end ? end : -1;

    private static string OfCheck(string check, string detail, string node)
    {
        var isHaProxy = string.Equals(check, "haproxy", StringComparison.OrdinalIgnoreCase);
        if (Fate(detail) is { } fate)
            return isHaProxy ? $"HAProxy on {node} {fate}" : $"the program that check {check} watches on {node} {fate}";
        var subject = isHaProxy ? $"HAProxy on {node}" : $"check {check} on {node}";
        return detail.Length == 0 || detail == "as before the restart" ? $"{subject} is down" : $"{subject} is down: {detail}";
    }

    /// <summary>What became of a process, by the words of the process checks; null: the detail speaks of something else.</summary>
    private static string? Fate(string detail)
    {
        if (detail.StartsWith("deactivating", StringComparison.Ordinal) || (detail.StartsWith("inactive", StringComparison.Ordinal) && !detail.Contains("no such unit", StringComparison.Ordinal)))
            return "was stopped";
        if (detail.StartsWith("crash loop", StringComparison.Ordinal))
            return "keeps crashing";
        if (detail.StartsWith("failed", StringComparison.Ordinal))
            return "failed";
        if (detail.StartsWith("not back within", StringComparison.Ordinal))
            return "ended and was not back in time";
        // Before 1.6.2 "pid 811 of /run/haproxy.pid is not running", which is longer than a phrase of the wire and may end with "of".
        return detail.Split(' ') is ["pid", _, "is", "gone" or "gone...", ..] or ["pid", _, "of", ..] or ["pid", _, "has", "exited" or "exited,", ..]
            ? "has ended"
            : null;
    }
}
