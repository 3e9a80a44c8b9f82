namespace FlipAgent.Core;

/// <summary>
/// What is learned from the cloud: the holder of the floating IP, the health of the API, what became of an assign. An answer is as old as its request; "the API failed"
/// is unknown and never "not mine".
/// </summary>
internal static class CloudAnswers
{
    /// <summary>A read may show the world before an action that is completed already; not for longer than this.</summary>
    private static readonly TimeSpan s_cloudLag = TimeSpan.FromSeconds(3);

    public static void Take(in Turn t, Input.HolderRead read)
    {
        t.Lookup.Answered();
        ApiAnswers.TakeStatus(t, read.Status, read.RetryAfter, read.Detail);
        ApiAnswers.TakeQuota(t, read.Status, read.Left);
        if (t.Leads)
            t.State.Quarantine.LookupAnswered(read.SentAt);
        if (read.Status != ApiStatus.Ok)
            return;
        t.Lookup.SetLocked(read.Locked, t.Now);
        t.State.Ip.Write.SeenAt(read.DropletId ?? 0);
        var holder = HolderOf(t, read);
        var before = t.Lookup.Own;
        if (!t.Lookup.TakeOwn(holder, read.SentAt))
            return;
        if (t.Leads)
            JudgeArrival(t, before, holder, read.SentAt);
        if (read.SentAt > t.Lookup.KnownAt)
            Know(t, holder, read.SentAt);
    }

    private static Holder HolderOf(in Turn t, Input.HolderRead read)
    {
        if (read.DropletId is not { } droplet)
            return read.ScopeProven ? new Holder(HolderKind.Nobody) : default;
        return IdentityRules.HolderIn(t.State, new Holder(HolderKind.Foreign, 0, droplet));
    }

    /// <summary>Rule E8b: the address arrives (elsewhere at the last lookup, or after our own assign was done) at a peer that is not heard.</summary>
    private static void JudgeArrival(in Turn t, Holder before, Holder holder, TimeSpan seenAt)
    {
        if (holder.Kind != HolderKind.Node || t.State.Lifecycle.Stopping)
            return;
        var node = t.Settings.IndexOf(holder.NodeId);
        if (!t.Peers.IsPeer(node) || t.Peers.IsHeard(node, t.Now))
            return;
        // A node that said goodbye a moment ago may have had an assign under way; its landing is no sign of life (F64).
        if (t.Peers[node].Leaving && t.Now - t.Peers[node].HeardAt < ClaimRules.Timeout)
            return;
        // The last lookup may be half an hour old: a peer that was heard after the address had come to it has died since, and nobody there is alive.
        var since = t.Lookup.KnownIs(t.Settings.Nodes[node]) ? t.Lookup.KnownSince : seenAt;
        var arrived = before.Kind != HolderKind.Unknown && before.NodeId != holder.NodeId && since > t.Peers[node].KnownAt;
        var completed = t.Claim.Action.CompletedAt;
        var afterOurs = t.IsMaster && completed != Moment.Never && t.Lookup.OwnAt >= completed + s_cloudLag;
        if (arrived || afterOurs)
            SupersededRules.Begin(t, node);
    }

    /// <summary>A fresher answer than the last one, own or heard.</summary>
    public static void Know(in Turn t, Holder holder, TimeSpan at)
    {
        var (before, since) = (t.Lookup.Known, t.Lookup.KnownSince);
        t.Lookup.Know(holder, at);
        // Somebody saw it elsewhere than this node did last: a master looks for itself.
        if (t.IsMaster && holder != t.Lookup.Own)
            t.Lookup.Want();
        if (before == holder)
            return;
        t.Guard.HolderChanged();
        if (before.Kind != HolderKind.Unknown)
            NoteMove(t, before, since, holder);
    }

