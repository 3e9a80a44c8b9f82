using FlipAgent.Control;
using FlipAgent.Events;
using FlipAgent.Naming;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// What the running agent's own status tells the doctor: it sends adverts, asks the cloud and probes the service all the time, so it knows from
/// inside what a look from outside would have to guess.
/// </summary>
internal static class AgentExam
{
    /// <param name="apiHost">The host of the cloud API in the configuration; null: not known.</param>
    public static IEnumerable<Finding> Look(StatusReport status, string? apiHost = null)
    {
        yield return status.Verdict == "ok"
            ? Finding.Ok("agent", status.Summary)
            : new Finding(status.Verdict == "critical" ? Health.Fail : Health.Warn, "agent", status.Summary,
                $"{CtlProgram.Name} explain tells how it came to this");
        foreach (var peer in status.Nodes.Where(node => node.Name != status.Node))
            yield return PeerExam.Look(status, peer);
        if (status.Nodes.Count(node => node.Fit) < 2)
            yield return Finding.Warn("redundancy", "fewer than two nodes are fit: nobody could take over", "mend the unfit node, or add one");
        yield return Api(status.FloatingIp, apiHost, VendorOf(status));
        if (Write(status) is { } write)
            yield return write;
        if (VendorOf(status).Metadata is not null)
            yield return Metadata(status.FloatingIp.Metadata, VendorOf(status));
        yield return Guard(status);
        if (Identity(status) is { } identity)
            yield return identity;
        var vendor = VendorOf(status);
        if (status.FloatingIp.Holder == "other")
            yield return Finding.Fail("holder", $"{status.FloatingIp.Address} is at {vendor.Server} {status.FloatingIp.HolderServer ?? $"{status.FloatingIp.HolderId}"}, which is none of the nodes",
                $"put {vendor.IdKey} right, or take the address back: flipagentctl promote");
        foreach (var check in status.Checks)
            yield return check.Up switch
            {
                true when check.Degraded => Degraded(check),
                true => Finding.Ok($"check {check.Name}", check.Detail),
                false => Finding.Fail($"check {check.Name}", check.Detail, $"this node is not fit while it is down: {Cure(check)}"),
                null => Finding.Warn($"check {check.Name}", "no result yet", "wait for its first run"),
            };
        if (status.Alerts.Failed > 0)
            yield return Finding.Warn("alerts", $"{status.Alerts.Failed} could not be delivered", $"{CtlProgram.Name} test-alert says why");
        foreach (var warning in status.Warnings.Where(warning => !IsCovered(status, warning)))
            yield return Finding.Warn("agent", warning, "journalctl -u flipagent -x explains the event behind it");
    }

    public static Finding Degraded(CheckReport check) => Finding.Warn($"check {check.Name}", check.Detail, "the node counts as fit all the same");

    /// <summary>What to do about a check that is down. The agent's own are not about HAProxy.</summary>
    public static string Cure(CheckReport check) => check.Kind switch
    {
        "network" => "ip address show: is the address of this node on this machine, and its interface up?",
        "secret" => $"mend the file, then {CtlProgram.Name} reload",
        _ => "systemctl status haproxy",
    };

    /// <summary>Said already, with what to do, by a finding of its own.</summary>
    private static bool IsCovered(StatusReport status, string warning) =>
        warning.StartsWith("the cloud API", StringComparison.Ordinal) || warning.StartsWith("the token is not allowed to move", StringComparison.Ordinal) || warning.StartsWith("the guard ", StringComparison.Ordinal)
        || warning.StartsWith($"which {VendorOf(status).Server} ", StringComparison.Ordinal) || warning.Contains($" is {VendorOf(status).Server} ", StringComparison.Ordinal)
        || status.Checks.Any(check => check.Degraded && warning == StatusWarnings.Degraded(check))
        || status.Nodes.Any(node => node.Name != status.Node && warning.Contains(node.Name) && PeerExam.Look(status, node).Health != Health.Ok);

    private static Finding Api(FloatingIpReport ip, string? host, CloudVendor vendor) => ip.Api switch
    {
        "ok" when ip.RateLimited == true => Finding.Warn("cloud API", $"is rate-limiting requests (429){LeftOf(ip)}: while it is, no move is possible",
            "all programs and machines that use tokens of this account share the limit; find the one that sends so many requests"),
        "ok" when ip is { RateLimit: > 0, RateLimitRemaining: { } left } && left * 5 < ip.RateLimit => Finding.Warn("cloud API", $"answers, but few requests are left{LeftOf(ip)}",
            "all programs and machines that use tokens of this account share the limit; find the one that sends so many requests"),
        "ok" => Finding.Ok("cloud API", "answers and accepts the token"),
        "unauthorized" => Finding.Fail("cloud API", "the token is not valid (401)", "write a new token to token_file, then flipagentctl reload"),
        "forbidden" => Finding.Fail("cloud API", "the token may not do it (403)",
            $"make a token {vendor.Token}"),
        "not-found" => Finding.Fail("cloud API", "it does not know the address (404)",
            $"floating_ip.address must be a {vendor.Address} of the account that the token belongs to"),
        "failing" => ApiFailing(ip.ApiDetail ?? "", host ?? vendor.Api?.Host ?? "the cloud", vendor),
        _ => Finding.Warn("cloud API", "not asked yet", "a backup asks rarely; wait a minute"),
    };

