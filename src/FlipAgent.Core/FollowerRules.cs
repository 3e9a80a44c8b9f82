namespace FlipAgent.Core;

/// <summary>
/// Rule C12: of several floating IPs the first leads, and the others follow the master. Nothing about them changes a role, and none is claimed while it is open whether the
/// first stays here. The rules of one address are asked for each of them, with its own owners.
/// </summary>
internal static class FollowerRules
{
    /// <summary>What people must hear of each.</summary>
    public static void Watch(in Turn t)
    {
        for (var i = 1; i < t.State.Ips.Length; i++)
            LookupRules.Watch(t.For(i));
    }

    /// <summary>The master asks for each as for the first; the others hardly ever (<see cref="DueAt"/>).</summary>
    public static void Ask(in Turn t)
    {
        for (var i = 1; i < t.State.Ips.Length; i++)
            LookupRules.Ask(t.For(i));
    }

    /// <summary>The master's work to get each, after the first: what was decided for that is known.</summary>
    public static void Claim(in Turn t)
    {
        for (var i = 1; i < t.State.Ips.Length; i++)
            ClaimRules.Decide(t.For(i));
    }

    /// <summary>
    /// May this address be claimed now. In the step that asks for the first one all others are asked for too, by what is known of them; from then on each by its own
    /// lookups, while the first is here, on its way here, or where nobody claims it from. When it has just left, or is about to, the mastership may go with it.
    /// </summary>
    public static bool MayClaim(in Turn t, bool lookedUp)
    {
        var first = t.State.Ip;
        var assign = first.Claim.Assign;
        if (!lookedUp)
            return assign.InFlight && assign.SentAt == t.Now && KnowsEnough(t);
        if (first.Claim.State == ClaimState.Claiming)
            return assign.SentThisTime || first.Claim.Action.IsOpen || first.Claim.Action.CompletedAt != Moment.Never;
        var isMoved = first.Claim.IsIdle && first.Lookup.Locked && t.Now - first.Lookup.LockedSince < ClaimRules.LockTimeout;
        if (!isMoved && t.Lookup.OwnAt - first.Lookup.OwnAt <= LookupRules.Fresh)
            return true;
        var at = first.Lookup.OwnAt + LookupRules.Often;
        if (t.Now >= at)
            first.Lookup.Want();
        else
            t.WakeAt(at);
        return false;
    }

    /// <summary>Who has it is known from the former master: no lookup is needed to ask for it (rule C2).</summary>
    private static bool KnowsEnough(in Turn t) =>
        (t.Lookup.Known.Kind == HolderKind.Nobody || (t.Lookup.Known.Kind == HolderKind.Node && !t.Lookup.KnownIs(t.Self)))
        && t.Now - t.Lookup.KnownAt < LookupRules.NewsAge * t.State.Quota.Slowdown;

    /// <summary>When a node that is not master looks: not before the news of the master, and its own last look, are old.</summary>
    public static TimeSpan DueAt(in Turn t)
    {
        var last = Moment.Max(Moment.Max(t.Lookup.KnownAt, t.Lookup.SentAt), t.State.Lifecycle.StartedAt);
        return Moment.Max(last + LookupRules.NewsAge * t.State.Quota.Slowdown, t.Api.NotBefore);
    }

    /// <summary>429 is about the account: no address is asked for before that wait is over.</summary>
    public static void WaitTogether(in Turn t)
    {
        for (var i = 0; i < t.State.Ips.Length; i++)
        {
            var other = t.For(i);
            if (i == t.Address)
                continue;
            other.Api.WaitUntil(t.Api.NotBefore);
            other.Claim.Assign.Delay(t.Api.NotBefore);
        }
    }

    /// <summary>People hear of an API that fails for one of the others only where it works for the first, and of its end where they heard of it.</summary>
    public static bool IsWorthTelling(in Turn t, ApiChange change)
    {
        var told = t.Ip.ApiAnnounced;
        t.Ip.ApiAnnounced = change switch
        {
            ApiChange.None => told,
            ApiChange.Recovered => false,
            _ => told || t.State.Api.Ok == true,
        };
        return change switch { ApiChange.None => false, ApiChange.Recovered => told, _ => !told && t.Ip.ApiAnnounced };
    }
}
