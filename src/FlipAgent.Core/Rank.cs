namespace FlipAgent.Core;

/// <summary>
/// Who comes first among the nodes that may serve (rule E2): not demoted, not in hold-down, could move the address, reaches the store of the lease, holds the floating IP,
/// effective priority, place in the file.
/// </summary>
internal static class Rank
{
    public static bool Outranks(ElectionState s, int a, int b, TimeSpan now) => Of(s, a, now).CompareTo(Of(s, b, now)) < 0;

    private static (bool Demoted, bool HoldDown, bool NoApi, bool NoStore, bool NotHolder, int Priority, int Place) Of(ElectionState s, int node, TimeSpan now)
    {
        var holds = s.Ip.Lookup.KnownIs(s.Settings.Nodes[node]);
        if (node == s.Settings.Me)
            return (s.Demotion.IsOn(now), s.HoldDown.IsOn(now), !CouldMove(s), LacksStore(s, node), !holds, -s.Fitness.EffectivePriority, node);
        var p = s.Peers[node];
        return (p.Demoted, p.HoldDown, !p.ApiReachable, LacksStore(s, node), !holds, -p.EffectivePriority, node);
    }

    /// <summary>A peer that could be master now: heard, fit, not on its way out, and able to get the lease where there is one.</summary>
    public static bool IsCandidate(ElectionState s, int node, TimeSpan now) =>
        node != s.Settings.Me && s.Peers.IsHeard(node, now) && s.Peers[node].KnownAt > s.Peers[node].DoubtedAt
        && s.Peers[node] is { Fit: true, Leaving: false, Role: not Role.Starting } && !LacksStore(s, node);

    /// <summary>There is a lease, and the node could not get it: it does not reach the store (rule E15).</summary>
    public static bool LacksStore(ElectionState s, int node) =>
        s.Settings.Lease is not null && (node == s.Settings.Me ? s.Lease.Reaches != true : !s.Peers[node].StoreReachable);

    /// <summary>
    /// As far as this node knows, the cloud would take an assign of it: it reaches the API, its token was not refused, and its droplet is known there. Adverts say it as
    /// "reaches the API", and everybody ranks it by that.
    /// </summary>
    public static bool CouldMove(ElectionState s) =>
        s.Api.Ok == true && s.Ip.Write.State != WriteState.Refused
        && (s.Ip.Write.UnknownDroplet == 0 || s.Ip.Write.UnknownDroplet != IdentityRules.DropletOf(s, s.Settings.Me));

    /// <summary>A peer that would be of use if this node failed now (rule S3): a candidate that could move the address. One before 1.6.1 says only to people that its token was refused.</summary>
    public static bool CouldTakeOver(ElectionState s, int node, TimeSpan now) =>
        IsCandidate(s, node, now) && s.Peers[node] is { ApiReachable: true, Particulars.Last: not { Write: WriteState.Refused } };

    /// <summary>How many candidates come before this node: its place in the turn.</summary>
    /// <param name="except">A node whose turn it is not, or -1.</param>
    public static int PlaceInTurn(ElectionState s, int except, TimeSpan now)
    {
        var place = 0;
        for (var i = 0; i < s.Peers.Count; i++)
            if (i != except && IsCandidate(s, i, now) && Outranks(s, i, s.Settings.Me, now))
                place++;
        return place;
    }

    /// <summary>The best-ranked fit peer, or -1.</summary>
    public static int BestSuccessor(ElectionState s, TimeSpan now, bool withApi = false)
    {
        var best = -1;
        for (var i = 0; i < s.Peers.Count; i++)
            if (IsCandidate(s, i, now) && (!withApi || s.Peers[i].ApiReachable) && (best < 0 || Outranks(s, i, best, now)))
                best = i;
        return best;
    }

    /// <summary>The living master of the highest term; the better rank where two have one term; -1 for none.</summary>
    public static int LivingMaster(ElectionState s, TimeSpan now)
    {
        var best = -1;
        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (!s.Peers.IsLivingMaster(i, now))
                continue;
            if (best < 0 || Terms.IsLater(s.Peers[i].MasterTerm, s.Peers[best].MasterTerm)
                || (s.Peers[i].MasterTerm == s.Peers[best].MasterTerm && Outranks(s, i, best, now)))
                best = i;
        }
        return best;
    }
}
