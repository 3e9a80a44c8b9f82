namespace FlipAgent.Core;

/// <summary>
/// The roles: what makes a node leave one, and the only functions that change it. What a role begins or ends with stands in <see cref="BeginMastership"/> and <see cref="Become"/>.
/// </summary>
internal static class RoleRules
{
    /// <summary>Rule E7: a master that hears of a higher term and of no living master of it takes the next.</summary>
    public static void TakeNextTerm(in Turn t)
    {
        var heard = t.Standing.TermHeard;
        if (!t.IsMaster || !Terms.IsLater(heard, t.Term) || t.State.Quarantine.On)
            return;
        var other = Rank.LivingMaster(t.State, t.Now);
        if (other >= 0 && !Terms.IsLater(heard, t.Peers[other].MasterTerm))
            return; // It yields to that one.
        t.Standing.RaiseTerm(Terms.Next(heard));
        t.Lookup.Want();
        t.Announce(new Event(EventKind.TermTaken, Severity.Info) { OtherTerm = heard });
    }

    /// <summary>Rule E7: a living master of a higher term, or of this term and a better rank, makes this node backup.</summary>
    public static bool YieldToHigher(in Turn t)
    {
        var other = Rank.LivingMaster(t.State, t.Now);
        if (other < 0)
            return false;
        var (term, mine) = (t.Peers[other].MasterTerm, t.Term);
        if (Terms.IsLater(mine, term) || (term == mine && Rank.Outranks(t.State, t.Settings.Me, other, t.Now)))
        {
            if (term == mine && t.Claim.LookupsCountFrom < t.Peers[other].MasterHeardAt && t.Claim.IsHeld)
                t.Lookup.Want();
            return false;
        }
        var name = t.NameOf(other);
        t.Standing.RaiseTerm(term);
        t.Announce(new Event(EventKind.TwoMasters, Severity.Warning) { Peer = name, Cause = term != mine ? new Cause.HigherTerm() : new Cause.HigherRank() });
        Become(t, Role.Backup, EventKind.BecameBackup, Severity.Info, new Cause.MasterElsewhere(name, term));
        return true;
    }

    /// <summary>Rules E1, E4: a master that cannot serve gives up.</summary>
    public static bool GiveUpWhenUnfit(in Turn t)
    {
        if (t.Fitness.Fit || FitnessRules.IsWarmingUp(t))
            return false;
        GiveUp(t, Rank.BestSuccessor(t.State, t.Now), planned: false, t.Fitness.UnfitBecause!);
        return true;
    }

    public static void LeaveFault(in Turn t)
    {
        var (fitness, because) = (t.Fitness, t.Fitness.UnfitBecause);
        if (fitness.Fit || fitness.ListenOnly)
            Become(t, Role.Backup, EventKind.BecameBackup, Severity.Info, fitness.Fit ? new Cause.FitAgain() : new Cause.StandsBy(), alert: fitness.EndFault() || !fitness.Fit);
        else if (because is not Cause.InMaintenance && !fitness.FaultTold)
            TellFault(t, because!);
    }

    /// <summary>The maintenance is over, and under it lies a fault that nobody has heard of.</summary>
    private static void TellFault(in Turn t, Cause.OfRelease cause)
    {
        t.Fitness.TellFault();
        t.Announce(new Event(EventKind.BecameFault, Severity.Warning) { RoleFrom = Role.Fault, RoleTo = Role.Fault, Cause = cause, Alert = true, Holder = t.NameOf(t.Lookup.Known) });
    }

    public static bool EnterFault(in Turn t)
    {
        if (t.Fitness.Fit)
            return false;
        Become(t, Role.Fault, EventKind.BecameFault, Severity.Warning, t.Fitness.UnfitBecause!, alert: true);
        return true;
    }

    /// <summary>Master of the next term; where a lease is needed, once it is here (rule E15).</summary>
    /// <param name="assignFirst">Without a lookup (rule C2).</param>
    /// <param name="planned">It claims although the address is at a fit node (rule E8a).</param>
    /// <param name="detect">From the fault to now; zero: planned, or not known.</param>
    /// <param name="takenBack">The move before did not help and is taken back (rule C10).</param>
    public static void Promote(in Turn t, bool assignFirst, bool planned, Cause cause, TimeSpan detect, bool takenBack = false)
    {
        if (!LeaseRules.MayBeMaster(t))
            return;
        var from = t.Role;
        t.Standing.BecomeMaster(t.Now);
        BeginMastership(t, from, assignFirst, planned, cause, detect, takenBack);
    }