    private static void NoteMove(in Turn t, Holder before, TimeSpan since, Holder holder)
    {
        var (from, to) = (t.NameOf(before), t.NameOf(holder));
        if (!t.IsMaster && t.Lookup.TakeNotice(t.Now))
            t.Announce(new Event(EventKind.HolderChanged, Severity.Info) { From = from, Holder = to });
        if (holder.Kind != HolderKind.Node || holder.NodeId == t.Self.Id)
            return;
        Cause cause = t.State.Releases.Last is { } release ? SuccessionRules.CauseOf(t, release, before, since) : new Cause.SeenAtCloud();
        t.Ip.NoteMove(new Move(t.Term, t.Now, from, to, cause, null, null, null));
        // The budget of C8 is the cluster's: a move that others made away from a fit node is one of the three.
        if (before.Kind == HolderKind.Node && before.NodeId != holder.NodeId && t.Settings.IndexOf(before.NodeId) is var left and >= 0
            && (left == t.Settings.Me ? t.Fitness.Fit : Rank.IsCandidate(t.State, left, t.Now)))
            t.Ip.Budget.CountAway(t.Now);
    }

    /// <summary>
    /// The metadata service is a witness that costs no request (rule C6): it confirms no claim, but tells when to ask the API; a contradiction that lasts is worth a lookup
    /// every 10 s.
    /// </summary>
    public static void Take(in Turn t, Input.MetadataRead read)
    {
        if (read.DropletId is { } droplet)
            IdentityRules.Take(t, droplet);
        var changed = t.Ip.Metadata.Take(read.Witness, t.Now);
        var claim = t.Claim;
        var arrived = read.Witness == Witness.Here && t.Lookup.Own.Kind != HolderKind.Unknown && !t.Lookup.OwnIs(t.Self);
        var left = read.Witness == Witness.NotHere && claim.IsHeld;
        // F41: completed at the API, not seen by the free witness: not verified yet.
        if (left && claim.Action.CompletedAt != Moment.Never && t.Now - claim.Action.CompletedAt < ClaimRules.Timeout)
            claim.Unverify(t.Now);
        else if ((arrived || left) && (changed || t.Now - t.Lookup.OwnAt > ApiHealth.Grace))
            t.Lookup.Want();
        if (!t.IsMaster)
            return;
        if (changed && read.Witness == Witness.Here)
            claim.Action.ReadNow(t.Now);
        LookupRules.AnnounceDisagreement(t);
    }

    public static void Take(in Turn t, Input.AssignAnswered answer)
    {
        var claim = t.Claim;
        claim.Answered();
        if (t.Ip.Write.InFlight)
        {
            WriteRules.Take(t, answer);
            return;
        }
        if (answer.NotSent)
        {
            claim.Assign.NotSent();
            return;
        }
        ApiAnswers.TakeQuota(t, answer.Status, answer.Left);
        if (answer.Unprocessable)
            ApiAnswers.MayWrite(t);
        if (answer.Status == ApiStatus.Refused && claim.Assign.Refusals > 0)
        {
            // The first was followed by a lookup, which showed nothing in the way; the one before the next request is soon enough.
            claim.Assign.RefusedAgain(answer.Detail, t.State.Chance, t.Now);
            t.Announce(new Event(EventKind.AssignRefused, Severity.Info) { Detail = answer.Detail, RequestId = answer.RequestId });
            return;
        }
        claim.CountLookupsFrom(t.Now);
        if (answer.Accepted)
        {
            TakeAccepted(t, answer);
            return;
        }
        t.Lookup.Want();
        claim.Assign.Failed(answer.Detail, t.State.Chance, t.Now);
        if (answer.Status == ApiStatus.NotFound && t.Lookup.OwnAt != Moment.Never)
        {
            TakeDropletNotFound(t, answer);
            return;
        }
        if (answer.Status is ApiStatus.Unauthorized or ApiStatus.Forbidden or ApiStatus.NotFound or ApiStatus.RateLimited)
        {
            ApiAnswers.TakeStatus(t, answer.Status, answer.RetryAfter, answer.Detail);
            if (answer.Status == ApiStatus.Forbidden)
            {
                t.Ip.Write.Refuse();
                t.Api.RefuseWrites();
            }
            t.Announce(new Event(EventKind.AssignRefused, Severity.Info) { Detail = answer.Detail, RequestId = answer.RequestId });
            return;
        }
        claim.Assign.OutcomeOpen(lost: answer.Status == ApiStatus.Failed, refused: answer.Status == ApiStatus.Refused);
        t.Announce(new Event(EventKind.AssignUnclear, Severity.Info) { Detail = answer.Detail, RequestId = answer.RequestId });
    }

