using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>The words for values of closed sets, and the parts that sentences share.</summary>
public static class Words
{
    /// <summary>The reason as a phrase that can follow "hearing haproxy-2, but".</summary>
    public static string Of(Rejection reason) => reason switch
    {
        Rejection.Malformed => "its datagrams cannot be read",
        Rejection.WrongVersion => "its protocol version is different",
        Rejection.WrongCluster => "its cluster name is different",
        Rejection.UnknownKey => "its key is unknown here",
        Rejection.BadMac => "its key is different",
        Rejection.UnknownSender => "it is not a node of this cluster",
        Rejection.WrongNode => "its name does not belong to its address",
        Rejection.DuplicateNode => "it uses the name of another node",
        Rejection.Replay => "its adverts are replays of old ones",
        Rejection.Stale => "its session is older than its last",
        Rejection.Flooded => "it sends far too much",
        Rejection.WrongPort => "datagrams from its address come from another port",
        Rejection.Uncounted => "it has not answered this node yet: what this node sends may not arrive there",
        Rejection.Translated => "its adverts arrive from another address",
        Rejection.Late => "its adverts are old: it says that it hears this node, but answers none of this node's questions",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>The role as a word, as it stands in the status.</summary>
    public static string Of(Role role) => role switch
    {
        Role.Starting => "starting",
        Role.Backup => "backup",
        Role.Master => "master",
        Role.Fault => "fault",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    /// <summary>As durations are written in the configuration: 2h, 90m, 45s.</summary>
    internal static string Of(TimeSpan length) =>
        length.Ticks % TimeSpan.TicksPerHour == 0 ? $"{length.TotalHours:0}h"
        : length.Ticks % TimeSpan.TicksPerMinute == 0 ? $"{length.TotalMinutes:0}m"
        : $"{length.TotalSeconds:0.###}s";

    /// <summary>At most three by name: A, B and C, or A, B and 3 more.</summary>
    internal static string List(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "the floating IP",
        1 => names[0],
        2 => $"{names[0]} and {names[1]}",
        3 => $"{names[0]}, {names[1]} and {names[2]}",
        _ => $"{names[0]}, {names[1]} and {names.Count - 2} more",
    };

    /// <summary>What comes before the place where they are.</summary>
    internal static string AreAt(IReadOnlyList<string> addresses) => $"{List(addresses)} {(addresses.Count > 1 ? "are" : "is")} at";

    /// <summary>A claim that has nothing to ask for: the address was last seen at the node that claims it, and no lookup has been answered since.</summary>
    internal static bool IsUnseen(Event e) => e.Cause is Cause.NotAccepted && e.Holder == e.Node;

    /// <summary>So many nodes.</summary>
    internal static string Nodes(int? count) => count == 1 ? "1 node" : $"{count} nodes";

    /// <summary>Whole seconds.</summary>
    internal static string Seconds(TimeSpan? length) => $"{length?.TotalSeconds:0}";

    /// <summary>False for the core's words for a holder that is no node.</summary>
    internal static bool IsNode(string holder) => holder is not ("nobody" or "unknown" or "other");

    /// <summary>Who holds the floating IP, to follow "at" or "from".</summary>
    internal static string Place(string? holder) => holder switch
    {
        "unknown" or null => "an unknown holder",
        "other" => "a server that is not a node",
        "nobody" => "no node",
        _ => holder,
    };

    internal static string InMaintenance(string node, TimeSpan? length, string? reason) =>
        $"{node} is in maintenance{(length is { } l ? $" for {Of(l)}" : "")}{(reason is { Length: > 0 } ? $": {reason}" : "")}";
}
