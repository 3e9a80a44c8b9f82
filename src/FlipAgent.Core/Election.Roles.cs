namespace FlipAgent.Core;

/// <summary>
/// Taking and giving up the mastership: the doors between the roles. Every change of role goes through one of the three functions at the end,
/// so what must be reset is reset in one place.
/// </summary>
public static partial class Election
{
    /// <summary>Rule E7: a living master of a higher term, or of this term and a better rank, makes this node backup.</summary>
    private static bool YieldToHigher(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var other = BestLivingMaster(s, now);
        if (other < 0)
            return false;
        var term = s.Peers[other].MasterTerm;
        if (term < s.Term || (term == s.Term && Outranks(s, s.Settings.Me, other, now)))
        {
            if (term == s.Term && s.LookBasis < s.Peers[other].MasterHeardAt && s.Claim == ClaimState.Held)
                s.LookWanted = true;
            return false;
        }
        var name = NameOf(s, other);
        var why = term > s.Term ? "its term is higher" : "it ranks higher";
        s.Term = term;
        Tell(fx, new Event(EventKind.TwoMasters, Severity.Warning, term, $"{name} is master too, of term {term}: {why}, so it stays") { Peer = name });
        Become(s, Role.Backup, EventKind.BecameBackup, Severity.Info, $"{name} is master of term {term}", now, fx);
        return true;
    }

    /// <summary>Rule E7: a master that hears a higher term and no living master of it takes the next.</summary>
    private static void HigherTermHeard(ElectionState s, uint term, TimeSpan now, List<Effect> fx)
    {
        var other = BestLivingMaster(s, now);
        if (other >= 0 && s.Peers[other].MasterTerm >= term)
            return; // DecideRole yields to it.
        if (s.Quiet)
        {
            s.TermHeardInQuiet = Math.Max(s.TermHeardInQuiet, term); // Acted on when the stall is over (rule E10).
            return;
        }
        s.Term = term + 1;
        s.Dirty = true;
        s.LookWanted = true;
        Tell(fx, new Event(EventKind.TermTaken, Severity.Info, s.Term, $"term {term} is known and has no living master: goes on as master of term {s.Term}"));
    }

    /// <summary>Rules E4, E5: a release of the highest term known counts while no master of that term or a later one lives.</summary>
    private static bool ReleaseCounts(ElectionState s, TimeSpan now)
    {
        if (s.Release is not { } release || release.Term != s.Term)
            return false;
        // Following (E8a) says nothing against the node that has the IP: nobody else takes it without asking the guard.
        if (release.AtSuccessor && release.Successor != s.Settings.Self.Id)
            return false;
        // Somebody whom nobody hears has the IP: it was not the one that gave up, so the guard is asked (rule E6), unless a person wants the move.
        if (!(release.Successor == s.Settings.Self.Id && release.Planned) && s.Holder.Kind == HolderKind.Node && s.Holder.NodeId != s.Settings.Self.Id
            && s.Settings.IndexOf(s.Holder.NodeId) is var holder && holder >= 0 && !Heard(s, holder, now))
            return false;
        if (now - s.ReleaseAt > s.Settings.MasterDown + s.Settings.Nodes.Length * s.Settings.Interval / 2)
            return false; // Too long ago: what is silent since is judged by rule E6, guard included.
        for (var i = 0; i < s.Peers.Length; i++)
            if (IsLivingMaster(s, i, now) && s.Peers[i].MasterTerm >= release.Term)
                return false;
        return true;
    }

    /// <summary>Rule E5: the named peer at once, the others in their turn, with no guard. True while a release counts.</summary>
    private static bool TakeOverOnRelease(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (!ReleaseCounts(s, now))
            return false;
        var release = s.Release!;
        if (release.Successor == s.Settings.Self.Id)
        {
            EndSuperseded(s, "named successor", fx);
            TakeOver(s, postAtOnce: !release.AtSuccessor, release.Planned, release.Cause, TimeSpan.FromMilliseconds(release.DetectMs), now, fx);
            return true;
        }
        if (s.SupersededBy != 0)
            return true;
        var named = s.Settings.IndexOf(release.Successor);
        var place = PlaceInTurn(s, named, now) + (named >= 0 ? 1 : 0);
        var turn = s.ReleaseAt + place * s.Settings.Interval / 2;
        if (now < turn)
        {
            Wake(s, turn);
            return true;
        }
        TakeOver(s, postAtOnce: false, planned: false, release.Cause, TimeSpan.FromMilliseconds(release.DetectMs), now, fx);
        return true;
    }

