namespace FlipAgent.Core;

/// <summary>
/// When the API is asked who holds the floating IP: rarely while all is well, once a second while something depends on it, four times a second when a master or an inquiry
/// wants an answer now, and after a back-off when the API is in trouble (rules C5, C6). And what people must hear of the holder.
/// </summary>
internal static class LookupRules
{
    /// <summary>Something depends on the holder.</summary>
    public static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    /// <summary>How old an answer may be that something is decided on.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>How seldom a master looks whose metadata service agrees that the address is here (rule C6).</summary>
    public static readonly TimeSpan Seldom = TimeSpan.FromMinutes(3);

    /// <summary>For how long a node goes by what the master's adverts say of the holder.</summary>
    public static readonly TimeSpan NewsAge = TimeSpan.FromMinutes(7);

    private static readonly TimeSpan s_urgent = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_unwitnessed = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_witnessStays = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_backup = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_actionPoll = TimeSpan.FromSeconds(2);

    /// <summary>Foreign holders (E8c) and flap-hold (C8): announced once, and once when they are over.</summary>
    public static void Watch(in Turn t)
    {
        var own = t.Lookup.Own;
        if (own.Kind != HolderKind.Unknown && (t.Leads || t.IsMaster))
            WatchForeign(t, own, t.Lookup.Known);
        var budget = t.Ip.Budget;
        // The moves that were counted are those of one run.
        if ((budget.FlapHold && !budget.IsSpent(t.Now)) || (!budget.FlapHold && t.State.Open.Has(EventKind.FlapHold, address: t.Address)))
        {
            budget.EndFlapHold();
            t.Announce(new Event(EventKind.FlapHoldEnded, Severity.Info) { Alert = true });
        }
        if (budget.FlapHold)
            t.WakeAt(budget.FreeAt(t.Now));
        if (t.State.Open.Has(EventKind.MetadataDisagrees, address: t.Address) && Agrees(t))
            t.Announce(new Event(EventKind.MetadataDisagrees, Severity.Info) { Ended = true, Alert = true, Holder = t.NameOf(own) });
    }

    /// <summary>The metadata service says of this node what the API says, whatever that is by now.</summary>
    private static bool Agrees(in Turn t) => t.Ip.Metadata.Says switch
    {
        Witness.Here => t.Lookup.OwnIs(t.Self),
        Witness.NotHere => t.Lookup.Own.Kind != HolderKind.Unknown && !t.Lookup.OwnIs(t.Self),
        _ => false,
    };

    /// <summary>It begins with an answer to this node itself, which looks often from then on; it ends with the first news of it, for the next look may be half an hour away.</summary>
    private static void WatchForeign(in Turn t, Holder own, Holder known)
    {
        var foreign = own.Kind == HolderKind.Foreign && known.Kind == HolderKind.Foreign;
        if (foreign == t.Lookup.ForeignAnnounced && (foreign || !t.State.Open.Has(EventKind.ForeignHolder, address: t.Address)))
            return;
        t.Lookup.SetForeignAnnounced(foreign);
        t.Announce(foreign
            ? new Event(EventKind.ForeignHolder, Severity.Critical) { Holder = t.NameOf(own), DropletId = own.DropletId, Reclaimed = t.Settings.ReclaimForeign }
            : new Event(EventKind.ForeignHolderEnded, Severity.Info) { Holder = t.NameOf(known), Alert = true });
    }

    /// <summary>What the API shows decides (C6), but a metadata service that contradicts it for a minute is worth telling people.</summary>
    public static void AnnounceDisagreement(in Turn t)
    {
        var metadata = t.Ip.Metadata;
        if (metadata.DisagreementAnnounced || !t.Claim.IsHeld || metadata.Says != Witness.NotHere || t.Now - metadata.Since < ClaimRules.Timeout
            || t.Lookup.OwnAt < metadata.Since + ClaimRules.Timeout / 2)
            return;
        metadata.AnnounceDisagreement();
        t.Announce(new Event(EventKind.MetadataDisagrees, Severity.Warning) { Holder = t.Self.Name, Duration = ClaimRules.Timeout });
    }

