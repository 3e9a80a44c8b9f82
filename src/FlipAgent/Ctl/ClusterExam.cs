using FlipAgent.Naming;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// Would a failover work right now? Answered for every node by what the status of one knows: its own state, and what each peer says of itself in its adverts.
/// </summary>
internal static class ClusterExam
{
    /// <summary>So many keys in which two configurations differ are named.</summary>
    private const int MostKeys = 8;

    /// <summary>A finding and the node that it is about; null: the cluster.</summary>
    internal sealed record ClusterFinding(string? Node, Finding Finding);

    /// <summary>The cluster first, then each node in the order of the configuration.</summary>
    public static IReadOnlyList<ClusterFinding> Look(StatusReport status) =>
    [
        .. OfCluster(status).Select(finding => new ClusterFinding(null, finding)),
        .. status.Nodes.SelectMany(node => OfNode(status, node).Select(finding => new ClusterFinding(node.Name, finding))),
    ];

    private static IEnumerable<Finding> OfCluster(StatusReport status)
    {
        var ip = status.FloatingIp;
        yield return status.Verdict == "ok"
            ? Finding.Ok("verdict", status.Summary)
            : new Finding(status.Verdict == "critical" ? Health.Fail : Health.Warn, "verdict", status.Summary, $"{CtlProgram.Name} explain tells how it came to this");
        var reserve = status.Nodes.Where(node => node.Name != status.Master && node.CouldTakeOver()).Select(node => node.Name).ToList();
        yield return reserve.Count > 0
            ? Finding.Ok("failover", $"{string.Join(", ", reserve)} could take over")
            : Finding.Fail("failover", "no node could take over", "the nodes below say what is missing there");
        yield return Clients(ip, status.Nodes.Count > 1 && !status.Nodes.Any(node => node.Up && node.Name != status.Node));
        if (status.FlapHold)
            yield return Finding.Fail("moves", "held, because there were too many (flap-hold)", $"find out who moves the address: {CtlProgram.Name} events");
        else if (status.MoveBudget is { } budget)
            yield return budget.Left > 0
                ? Finding.Ok("moves", $"{budget.Left} of {budget.Max} away from a fit holder are left")
                : Finding.Warn("moves", $"none of {budget.Max} away from a fit holder is left", $"one more in {budget.FreeInS.DefaultIfEmpty(0).First():0} s");
        if (ip.RateLimited == true)
            yield return Finding.Fail("rate limit", "the cloud API is rate-limiting requests (429): no move is possible", "find the program that uses up the limit of the account");
        else if (ip is { RateLimit: > 0 and var limit, RateLimitRemaining: { } left })
            yield return left * 5 >= limit
                ? Finding.Ok("rate limit", $"{left} of {limit} requests are left")
                : Finding.Warn("rate limit", $"{left} of {limit} requests are left", "find the program that uses up the limit of the account");
    }

    /// <param name="isAlone">This node hears none of the others, so nothing but its own eyes tells.</param>
    private static Finding Clients(FloatingIpReport ip, bool isAlone) => ip.Served switch
    {
        "answers" => Finding.Ok("clients", $"are served through {ip.Address}"),
        "dead" or "never-answered" or "failing" when isAlone => Finding.Fail("clients", $"are not served through {ip.Address} ({ip.Served}), as seen from here; this node reaches nobody",
            $"{CtlProgram.Name} doctor --cluster on another node tells whether the fault is here"),
        "dead" or "never-answered" or "failing" => Finding.Fail("clients", $"are not served through {ip.Address} ({ip.Served})",
            "is HAProxy bound to the address that traffic for the floating IP arrives at? Is a firewall keeping clients out?"),
        _ => Finding.Warn("clients", $"whether they are served through {ip.Address} is not known ({ip.Served ?? "older agent"})", "set floating_ip.guard so that a node can tell"),
    };