    /// <summary>Rule E8a: the IP is at a fit peer that is heard: the mastership goes there, and nothing moves.</summary>
    private static bool Follow(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Planned || s.Override || s.WriteInFlight || s.ActionId != 0 || s.Locked || s.LookSentAt < s.LookBasis)
            return false;
        if (s.Look.Kind != HolderKind.Node || s.Look.NodeId == s.Settings.Self.Id)
            return false;
        var holder = s.Settings.IndexOf(s.Look.NodeId);
        if (holder < 0 || !IsCandidate(s, holder, now) || now - s.LookSentAt > FreshLook || now - s.CompletedAt < FreshLook)
            return false;
        var name = NameOf(s, holder);
        Tell(fx, new Event(EventKind.Followed, Severity.Info, s.Term, $"the floating IP is at {name}, which is fit: the mastership follows it, nothing moves")
        { Peer = name, Holder = name, Alert = true });
        GiveUp(s, holder, planned: false, $"the IP is at {name}", now, fx, atSuccessor: true);
        return true;
    }

    /// <summary>Rule E9, the master's side: one planned move to a peer that asks and outranks it, when nothing of its own is open.</summary>
    private static bool GrantPreempt(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.WriteInFlight || s.ActionId != 0)
            return false;
        for (var i = 0; i < s.Peers.Length; i++)
        {
            if (!IsCandidate(s, i, now) || s.Peers[i] is not { Advert: { } advert, ApiReachable: true } p || now - p.HeardAt > s.Settings.MasterDown)
                continue;
            // What it asked of the master before this one was granted or refused by that one. Its release may have come by way of others.
            if (p.HeardAt <= s.RoleSince)
                continue;
            var asked = advert.AsksByCommand;
            if (!asked && !(s.Settings.Preempt && advert.WantsToPreempt && p.EffectivePriority > s.EffectivePriority))
                continue;
            GiveUp(s, i, planned: true, asked ? $"promote on {advert.Node}" : $"{advert.Node} has priority {p.EffectivePriority}", now, fx);
            return true;
        }
        return false;
    }

    /// <summary>Rule E9, the asking side. The wish must have held without a break.</summary>
    private static void DecidePreemptWish(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var master = BestLivingMaster(s, now);
        var outranks = s.Settings.Preempt && master >= 0 && s.Fit && s.ApiOk == true && now >= s.HoldDownUntil && !s.FlapHold
            && s.SupersededBy == 0 && now - s.LastMoveAt >= MoveGap && s.EffectivePriority > s.Peers[master].EffectivePriority
            && !SomebodyBetterAsks(s, master, now);
        if (!outranks)
        {
            s.OutranksSince = ElectionState.Forever;
            s.WantsToPreempt = false;
            return;
        }
        if (s.OutranksSince == ElectionState.Forever)
            s.OutranksSince = now;
        var wanted = s.WantsToPreempt;
        s.WantsToPreempt = now - s.OutranksSince >= s.Settings.PreemptDelay;
        if (s.WantsToPreempt && !wanted)
            Tell(fx, new Event(EventKind.Preempting, Severity.Info, s.Term,
                $"{s.Settings.Self.Name} asks {NameOf(s, master)} for the mastership: priority {s.EffectivePriority} against {s.Peers[master].EffectivePriority}")
            { Peer = NameOf(s, master) });
        if (!s.WantsToPreempt)
            Wake(s, s.OutranksSince + s.Settings.PreemptDelay);
    }

    /// <summary>Of several that outrank the master only the best asks: one planned move, not a staircase.</summary>
    private static bool SomebodyBetterAsks(ElectionState s, int master, TimeSpan now)
    {
        for (var i = 0; i < s.Peers.Length; i++)
            if (i != master && IsCandidate(s, i, now) && s.Peers[i] is { ApiReachable: true, HoldDown: false } p
                && (p.EffectivePriority > s.EffectivePriority || (p.EffectivePriority == s.EffectivePriority && i < s.Settings.Me)))
                return true;
        return false;
    }

    /// <summary>Becomes master of the next term.</summary>
    private static void TakeOver(ElectionState s, bool postAtOnce, bool planned, string cause, TimeSpan detect, TimeSpan now, List<Effect> fx)
    {
        s.Term++;
        var from = s.Role;
        (s.Role, s.RoleSince, s.Release, s.Dirty) = (Role.Master, now, null, true);
        (s.Planned, s.PostAtOnce, s.LookBasis, s.LookWanted) = (planned, postAtOnce, now, true);
        (s.Claim, s.ClaimSince, s.PostFailures, s.NextPostAt, s.PostUnclear, s.PostLost) = (ClaimState.Claiming, now, 0, now, false, false);
        (s.ClaimSlowTold, s.MetadataDisagreementTold, s.SilenceTold, s.PostedSinceMaster) = (false, false, false, false);
        (s.MoveFrom, s.MoveCause, s.MoveDetect, s.MoveFromFit) = (NameOfHolder(s, s.Holder), cause, detect, false);
        (s.AcceptedAt, s.CompletedAt, s.PostedAt, s.ReadySince) = (ElectionState.Never, ElectionState.Never, ElectionState.Never, ElectionState.Forever);
        s.Override = s.AsksWithYes && now < s.AsksByCommandUntil;
        (s.WantsToPreempt, s.OutranksSince, s.AsksByCommandUntil, s.AsksWithYes) = (false, ElectionState.Forever, ElectionState.Never, false);
        s.UnitStartAskedAt = ElectionState.Never;
        s.Refusal = null;
        // From here on its service counts: nothing is claimed before it is up (E14).
        if (s.Settings.ColdStandby)
            JudgeFitness(s, now, fx);
        s.Copies = 3;
        Tell(fx, new Event(EventKind.BecameMaster, Severity.Info, s.Term, $"{s.Settings.Self.Name} is master of term {s.Term}: {cause}")
        { RoleFrom = from, RoleTo = Role.Master, Cause = cause, Holder = NameOfHolder(s, s.Holder), Detect = detect });
    }

    /// <summary>Rule E4: releases the mastership, to <paramref name="successor"/> when there is one.</summary>
    private static void GiveUp(ElectionState s, int successor, bool planned, string cause, TimeSpan now, List<Effect> fx, bool atSuccessor = false)
    {
        var detect = planned || s.FaultAt == ElectionState.Never || now - s.FaultAt > TimeSpan.FromMinutes(1) || s.Fit ? TimeSpan.Zero : now - s.FaultAt;
        s.Release = new Release(s.Term, successor >= 0 ? s.Settings.Nodes[successor].Id : NodeId.None, planned, atSuccessor, Cut(cause), (uint)detect.TotalMilliseconds);
        (s.ReleaseAt, s.ReleaseIsMine) = (now, true);
        var to = s.Fit ? Role.Backup : Role.Fault;
        var next = successor >= 0 ? $"released to {NameOf(s, successor)}" : "released; no fit peer is heard";
        Tell(fx, new Event(EventKind.Released, planned || s.Fit ? Severity.Info : successor >= 0 ? Severity.Warning : Severity.Critical, s.Term,
            $"{s.Settings.Self.Name} gives up the mastership of term {s.Term}: {cause}; {next}")
        {
            Peer = successor >= 0 ? NameOf(s, successor) : null,
            Cause = cause,
            Holder = NameOfHolder(s, s.Holder),
            Detect = detect > TimeSpan.Zero ? detect : null,
            Next = s.Fit ? null : successor >= 0 ? $"Repair {s.Settings.Self.Name}; nothing moves back by itself." : "Repair a node: none can serve.",
        });
        Become(s, to, to == Role.Fault ? EventKind.BecameFault : EventKind.BecameBackup, Severity.Info, cause, now, fx);
        s.Copies = 3;
    }

    /// <summary>Any change of role but to master.</summary>
    private static void Become(
        ElectionState s, Role role, EventKind kind, Severity severity, string cause, TimeSpan now, List<Effect> fx, bool alert = false)
    {
        var from = s.Role;
        if (from == Role.Master)
        {
            s.SilenceSince = now;
            (s.Claim, s.Planned, s.Override, s.PostAtOnce) = (ClaimState.None, false, false, false);
            (s.Term, s.TermHeardInQuiet) = (Math.Max(s.Term, s.TermHeardInQuiet), 0);
            s.ActionId = 0;
            s.Refusal = null;
        }
        (s.Role, s.RoleSince, s.ReadySince, s.Dirty) = (role, now, ElectionState.Forever, true);
        Tell(fx, new Event(kind, severity, s.Term, $"{s.Settings.Self.Name} is {Say(role)}: {cause}")
        { RoleFrom = from, RoleTo = role, Cause = cause, Alert = alert, Holder = NameOfHolder(s, s.Holder) });
    }

    /// <summary>At most 48 bytes of UTF-8, as the wire carries it.</summary>
    private static string Cut(string text)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(text) <= AdvertCodec.MaxCauseBytes)
            return text;
        const string More = "...";
        while (System.Text.Encoding.UTF8.GetByteCount(text) > AdvertCodec.MaxCauseBytes - More.Length)
            text = text[..^1];
        return text + More;
    }
}
