using System.Globalization;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>How the values of a <see cref="StatusReport"/> read as words; the table of flipagentctl and the status page say the same.</summary>
internal static class StatusWords
{
    /// <summary>The configured priority, or <c>effective/configured</c> when a weighted check changes it.</summary>
    public static string Priority(NodeReport node) => node.EffectivePriority == node.Priority
        ? node.Priority.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{node.EffectivePriority}/{node.Priority}");

    /// <summary>The role, or <c>silent</c> for a node that was heard once and is not any more.</summary>
    public static string Role(NodeReport node) => node is { Role: "unknown", HeardS: not null } ? "silent" : node.Role;

    public static string Fit(NodeReport node) => node.Role == "unknown" ? "-" : node.Maintenance ? "maint" : node.Fit ? "yes" : "no";

    public static string Holds(StatusReport status, NodeReport node) => node.Holds || status.FloatingIp.Holder == node.Name ? "yes" : "-";

    public static string Heard(StatusReport status, NodeReport node) => node switch
    {
        _ when node.Name == status.Node => "-",
        { HeardS: { } seconds } => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        _ => "never",
    };

    /// <summary>How long ago the holder of an address was seen.</summary>
    public static string Seen(FloatingIpReport ip) => ip.HolderAgeS is { } age ? string.Create(CultureInfo.InvariantCulture, $"{age:0} s ago") : "never";

    /// <summary>What the node sees of the service through the floating IP; <c>-</c> where it has no guard or does not say.</summary>
    public static string Sees(NodeReport node) => node.Sees switch
    {
        null or "off" or "blind" => "-",
        "unknown" => "?",
        { } seen => seen,
    };

    public static string State(CheckReport check) => check switch
    {
        { Up: true, Degraded: true } => "degraded",
        { Up: true } => "up",
        { Up: false } => "down",
        _ => "-",
    };

    /// <summary>
    /// The agent's warnings, and what they do not say yet of adverts that do not count: "hearing haproxy-2, but its key is different" must never
    /// look like silence.
    /// </summary>
    public static IEnumerable<string> Warnings(StatusReport status) => status.Nodes
        .Where(node => node.Rejected is not null)
        .Where(node => !status.Warnings.Any(warning => warning.StartsWith($"hearing {node.Name},", StringComparison.Ordinal)))
        .Select(node => $"hearing {node.Name}, but {node.Rejected}")
        .Concat(status.Warnings);

    /// <summary>For how long a check has been in its <see cref="State"/>.</summary>
    public static string Since(CheckReport check, DateTimeOffset now) => Ago(now - (check.DegradedSince ?? check.Since));

    public static string Ago(TimeSpan time) => time switch
    {
        { TotalSeconds: < 0 } => "0 s ago",
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalSeconds):0} s ago"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalMinutes):0} min ago"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalHours):0} h ago"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalDays):0} d ago"),
    };

    /// <summary>The last move as one sentence.</summary>
    public static string Move(MoveReport move)
    {
        string?[] times = [Took("detect", move.DetectMs), Took("assign", move.AssignMs), Took("verify", move.VerifyMs)];
        var measured = string.Join(", ", times.OfType<string>());
        return string.Create(CultureInfo.InvariantCulture, $"{move.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z term {move.Term}: ")
            + $"{move.From} -> {move.To}{(Events.Headline.Took(move.DetectMs, move.AssignMs, move.VerifyMs, move.ClaimMs) is { } took ? $" in {Events.Headline.Time(took)}" : "")}, {move.Cause}{(measured.Length > 0 ? $" ({measured})" : "")}";
    }

    private static string? Took(string what, double? ms) => ms is null ? null : string.Create(CultureInfo.InvariantCulture, $"{what} {ms:0} ms");
}
