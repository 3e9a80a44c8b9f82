namespace FlipAgent.Core;

/// <summary>
/// The claim: a master's work to get the floating IP (rules C1 to C8). One request is in flight at a time; whatever leaves the outcome open is settled by a lookup, never
/// by what a message says; done is what was seen.
/// </summary>
internal static class ClaimRules
{
    /// <summary>A claim without a result for so long gives way to a peer (rule E4); an action may take as long (docs/rules.md).</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>A pending action that is not this node's own is waited for this long: somebody moves the address.</summary>
    public static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_verifyTimeout = TimeSpan.FromSeconds(15);

    public static void Decide(in Turn t)
    {
        var claim = t.Claim;
        var lookedUp = t.Ip.IsLookedUp;
        if (lookedUp && claim.IsIdle)
            Settle(t);
        else if (SeenHereByOthers(t))
            ConfirmHeld(t);
        Watch(t);
        if (!claim.IsHeld && claim.IsIdle && (t.Leads ? lookedUp || claim.AssignFirst : FollowerRules.MayClaim(t, lookedUp)))
            PostIfMay(t, lookedUp);
    }

    /// <summary>This node cannot reach the API, but a peer saw the address here when it handed the mastership over (rule E8a): to doubt it would only send it back.</summary>
    private static bool SeenHereByOthers(in Turn t) =>
        t.Claim.State == ClaimState.Claiming && t.Api.ReadsFail && !t.Claim.Assign.SentThisTime && t.Lookup.KnownIs(t.Self)
        && t.Lookup.KnownAt >= t.Claim.LookupsCountFrom - LookupRules.Fresh;

    /// <summary>What a lookup says about the claim, when nothing of our own is open.</summary>
    private static void Settle(in Turn t)
    {
        var (claim, locked) = (t.Claim, t.Lookup.Locked);
        var mine = t.Lookup.OwnIs(t.Self);
        if (locked)
            claim.Assign.LockSeen();
        // The POST whose answer was lost has arrived (F38): a move like any other for the budget.
        if (claim.Assign.Lost && (mine || locked))
            t.Ip.CountMove(t.Now);
        if (mine && !locked)
        {
            claim.Assign.Settled(t.State.Chance, t.Now);
            if (!claim.IsHeld && !IsUnverified(t))
                ConfirmHeld(t);
        }
        else if (!mine)
        {
            if (claim.IsHeld)
                Lose(t);
            if (!locked)
                claim.Assign.Settled(t.State.Chance, t.Now);
        }
    }

    /// <summary>The API says done, the free witness not yet (F41).</summary>
    private static bool IsUnverified(in Turn t)
    {
        var completed = t.Claim.Action.CompletedAt;
        return t.Ip.Metadata.Says == Witness.NotHere && completed != Moment.Never && t.Ip.Metadata.At > completed && t.Now - completed < Timeout;
    }

    private static void ConfirmHeld(in Turn t)
    {
        var claim = t.Claim;
        var (me, from, moved, since) = (t.Self.Name, claim.MoveFrom, claim.Assign.SentThisTime, claim.ToldSince);
        TimeSpan? assign = null, verify = null;
        if (moved)
        {
            var done = claim.Action.CompletedAt != Moment.Never ? claim.Action.CompletedAt : t.Now;
            (assign, verify) = (done - claim.Assign.SentAt, t.Now - done);
            t.Ip.NoteMove(new Move(t.Term, t.Now, from, me, claim.MoveCause, claim.MoveDetect, assign, verify) { Claim = t.Now - since });
        }
        claim.Hold(t.Now);
        // It came without a request of this run: nobody else says that what was told of it is over.
        var over = !moved && t.State.Open.HasOfClaim(t.Address);
        t.Announce(new Event(EventKind.ClaimHeld, Severity.Info)
        {
            // One message for a move of all addresses.
            Alert = over || (t.Leads ? moved || t.Standing.Since == t.Now : moved && claim.MoveCause is Cause.AddressLeft),
            Ended = over,
            Holder = me,
            Peer = moved ? from : null,
            Cause = claim.MoveCause,
            Detect = moved ? claim.MoveDetect : null,
            Assign = assign,
            Verify = verify,
            Duration = moved ? t.Now - since : null,
        });
    }