    /// <summary>Master of the term of the last run again (rule E11).</summary>
    public static void Resume(in Turn t, uint term)
    {
        var from = t.Role;
        t.Standing.ResumeMaster(term, t.Now);
        BeginMastership(t, from, assignFirst: false, planned: false, new Cause.Resumed(), TimeSpan.Zero);
    }

    private static void BeginMastership(in Turn t, Role from, bool assignFirst, bool planned, Cause cause, TimeSpan detect, bool takenBack = false)
    {
        var s = t.State;
        var holder = t.NameOf(t.Lookup.Known);
        s.Releases.Clear();
        s.Silence.Promoted();
        s.Inquiry.Close();
        var overrides = s.Preemption.Granted(t.Now);
        foreach (var ip in s.Ips)
        {
            ip.Metadata.NewMastership();
            ip.Budget.Ask(awayFromFit: false);
            ip.Claim.Begin(assignFirst && ip == t.Ip, planned, overrides, takenBack, t.NameOf(ip.Lookup.Known), cause, detect, t.Now);
            ip.Lookup.Want();
        }
        s.Unit.Promoted();
        // From here on its service counts: nothing is claimed before it is up (E14).
        if (t.Settings.ColdStandby)
            FitnessRules.Judge(t);
        s.Adverts.Repeat();
        t.Announce(new Event(EventKind.BecameMaster, Severity.Info)
        { RoleFrom = from, RoleTo = Role.Master, Cause = cause, Holder = holder, Detect = detect });
    }

    /// <summary>Rule E4: releases the mastership, to <paramref name="successor"/> when there is one (-1: to nobody in particular).</summary>
    /// <param name="atSuccessor">The address is there already (rule E8a).</param>
    /// <param name="takenBack">The address came here in vain and goes back (rule C10).</param>
    public static void GiveUp(in Turn t, int successor, bool planned, Cause.OfRelease cause, bool atSuccessor = false, bool takenBack = false)
    {
        var (fit, faultAt) = (t.Fitness.Fit, t.Fitness.FaultAt);
        var detect = planned || fit || faultAt == Moment.Never || t.Now - faultAt > TimeSpan.FromMinutes(1) ? TimeSpan.Zero : t.Now - faultAt;
        var to = successor >= 0 ? t.Settings.Nodes[successor] : null;
        t.State.Releases.Make(new Release(t.Term, to?.Id ?? NodeId.None, planned, atSuccessor, ReleaseCause.OnWire(cause), (uint)detect.TotalMilliseconds) { TakenBack = takenBack }, t.Now);
        t.Announce(new Event(EventKind.Released, planned || fit ? Severity.Info : to is not null ? Severity.Warning : Severity.Critical)
        {
            Peer = to?.Name,
            Cause = cause,
            Holder = t.NameOf(t.Lookup.Known),
            Detect = detect > TimeSpan.Zero ? detect : null,
            Fit = fit,
        });
        if (!fit && to is null)
            t.Fitness.TellVacancy();
        Become(t, fit ? Role.Backup : Role.Fault, fit ? EventKind.BecameBackup : EventKind.BecameFault, Severity.Info, cause);
        t.State.Adverts.Repeat();
    }

    /// <summary>Any change of role but to master.</summary>
    public static void Become(in Turn t, Role role, EventKind kind, Severity severity, Cause cause, bool alert = false)
    {
        var from = t.Role;
        if (t.IsMaster)
        {
            t.Peers.ListenAnew(t.Now);
            foreach (var ip in t.State.Ips)
                ip.Claim.End();
        }
        t.Standing.Become(role, t.Now);
        if (role == Role.Fault && cause is not Cause.InMaintenance)
            t.Fitness.TellFault();
        t.State.Silence.Wait();
        t.Announce(new Event(kind, severity)
        { RoleFrom = from, RoleTo = role, Cause = cause, Alert = alert, Holder = t.NameOf(t.Lookup.Known) });
    }
}