    /// <summary>An older agent does not say; it knew DigitalOcean alone.</summary>
    public static CloudVendor VendorOf(StatusReport status) => CloudVendor.Of(status.FloatingIp.Provider) ?? CloudVendor.DigitalOcean;

    private static string LeftOf(FloatingIpReport ip) => ip.RateLimit is null ? "" : $", {ip.RateLimitRemaining} of {ip.RateLimit} an hour left";

    /// <summary>A token that may only read looks well until a move is due. Null: the agent is older.</summary>
    private static Finding? Write(StatusReport status) => status.FloatingIp.Write switch
    {
        "proven" => Finding.Ok(WriteProof.Subject, "proven: the cloud took a write of this node, or would have"),
        "refused" => Finding.Fail(WriteProof.Subject, "the token is not allowed to move the address (403)", $"make a token {VendorOf(status).Token}"),
        "unproven" => Finding.Warn(WriteProof.Subject, $"not proven{(VendorOf(status).MoveScope is { } scope ? $" ({scope})" : "")}; a drill proves it",
            $"{CtlProgram.Name} drill, or on the master that holds the address: {CtlProgram.Name} doctor --prove-write"),
        _ => null,
    };

    private static Finding ApiFailing(string detail, string host, CloudVendor vendor) =>
        Finding.Fail("cloud API", detail.Length > 0 ? $"fails: {detail}" : "does not answer", ApiAdvice.Of(detail, host, vendor));

    /// <summary>Null: nothing is wrong, or the agent is older.</summary>
    private static Finding? Identity(StatusReport status)
    {
        if (status.Identity is not { ProvenId: { } proven } identity)
            return null;
        var vendor = VendorOf(status);
        return identity.State switch
        {
            "swapped" => Finding.Fail(vendor.IdKey, $"this machine is {vendor.Server} {proven}, which the file has for another node; for {status.Node} it says {identity.FileId}",
                $"set {vendor.IdKey} of {status.Node} to {proven}, and that of the other node to its own, on all nodes, then {CtlProgram.Name} reload"),
            "unknown" => Finding.Fail(vendor.IdKey, $"this machine is {vendor.Server} {proven}, which the file has for no node; for {status.Node} it says {identity.FileId}",
                $"set {vendor.IdKey} of {status.Node} to {proven} on all nodes, then {CtlProgram.Name} reload"),
            "shared" => Finding.Fail(vendor.IdKey, $"this node and another one both say that they are {vendor.Server} {proven}",
                $"compare floating_ip.metadata_url and curl -s http://169.254.169.254{vendor.IdPath} on all nodes"),
            _ => null,
        };
    }

    private static Finding Metadata(string state, CloudVendor vendor) => state switch
    {
        "ok" => Finding.Ok("metadata", "answers"),
        "failing" => Finding.Warn("metadata", "does not answer: the agent sees a finished move later",
            $"may this node open TCP 80 to 169.254.169.254? Is it a {vendor.Server} of {vendor.Title}?"),
        _ => Finding.Ok("metadata", vendor.HasWitness ? "not asked yet" : $"tells which {vendor.Server} this is, and nothing of floating IPs"),
    };

    private static Finding Guard(StatusReport status) => status.FloatingIp.Guard switch
    {
        "ok" => Finding.Ok("guard", $"the service answers through {status.FloatingIp.Address}"),
        "off" when status.Warnings.FirstOrDefault(warning => warning.StartsWith("the guard counts as off", StringComparison.Ordinal)) is { } why =>
            Finding.Warn("guard", $"{why["the guard ".Length..]}; silence alone decides a takeover",
                "take the address off this machine (ip address show), where the cloud does not need it there, or set floating_ip.guard: off"),
        "off" => Finding.Warn("guard", "is off: silence alone decides a takeover",
            "set floating_ip.guard, unless this node cannot reach the address itself"),
        "failing" => Finding.Fail("guard", $"the service does not answer through {status.FloatingIp.Address}",
            "does HAProxy bind the port on all addresses or on the anchor address? Does the Cloud Firewall let the nodes reach it? Until then a "
            + "takeover comes no earlier than the timeout"),
        _ => Finding.Ok("guard", "not asked yet"),
    };
}
