using System.Collections.Immutable;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Naming;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>The warnings of the status: what is wrong with this node, the others, the cloud and the moves, a sentence each, in the order in which they are read.</summary>
internal static class StatusWarnings
{
    /// <param name="nodes">What the status says of each node, in the order of the configuration.</param>
    public static ImmutableArray<string> Of(ElectionState s, TimeSpan now, StatusContext around, ImmutableArray<NodeReport> nodes)
    {
        var list = ImmutableArray.CreateBuilder<string>();
        AddNode(list, s, around);
        AddPeers(list, s, now, nodes);
        AddCloud(list, s, now, around);
        AddMoves(list, s, now, nodes);
        list.AddRange(ConfigWords.Warnings(around.File));
        list.AddRange(around.Problems);
        return list.ToImmutable();
    }

    private static void AddNode(ImmutableArray<string>.Builder list, ElectionState s, StatusContext around)
    {
        var unfit = CauseText.OfMaybe(s.Fitness.UnfitBecause);
        if (unfit is not null)
            list.Add($"{s.Settings.Self.Name} is not fit: {unfit}");
        list.AddRange(IdentityWords.Warnings(s, around.Config.FloatingIp.Vendor));
        if (around.AdvertProblem is { } problem && unfit?.Contains(problem, StringComparison.Ordinal) != true)
            list.Add(problem);
        foreach (var check in around.Checks)
            if (check is { Up: true, Degraded: true })
                list.Add(Degraded(check));
    }

    /// <summary>Of a check that is up, and worth a word.</summary>
    public static string Degraded(CheckReport check) => $"check {check.Name} is degraded: {check.Detail}";

    /// <summary>
    /// What is no fault: where nothing but a pid file says that HAProxy lives, a number that was given to another program after a crash of the machine looks as well as HAProxy's own.
    /// </summary>
    public static IEnumerable<string> Notes(IReadOnlyList<CheckReport> checks, AgentConfig config)
    {
        if (!checks.All(check => check.Kind is "process" or "network" or "secret"))
            yield break;
        foreach (var check in checks)
            // As the check of a pid file says it: pid 812 (haproxy). One by its name is what somebody wants.
            if (check.Up == true && config.Checks.Any(one => one is CheckConfig.PidFile && one.Name == check.Name) && check.Detail.Split(' ') is ["pid", var pid, ['(', .., ')'] name] && !IsHaProxy(name.AsSpan(1)))
                yield return $"check {check.Name} watches pid {pid} {name}: is that HAProxy? No other check sees whether the service answers";
    }

    /// <summary>That of the enterprise edition is called hapee-lb.</summary>
    private static bool IsHaProxy(ReadOnlySpan<char> name) => name.StartsWith("haproxy", StringComparison.Ordinal) || name.StartsWith("hapee", StringComparison.Ordinal) || name is "?)";

    private static void AddPeers(ImmutableArray<string>.Builder list, ElectionState s, TimeSpan now, ImmutableArray<NodeReport> nodes)
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            if (i == s.Settings.Me)
                continue;
            var (node, p) = (nodes[i], s.Peers[i]);
            if (node.Rejected is { } why)
                list.Add($"hearing {node.Name}, but {why}");
            else if (node.HeardS is null)
                list.Add($"{node.Name} has not been heard");
            else if (now - p.HeardAt >= s.Settings.MasterDown)
                list.Add(p.Leaving ? $"{node.Name} has stopped" : now - p.KnownAt < s.Settings.MasterDown
                    ? $"{node.Name} has been heard only through others for {node.HeardS:0} s"
                    : $"{node.Name} has been silent for {node.HeardS:0} s");
            else if (node.HearsMe == false && p.Role != Role.Starting)
                list.Add($"{node.Name} does not hear this node");
            if (node.Maintenance)
                list.Add($"{node.Name} is in maintenance");
            if (node.ConfigDiffers == true)
                list.Add($"the configuration of {node.Name} differs from this node's");
        }
        if (nodes.Length == 1)
            list.Add("the cluster has one node: nothing can take over");
    }

    private static void AddCloud(ImmutableArray<string>.Builder list, ElectionState s, TimeSpan now, StatusContext around)
    {
        if (s.Api.Ok == false)
            list.Add($"the cloud API: {StatusBuilder.ApiWord(s.Api.Ok, s.Api.Status)}{(around.ApiProblem is { } because ? $": {because}" : "")}"
                + (s.Api.NotBefore - now is { TotalSeconds: > 1 } left ? $"; asked again in {left.TotalSeconds:0} s, or at once after flipagentctl reload" : ""));
        if (s.Quota.Limited)
            list.Add($"the cloud API is rate-limiting requests (429){LeftOf(s.Quota)}"
                + (s.Api.NotBefore - now is { TotalSeconds: > 1 } wait ? $"; asked again in {wait.TotalSeconds:0} s" : ""));
        else if (s.Quota.Low)
            list.Add($"few requests to the cloud API are left to the account{LeftOf(s.Quota)}; this node asks {s.Quota.Slowdown} times less often");
        if (s.Ip.Claim.State is ClaimState.Claiming or ClaimState.Lost && s.Ip.Claim.Refusal is { } refusal)
            list.Add($"the cloud does not accept the assign: {refusal}");
        if (ParticularWords.WriteOf(s) == WriteState.Refused)
            list.Add("the token is not allowed to move the floating IP (403)" + (around.Config.FloatingIp.Vendor.MoveScope is { } scope ? $": it lacks {scope}" : ""));
        if (s.Ip.Write.UnknownDroplet is not 0 and var unknown)
            list.Add($"the cloud did not know {around.Config.FloatingIp.Vendor.Server} {ServerId.NameOf(unknown)}, which this node is, when it asked for the floating IP (404)");
    }

    private static void AddMoves(ImmutableArray<string>.Builder list, ElectionState s, TimeSpan now, ImmutableArray<NodeReport> nodes)
    {
        if (s.Ip.Supersession.By != 0)
            list.Add("superseded: the floating IP moved to a node that is not heard");
        if (s.Ip.Budget.FlapHold)
            list.Add("flap-hold: too many moves away from a fit holder");
        for (var i = 0; i < nodes.Length; i++)
            if (nodes[i].Demoted)
                list.Add($"{nodes[i].Name} ranks last: the floating IP came to it, and nobody saw the service answer there");
        if (now < s.HoldDown.Until)
            list.Add($"hold-down after repeated failures for another {(s.HoldDown.Until - now).TotalSeconds:0} s");
        if (Election.MoveGap(s, now) is { TotalSeconds: > 1 } gap)
            list.Add($"the claim waits another {gap.TotalSeconds:0} s, since this node's last move was a moment ago (C8)");
    }

    private static string LeftOf(RequestQuota quota) => quota.Left is { } left ? $": {left.Remaining} of {left.Limit} left" : "";
}