    private static IEnumerable<Finding> OfNode(StatusReport status, NodeReport node)
    {
        var isOwn = node.Name == status.Node;
        var vendor = AgentExam.VendorOf(status);
        if (!isOwn && PeerExam.Look(status, node) is { Health: not Health.Ok } silence)
        {
            yield return silence with { Subject = "heard" };
            // What it last said of itself is of the past.
            if (!node.Up)
                yield break;
        }
        else
            yield return Finding.Ok("heard", isOwn ? "it answers here" : "it is heard, and hears this node");
        yield return node.Maintenance
            ? Finding.Warn("fit", "in maintenance" + Maintenance(node, isOwn ? status : null), $"{CtlProgram.Name} maintenance off on {node.Name}")
            : node.Fit ? Finding.Ok("fit", $"{node.Role}, priority {node.EffectivePriority}")
            : Finding.Fail("fit", isOwn && status.UnfitBecause is { } because ? $"not fit: {because}" : "not fit", $"{CtlProgram.Name} check on {node.Name}");
        if (node.Demoted)
            yield return Finding.Warn("rank", "last: the floating IP came to it, and nobody saw the service answer there", $"on {node.Name}: is HAProxy bound to the address that the traffic arrives at?");
        if (isOwn && status.HoldDownS is { } held)
            yield return Finding.Warn("rank", $"last for another {held:0} s: it has failed repeatedly", $"{CtlProgram.Name} events on {node.Name}");
        yield return node.Api == "ok"
            ? Finding.Ok("cloud API", "reached")
            : Finding.Fail("cloud API", Api(node, vendor), $"{CtlProgram.Name} doctor on {node.Name}");
        // Where no metadata service tells it, there is nothing to prove.
        if (node.ProvenId is { } id)
            yield return Finding.Ok(vendor.Server, $"{id}, as its metadata service says");
        else if (vendor.Metadata is not null)
            yield return Finding.Warn(vendor.Server, "which one it is has not been proven", $"on {node.Name}: curl -s {vendor.Metadata.GetLeftPart(UriPartial.Authority)}{vendor.IdPath}");
        if (node.Sees is "refused" or "timed-out")
            yield return Finding.Warn("guard", $"does not see the service ({node.Sees})", $"on {node.Name}: a firewall between it and the floating IP? {CtlProgram.Name} doctor");
        if (node.ConfigDiffers == true)
            yield return Finding.Warn("configuration", $"differs from that of {status.Node}{Keys(node)}", $"make the file the same on both, then {CtlProgram.Name} reload");
        if (isOwn && status.Config is { State: "invalid" or "refused" } file)
            yield return Finding.Warn("configuration", $"{file.File} is {file.State}: {file.Problem}", $"{CtlProgram.Name} config check");
        if (isOwn)
            foreach (var check in status.Checks.Where(check => check is { Up: true, Degraded: true }))
                yield return AgentExam.Degraded(check);
        if (Listens(status, node) is { } listens)
            yield return listens;
        if (WriteAccess(node.Write ?? (isOwn ? status.FloatingIp.Write : null), node, vendor) is { } write)
            yield return write;
    }

    /// <summary>Of another node no more is known than whether it could move the address.</summary>
    private static string Api(NodeReport node, CloudVendor vendor) => node switch
    {
        { Api: "unauthorized" } => "refuses the token (401)",
        { Api: "forbidden" } or { Write: "refused" } => "the token lacks a permission (403)",
        { Api: "not-found" } => $"does not know the floating IP, or this {vendor.Server} (404)",
        _ => $"not reached, or of no use to it ({node.Api})",
    };

    /// <summary>Null: it does not say, or cannot tell.</summary>
    private static Finding? Listens(StatusReport status, NodeReport node)
    {
        const string subject = "service port";
        // What clients see counts more than what the agent sees, which may live in another network namespace than HAProxy.
        if (node.Listens == "arrival" || (node.Holds && status.FloatingIp.Served == "answers" && node.Listens is "nowhere" or "elsewhere"))
            return Finding.Ok(subject, "open where traffic for the floating IP arrives");
        var text = node.Listens switch
        {
            "nowhere" => "nothing listens on the port that the guard asks",
            "elsewhere" => "not bound to the address that traffic for the floating IP arrives at",
            _ => null,
        };
        if (text is null)
            return null;
        var toDo = $"{CtlProgram.Name} doctor on {node.Name} names the address; let HAProxy listen there";
        // Who works on a node may have stopped HAProxy there.
        return node.Maintenance ? Finding.Warn(subject, text, toDo) : Finding.Fail(subject, text, toDo);
    }

    private static Finding? WriteAccess(string? write, NodeReport node, CloudVendor vendor) => write switch
    {
        "proven" => Finding.Ok("write access", "proven"),
        "unproven" => Finding.Ok("write access", "not proven: no move of this node was answered in its run; a drill proves it"),
        "refused" => Finding.Fail("write access", "the token is not allowed to move the floating IP (403)", $"on {node.Name}: make a token {vendor.Token}"),
        _ => null,
    };

    /// <summary>Which keys, as far as the peer has said it.</summary>
    private static string Keys(NodeReport node)
    {
        if (node.ConfigKeys is not { } keys)
            return "";
        var named = keys.Take(MostKeys).ToList();
        if (keys.Count > named.Count)
            named.Add($"{keys.Count - named.Count} more");
        if (node.ConfigKeysOnlyThere is > 0 and var more)
            named.Add($"{more} that only {node.Name} has");
        return named.Count > 0 ? ": " + string.Join(", ", named) : "";
    }

    /// <param name="own">Null: it is another node, which says no reason, and of which nothing may be known.</param>
    private static string Maintenance(NodeReport node, StatusReport? own)
    {
        var end = own is null ? node.MaintenanceUntil : own.MaintenanceUntil;
        var until = end is { } at ? $" until {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : own is not null || node.MaintenanceEndKnown ? " until somebody ends it" : "";
        return until + ((own is null ? node.MaintenanceBy : own.MaintenanceBy) is { } by ? $", by {by}" : "") + (own?.MaintenanceReason is { } reason ? $": {reason}" : "");
    }
}