    public static void Ask(in Turn t)
    {
        var quarantine = t.State.Quarantine;
        if (t.State.Lifecycle.Stopping || (quarantine.On && !(quarantine.LookingUp && t.Leads)))
            return;
        if (t.IsMaster && !quarantine.On)
            AskAction(t);
        if (t.Lookup.InFlight)
            return;
        if (t.Leads && FitnessRules.WaitsToStopUnit(t) && t.Lookup.SentAt <= t.Standing.Since)
            t.Lookup.Want();
        var at = t.Leads || t.IsMaster ? DueAt(t) : FollowerRules.DueAt(t);
        if (t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        t.Lookup.Send(t.Now);
        t.Do(new Effect.ReadHolder { Address = t.Address });
    }

    private static void AskAction(in Turn t)
    {
        var action = t.Claim.Action;
        if (action.NextReadAt == Moment.Forever)
            return;
        var at = Moment.Max(action.NextReadAt, t.Api.NotBefore);
        if (t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        action.SendRead(t.Now + s_actionPoll);
        t.Do(new Effect.ReadAction(action.Id) { Address = t.Address });
    }

    private static TimeSpan DueAt(in Turn t)
    {
        var lookup = t.Lookup;
        var often = DependsOnHolder(t);
        if (!lookup.Wanted && !often && t.Role is Role.Backup or Role.Starting && t.Now < t.Peers.SuspectAt())
            t.WakeAt(t.Peers.SuspectAt());
        var quota = t.State.Quota;
        var slowdown = quota.MoveSlowdown;
        var gap = lookup.Wanted && (t.IsMaster || t.State.Inquiry.IsOpen) ? s_urgent * slowdown
            : lookup.Wanted || often || t.Api.ReadsFail ? Often * slowdown
            : Regularly(t) * quota.Slowdown;
        return Moment.Max(lookup.SentAt + gap, t.Api.NotBefore);
    }

    /// <summary>
    /// How often a node looks while nothing depends on it. The metadata service of the master is asked every 2 s and tells when to look again, so the API is asked
    /// seldom; without that witness it is asked every 30 s. The others go by what the master's adverts say, as long as that is not old or doubtful, and look now and then all
    /// the same, so that a token that is refused does not stay hidden.
    /// </summary>
    private static TimeSpan Regularly(in Turn t)
    {
        var (lookup, metadata) = (t.Lookup, t.Ip.Metadata);
        // Its token is read anew from its file with each look.
        var refused = t.Ip.Write.State == WriteState.Refused;
        if (t.IsMaster)
            return t.Claim.IsHeld && !refused && metadata.Says == Witness.Here && t.Now - metadata.At < s_witnessStays ? Seldom : s_unwitnessed;
        var master = Rank.LivingMaster(t.State, t.Now);
        // The master looks more seldom, too, when few requests are left.
        var newsAge = NewsAge * t.State.Quota.Slowdown;
        var isNews = !FitnessRules.WaitsToStopUnit(t) && master >= 0 && lookup.KnownIs(t.Settings.Nodes[master]) && t.Now - lookup.KnownAt < newsAge;
        if (isNews)
            t.WakeAt(lookup.KnownAt + newsAge);
        return isNews && !refused ? s_backup : s_unwitnessed;
    }

    private static bool DependsOnHolder(in Turn t)
    {
        var (claim, lookup) = (t.Claim, t.Lookup);
        // An action of this node's own is polled; when it ends, the address is looked up.
        if (t.IsMaster)
            return claim.State == ClaimState.Claiming && !claim.Action.IsOpen
                && (lookup.Locked || claim.Assign.Unclear || claim.Action.CompletedAt != Moment.Never || !t.Ip.IsLookedUp);
        return (SilenceRules.Suspects(t) && !SuccessionRules.ReleaseCounts(t)) || t.State.Lifecycle.ResumeUntil > t.Now;
    }
}
