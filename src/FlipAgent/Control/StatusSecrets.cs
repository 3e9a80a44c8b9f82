using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>
/// The status without any secret that this process has read. What the checks and the cloud say comes without one already; here is what other nodes (an older one does not search its texts),
/// the store, the guard and people say, and everything that is made of it.
/// </summary>
internal static class StatusSecrets
{
    public static StatusReport Redacted(StatusReport status) => status with
    {
        Summary = Redactor.Redact(status.Summary),
        UnfitBecause = Redacted(status.UnfitBecause),
        MaintenanceReason = Redacted(status.MaintenanceReason),
        MaintenanceBy = Redacted(status.MaintenanceBy),
        Warnings = [.. status.Warnings.Select(Redactor.Redact)],
        FloatingIp = Redacted(status.FloatingIp),
        FloatingIps = status.FloatingIps is { } addresses ? [.. addresses.Select(Redacted)] : null,
        Nodes = [.. status.Nodes.Select(node => node with { Rejected = Redacted(node.Rejected), MaintenanceBy = Redacted(node.MaintenanceBy) })],
        Checks = [.. status.Checks.Select(check => check with { Detail = Redactor.Redact(check.Detail) })],
        LastMove = status.LastMove is { } move ? move with { Cause = Redactor.Redact(move.Cause) } : null,
        Config = status.Config is { } file ? file with { Problem = Redacted(file.Problem) } : null,
        Secrets = [.. status.Secrets.Select(secret => secret with { Problem = Redacted(secret.Problem) })],
        Heartbeat = status.Heartbeat is { } heartbeat ? heartbeat with { Problem = Redacted(heartbeat.Problem) } : null,
        Lease = status.Lease is { } lease
            ? lease with { Problem = Redacted(lease.Problem), Members = [.. lease.Members.Select(member => member with { Problem = Redacted(member.Problem) })] }
            : null,
    };

    private static FloatingIpReport Redacted(FloatingIpReport address) => address with { ApiDetail = Redacted(address.ApiDetail) };

    private static string? Redacted(string? text) => text is null ? null : Redactor.Redact(text);
}
