namespace FlipAgent.Core;

/// <summary>
/// Rule E15: a node is master only while it holds the lease. The other rules say who should be master; where there is a lease, that one asks for it first, and keeps asking for as long as they say
/// so. Nothing here makes a node master.
/// </summary>
internal static class LeaseRules
{
    private static readonly TimeSpan s_orderFor = TimeSpan.FromSeconds(5);

    /// <summary>Asked by whoever is about to become master. False: not yet; the lease is asked for.</summary>
    public static bool MayBeMaster(in Turn t)
    {
        if (t.Settings.Lease is null || t.State.Lease.IsValid(t.Now))
            return true;
        t.State.Lease.Want(t.Now);
        return false;
    }

    public static void Take(in Turn t, Input.LeaseAnswered answer)
    {
        if (t.Settings.Lease is { } terms)
            t.State.Lease.Take(answer, terms, t.Self.Name, t.Now);
    }

    /// <summary>A master whose lease is over steps down, before the store can give the lease to another.</summary>
    public static void StepDown(in Turn t)
    {
        var lease = t.State.Lease;
        if (t.Settings.Lease is null || !t.IsMaster)
            return;
        if (lease.IsValid(t.Now))
        {
            t.WakeAt(lease.ValidUntil);
            return;
        }
        var other = lease.Id == 0 ? lease.Holder : null;
        lease.RanOut();
        var successor = Rank.BestSuccessor(t.State, t.Now);
        t.Announce(new Event(EventKind.LeaseLost, successor >= 0 ? Severity.Warning : Severity.Critical)
        { Holder = t.NameOf(t.Lookup.Known), Peer = other ?? (successor >= 0 ? t.NameOf(successor) : null), Detail = lease.Problem.Length > 0 ? lease.Problem : null });
        RoleRules.GiveUp(t, successor, planned: false, new Cause.LeaseLost());
    }

    /// <summary>What a person asked for while the lease was not here.</summary>
    public static CommandResult? Order(in Turn t)
    {
        var lease = t.State.Lease;
        if (t.Settings.Lease is not { } terms || lease.IsValid(t.Now))
            return null;
        if (lease.Holder is { } holder && holder != t.Self.Name && t.Now - lease.HolderAt < terms.Ttl)
            return new CommandResult.LeaseElsewhere(holder);
        lease.Order(t.Now + s_orderFor);
        return new CommandResult.AsksForLease();
    }

    /// <summary>What is asked of the store in this step. Comes after the rules that may want the lease.</summary>
    public static void Ask(in Turn t)
    {
        var lease = t.State.Lease;
        if (t.Settings.Lease is not { } terms)
            return;
        var wanted = lease.IsWanted(t.Now);
        if (!wanted)
            lease.WantNoMore();
        // A lease that has run out because the store cannot be reached is kept in mind: it may still be alive when the store is back.
        if (lease.Id != 0 && !t.IsMaster && !wanted && !MayStillResume(t) && (lease.IsValid(t.Now) || lease.Reaches == true))
        {
            if (lease.Releasing)
                return; // A step follows its answer.
            t.Do(new Effect.AskLease(LeaseRequest.Release, lease.Id, 0));
            lease.GiveUp(t.Now);
        }
        if (t.State.Lifecycle.Stopping && !t.IsMaster)
            return;
        var holderIsFirst = wanted && HolderIsFirst(t);
        var due = holderIsFirst && lease.Reaches == true && lease.BackAt != Moment.Never ? Moment.Max(lease.DueAt, lease.BackAt + LeasePace.HeadStart(terms)) : lease.DueAt;
        if (t.Now < due)
        {
            t.WakeAt(due);
            return;
        }
        // While the store cannot be reached, a node that has to let another go first only checks whether it is back.
        var ask = t.IsMaster ? (lease.IsUnconfirmed ? Acquire(lease, t.Term) : new Effect.AskLease(LeaseRequest.Renew, lease.Id, 0))
            : wanted && !(holderIsFirst && lease.Reaches == false) ? Acquire(lease, Terms.Next(t.Term))
            : new Effect.AskLease(LeaseRequest.Read, 0, 0);
        lease.Send(ask.Request);
        t.Do(ask);
    }

    private static Effect.AskLease Acquire(Lease lease, uint term) => new(LeaseRequest.Acquire, lease.Id, term);

    /// <summary>People hear once that the store fails, that it is back, and that another node has what this one wants.</summary>
    public static void Announce(in Turn t)
    {
        var lease = t.State.Lease;
        if (t.Settings.Lease is not { } terms)
            return;
        var patience = lease.FailingSince + terms.Ttl;
        if (lease.Reaches == false && !lease.FailureAnnounced)
        {
            if (t.Now < patience)
            {
                t.WakeAt(patience);
            }
            else
            {
                lease.AnnounceFailure(alert: IsNews(t));
                t.Announce(new Event(EventKind.StoreFailing, lease.FailureAlerted ? Severity.Warning : Severity.Info) { Duration = terms.Ttl, Detail = lease.Problem });
            }
        }
        var before = t.State.Open.Has(EventKind.StoreFailing);
        if (lease.Reaches == true && (lease.FailureAnnounced || before))
        {
            lease.AnnounceReturn();
            t.Announce(new Event(EventKind.StoreAnswers, Severity.Info) { Alert = lease.FailureAlerted || before });
        }
        if (lease.WantedSince == Moment.Never || lease.WaitAnnounced || lease.Reaches != true || lease.Holder is not { } holder)
            return;
        var waited = lease.WantedSince + (2 * terms.Ttl);
        if (t.Now < waited)
        {
            t.WakeAt(waited);
            return;
        }
        lease.AnnounceWait();
        t.Announce(new Event(EventKind.LeaseElsewhere, Severity.Warning) { Peer = holder, Duration = 2 * terms.Ttl });
    }

    /// <summary>
    /// Only this node is in trouble, or there has been no master that could have told of it, as when all were started while the store is away. Else the last master has told people already, and one
    /// alert is enough.
    /// </summary>
    private static bool IsNews(in Turn t)
    {
        var master = Rank.LivingMaster(t.State, t.Now);
        return t.IsMaster || (master >= 0 ? t.Peers[master].StoreReachable : t.Peers.LastMaster() < 0 && t.State.Releases.Last is null);
    }

    /// <summary>The last run's lease is kept for as long as this run may go on as its master (rule E11).</summary>
    private static bool MayStillResume(in Turn t) => t.Role == Role.Starting && t.State.Lifecycle.ResumeTerm != 0;

    /// <summary>When the store is back after an outage, the node that has the address goes first, for then nothing has to move.</summary>
    private static bool HolderIsFirst(in Turn t)
    {
        var known = t.Lookup.Known;
        if (known.Kind != HolderKind.Node || known.NodeId == t.Self.Id)
            return false;
        var holder = t.Settings.IndexOf(known.NodeId);
        return holder >= 0 && t.Peers.IsHeard(holder, t.Now) && t.Peers[holder] is { Fit: true, Leaving: false };
    }
}