    /// <summary>An assign names an address and a droplet. The address is known, so it is the droplet that the cloud does not know, and the API is well.</summary>
    private static void TakeDropletNotFound(in Turn t, Input.AssignAnswered answer)
    {
        t.State.Ip.Write.DoesNotKnow(IdentityRules.DropletOf(t.State, t.Settings.Me));
        // The droplet is the same for every address; people are told once.
        if (t.Claim.Assign.DropletNotFound(t.Now) && (t.Leads || t.State.Ip.Claim.Assign.NotFoundSince == Moment.Never))
            t.Announce(new Event(EventKind.DropletNotFound, Severity.Critical)
            { DropletId = IdentityRules.DropletOf(t.State, t.Settings.Me), Detail = answer.Detail, RequestId = answer.RequestId });
        t.Announce(new Event(EventKind.AssignRefused, Severity.Info) { Detail = answer.Detail, RequestId = answer.RequestId });
    }

    private static void TakeAccepted(in Turn t, Input.AssignAnswered answer)
    {
        t.Ip.CountMove(t.Now);
        t.Ip.Write.Prove();
        t.State.Ip.Write.AskAgain();
        ApiAnswers.Accept(t);
        t.Claim.Assign.Accepted();
        t.Announce(new Event(EventKind.AssignAccepted, Severity.Info)
        { ActionId = answer.ActionId, RequestId = answer.RequestId, Assign = t.Now - answer.SentAt });
        if (!t.IsMaster || answer.Term != t.Term)
        {
            t.Lookup.Want();
            return;
        }
        t.Claim.Action.Open(answer.ActionId, t.Now + LookupRules.Often, t.Now);
        TakeAction(t, answer.Action, null);
    }

    public static void Take(in Turn t, Input.ActionRead read)
    {
        t.Claim.Action.ReadAnswered();
        if (read.Status is not ApiStatus.NotFound)
            ApiAnswers.TakeStatus(t, read.Status, read.RetryAfter, read.Detail);
        ApiAnswers.TakeQuota(t, read.Status, read.Left);
        if (t.Claim.Action.Id != read.ActionId || !t.IsMaster)
            return;
        if (read.Status == ApiStatus.Ok)
            TakeAction(t, read.Action, read.Detail);
        else if (read.Status == ApiStatus.NotFound)
            TakeAction(t, ActionStatus.Unknown, read.Detail);
    }

    private static void TakeAction(in Turn t, ActionStatus status, string? detail)
    {
        var (assign, action) = (t.Claim.Assign, t.Claim.Action);
        switch (status)
        {
            case ActionStatus.InProgress:
                return;
            case ActionStatus.Completed:
                action.Complete(t.Now);
                break;
            case ActionStatus.Errored:
                action.Close();
                assign.WaitAfterFailure(t.State.Chance, t.Now);
                t.Ip.Budget.Uncount();
                t.Announce(new Event(EventKind.ActionErrored, Severity.Warning) { Detail = detail });
                break;
            case ActionStatus.Unknown:
                // A status that nobody documents, or 404 for ever: the address itself decides.
                action.Close();
                assign.OutcomeForgotten();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(status));
        }
        t.Claim.CountLookupsFrom(t.Now);
        t.Lookup.Want();
    }
}