    /// <summary>The address was here and is not any more. The rules of the roles (follow, superseded) were asked before this.</summary>
    private static void Lose(in Turn t)
    {
        var holder = t.NameOf(t.Lookup.Own);
        t.Claim.Lose(holder, t.Now);
        t.Announce(new Event(EventKind.ClaimLost, Severity.Warning) { Holder = holder });
    }

    /// <summary>Every reason not to send the POST now, in order; then it goes out.</summary>
    private static void PostIfMay(in Turn t, bool lookedUp)
    {
        var (claim, lookup, budget) = (t.Claim, t.Lookup, t.Ip.Budget);
        var known = lookedUp ? lookup.Own : lookup.Known;
        var holder = known.Kind == HolderKind.Node ? t.Settings.IndexOf(known.NodeId) : -1;
        if (holder == t.Settings.Me)
        {
            if (!lookedUp)
            {
                lookup.Want();
                claim.LookFirst();
            }
            return;
        }
        if (known.Kind == HolderKind.Foreign && !t.Settings.ReclaimForeign && !claim.Override && lookedUp)
        {
            claim.LeaveThere(t.Now); // E8c: nobody claims, roles stay.
            return;
        }
        claim.Contest();
        var fit = holder >= 0 && Rank.IsCandidate(t.State, holder, t.Now);
        if (fit && t.Leads && !claim.Planned && !claim.Override)
        {
            claim.LookFirst(); // F77: fit again; after a lookup E8a follows.
            return;
        }
        var isSpent = fit && !claim.Override && budget.IsSpent(t.Now);
        // One that follows stays where it is until the budget is free again, whatever else there is to wait for: no reason to look each second.
        var stays = isSpent && !t.Leads;
        if (!stays && ((t.Settings.ColdStandby && !t.Fitness.Fit) || MustWait(t, lookedUp, fit)))
            return;
        if (isSpent)
            EnterFlapHold(t, holder);
        else
            Post(t, fit, known);
    }

    /// <summary>A lock, an open outcome, the gap between moves, or a lookup that is too old stands in the way.</summary>
    private static bool MustWait(in Turn t, bool lookedUp, bool holderIsFit)
    {
        if (lookedUp && t.Lookup.Locked && t.Now - t.Lookup.LockedSince < LockTimeout)
        {
            t.WakeAt(t.Lookup.LockedSince + LockTimeout);
            return true;
        }
        if (t.Claim.Assign.Unclear)
            return true; // A lookup is on its way.
        var at = Moment.Max(t.Claim.Assign.NotBefore, t.Ip.Budget.NextMoveAt(holderIsFit));
        if (t.Now < at)
        {
            t.WakeAt(at);
            return true;
        }
        if (!lookedUp || t.Now - t.Lookup.OwnAt <= 2 * LookupRules.Often)
            return false;
        t.Lookup.Want(); // The wait was long: somebody may have moved it meanwhile.
        return true;
    }

    private static void Post(in Turn t, bool awayFromFit, Holder from)
    {
        t.Ip.Budget.Ask(awayFromFit);
        t.Claim.Post(from.Kind == HolderKind.Unknown ? null : t.NameOf(from), from.Kind == HolderKind.Node ? from.NodeId : NodeId.None, t.Lookup.KnownSince, t.Now);
        t.Do(new Effect.Assign(t.Term, IdentityRules.DropletOf(t.State, t.Settings.Me)) { Address = t.Address });
        t.Announce(new Event(EventKind.AssignSent, Severity.Info) { Holder = t.Claim.MoveFrom, Cause = t.Claim.MoveCause });
    }

    /// <summary>A claim that takes long: it is announced once, with what is in the way.</summary>
    private static void Watch(in Turn t)
    {
        // While the first is under way, what holds it up holds up the others too.
        if (t.Claim.State != ClaimState.Claiming || t.Claim.SlowAnnounced || (!t.Leads && t.State.Ip.Claim.State == ClaimState.Claiming))
            return;
        var (since, timeout, cause) = WhatIsInTheWay(t);
        // Each further request has a time of its own, and there may be one each few seconds.
        var longest = t.Claim.ToldSince + Timeout + s_verifyTimeout;
        var at = Moment.Min(since + timeout, longest);
        if (t.Now < at)
        {
            t.WakeAt(at);
            return;
        }
        t.Claim.AnnounceSlow();
        var refused = t.Claim.Refusal is not null && !t.Lookup.Locked;
        ApiStatus? token = refused && t.Api.Status is (ApiStatus.Unauthorized or ApiStatus.Forbidden) ? t.Api.Status : null;
        t.Announce(new Event(EventKind.ClaimSlow, Severity.Critical) { Holder = t.NameOf(t.Lookup.Known), Duration = at == longest ? Timeout : timeout, Cause = cause, Refused = refused, Api = token });
    }

    private static (TimeSpan Since, TimeSpan Timeout, Cause Cause) WhatIsInTheWay(in Turn t)
    {
        var action = t.Claim.Action;
        if (action.CompletedAt != Moment.Never)
            return (action.CompletedAt, s_verifyTimeout, t.Ip.Metadata.Says == Witness.NotHere ? new Cause.NotSeenByMetadata() : new Cause.NotSeen());
        if (action.IsOpen)
            return (action.OpenedAt, Timeout, new Cause.ActionOpen(action.Id));
        return (t.Claim.ToldSince, ApiHealth.Grace, t.Api.Status == ApiStatus.RateLimited ? new Cause.RateLimited()
            : t.Lookup.Locked ? new Cause.Locked()
            : GapLeft(t.State, t.Ip, t.Now) is { Ticks: > 0 } left ? new Cause.MoveGap(left)
            : t.Claim.Refusal is { } refusal ? new Cause.NotTaken(refusal) : new Cause.NotAccepted());
    }

    /// <summary>For how much longer a claim that asks nothing of the cloud keeps its distance to this node's last move (rule C8); zero: it does not.</summary>
    public static TimeSpan GapLeft(ElectionState s, FloatingIp ip, TimeSpan now)
    {
        var (claim, known) = (ip.Claim, ip.Lookup.Known);
        if (claim.State is not (ClaimState.Claiming or ClaimState.Lost) || !claim.IsIdle || claim.Assign.SentThisTime)
            return TimeSpan.Zero;
        var fit = known.Kind == HolderKind.Node && s.Settings.IndexOf(known.NodeId) is var holder and >= 0 && Rank.IsCandidate(s, holder, now);
        return Moment.Max(ip.Budget.NextMoveAt(fit) - now, TimeSpan.Zero);
    }

    /// <summary>Rule E4: a claim that cannot get on gives way to a fit peer whose API works.</summary>
    public static bool HandOver(in Turn t)
    {
        var (claim, api) = (t.Claim, t.State.Api);
        if (claim.State is ClaimState.Held or ClaimState.None || t.Lookup.Own.Kind == HolderKind.Foreign || (t.Lookup.OwnIs(t.Self) && t.Ip.IsLookedUp))
            return false;
        var apiDown = api.Ok == false;
        var notFound = claim.Assign.NotFoundSince != Moment.Never;
        var at = Moment.Min(claim.Since + Timeout, apiDown ? Moment.Max(api.FailingSince, claim.Since) + ApiHealth.Grace : Moment.Forever);
        if (notFound)
            at = Moment.Min(at, claim.Assign.NotFoundSince + ApiHealth.Grace);
        if (t.Now < at)
        {
            t.WakeAt(at);
            return false;
        }
        var successor = Rank.BestSuccessor(t.State, t.Now, withApi: true);
        if (successor < 0)
            return false;
        RoleRules.GiveUp(t, successor, planned: false, apiDown ? new Cause.ApiFails() : notFound ? new Cause.DropletNotFound() : new Cause.NoResult(),
            atSuccessor: t.Lookup.KnownIs(t.Settings.Nodes[successor]));
        return true;
    }

    /// <summary>Rule C8: three moves away from a fit holder in ten minutes are enough.</summary>
    private static void EnterFlapHold(in Turn t, int holder)
    {
        if (t.Ip.Budget.BeginFlapHold())
            t.Announce(new Event(EventKind.FlapHold, Severity.Critical) { Holder = t.NameOf(holder), Count = MoveBudget.Max, Duration = MoveBudget.Window });
        if (t.Leads)
            RoleRules.GiveUp(t, holder, planned: false, new Cause.FlapHold(), atSuccessor: true);
        else
            t.Claim.LeaveThere(t.Now);
    }
}
