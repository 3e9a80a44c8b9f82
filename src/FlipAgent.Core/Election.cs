namespace FlipAgent.Core;

/// <summary>
/// The election. One step takes an input and the time, records what was learned, asks every rule in one fixed order, and says what to do. The rules look at what is
/// known now and not at what just changed, so a fact that was lost on the way heals with the next one. They are those of docs/rules.md.
/// </summary>
public static class Election
{
    /// <summary>A new run of the agent.</summary>
    /// <param name="last">What the last run left; null: nothing, or it cannot be read.</param>
    /// <param name="session">Milliseconds since the epoch now; raised to the last session plus one when that is higher.</param>
    public static ElectionState Start(ClusterSettings settings, LastRun? last, ulong session, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var remembered = last?.Remembered ?? new Remembered();
        var state = new ElectionState(settings, remembered, session, now);
        Memory.Recall(state, last, remembered, now);
        return state;
    }

    /// <summary>Takes one input. Effects are appended in the order in which they are to be performed. Never throws for anything that the world can do.</summary>
    public static void Step(ElectionState state, Input input, TimeSpan now, List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (state is { Lifecycle.Exited: true })
            return;
        Learn(state, input, now, effects);
        Decide(new Turn(state, now, effects));
        Invariants.Check(state, now);
    }

    /// <summary>Takes one input without deciding anything: what a stalled loop finds waiting for it is only learned until it is known that it stalled (rule E10).</summary>
    public static void Learn(ElectionState state, Input input, TimeSpan now, List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(effects);
        if (!state.Lifecycle.Exited)
            Intake.Take(new Turn(state, now, effects), input);
    }

    /// <summary>Every rule, in one order. A rule that waits for a moment asks to be woken then.</summary>
    private static void Decide(in Turn t)
    {
        t.State.ClearDeadline();
        CommandRules.Obey(t);
        CommandRules.TakeOverWithLease(t);
        StopRules.Release(t);
        IdentityRules.Apply(t);
        FitnessRules.Judge(t);
        TakebackRules.Forgive(t);
        PeerWatch.Watch(t);
        StallRules.EndQuarantine(t);
        LeaseRules.StepDown(t);
        RoleRules.TakeNextTerm(t);
        DecideRole(t);
        LeaseRules.Ask(t);
        LookupRules.Watch(t);
        FollowerRules.Watch(t);
        GuardRules.Probe(t);
        WriteRules.Send(t);
        LookupRules.Ask(t);
        FollowerRules.Ask(t);
        ServiceRules.Announce(t);
        StandbyRules.Watch(t);
        LeaseRules.Announce(t);
        FitnessRules.SwitchUnit(t);
        AdvertRules.Send(t);
        StopRules.Exit(t);
        Memory.Save(t);
        t.State.CloseDeadline(t.Now);
    }

    /// <summary>A master first: when it steps down, the rules of the other roles apply to it; and a node that is master by them claims in the same step.</summary>
    private static void DecideRole(in Turn t)
    {
        if (t.State.Lifecycle.Stopping)
            return;
        if (t.IsMaster)
            DecideMaster(t);
        if (t.IsMaster)
            return;
        if (t.Role == Role.Starting)
            StartRules.Listen(t);
        if (t.Role == Role.Fault)
            RoleRules.LeaveFault(t);
        if (t.Role == Role.Backup)
            DecideBackup(t);
        if (t.IsMaster)
            DecideMaster(t);
    }

    private static void DecideBackup(in Turn t)
    {
        if (t.Fitness.ListenOnly || RoleRules.EnterFault(t))
            return;
        SupersededRules.End(t);
        PreemptRules.Wish(t);
        if (t.State.Quarantine.On)
            return;
        InquiryRules.AskWhenLate(t);
        if (!SuccessionRules.TakeOverOnRelease(t) && !InquiryRules.TakeOver(t) && !SilenceRules.MasterIsFresh(t))
            SilenceRules.TakeOver(t);
    }

    private static void DecideMaster(in Turn t)
    {
        if (RoleRules.GiveUpWhenUnfit(t) || RoleRules.YieldToHigher(t) || SupersededRules.Yield(t) || t.State.Quarantine.On)
            return;
        if (PreemptRules.Grant(t) || SuccessionRules.Follow(t) || TakebackRules.GiveBack(t) || ClaimRules.HandOver(t))
            return;
        ClaimRules.Decide(t);
        // The first address may have ended the mastership (C8).
        if (t.IsMaster)
            FollowerRules.Claim(t);
    }

    /// <summary>Rule C1: may the assign that was asked for in <paramref name="term"/> still be sent? Asked right before it leaves.</summary>
    /// <param name="address">Id of the floating IP (<see cref="ClusterSettings.AddressIds"/>); null: it is one that there is.</param>
    public static bool MayAssign(ElectionState state, uint term, uint? address = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (address is { } id && state.Settings.IndexOfAddress(id) < 0)
            return false;
        return state.Role == Role.Master && state.Term == term && state.Fitness.Fit && !state.Quarantine.On && !state.Lifecycle.Stopping
            && !state.Ip.Supersession.On;
    }

    /// <summary>When what <see cref="MayAssign"/> says ends by itself: with the lease (rule E15); <see cref="Moment.Forever"/> where there is none.</summary>
    public static TimeSpan MayAssignUntil(ElectionState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Settings.Lease is null ? Moment.Forever : state.Lease.ValidUntil;
    }

    /// <summary>Rule E15: this node takes itself for the master, and its lease is over at <paramref name="now"/>.</summary>
    public static bool HasLostLease(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state is { Role: Role.Master, Settings.Lease: not null } && !state.Lease.IsValid(now);
    }

    /// <summary>The advert that this node sends at this moment; takes the next sequence number.</summary>
    public static Advert BuildAdvert(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return AdvertRules.Build(state, now);
    }

    /// <summary>As far as this node knows, the cloud would take an assign of it.</summary>
    public static bool CouldMove(ElectionState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Rank.CouldMove(state);
    }

    /// <summary>Index of the peer that is the living master, or -1: `master` of the status of a node that is not master itself.</summary>
    public static int LivingMaster(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Rank.LivingMaster(state, now);
    }

    /// <summary>Are clients served, as all nodes see it (rule S1).</summary>
    public static ServiceState Service(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ServiceRules.Judge(state, now);
    }

    /// <summary>For how much longer a claim waits for the distance to this node's last move (rule C8); zero: it does not wait for that.</summary>
    public static TimeSpan MoveGap(ElectionState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ClaimRules.GapLeft(state, state.Ip, now);
    }

    /// <summary>How the droplet that this machine is compares with the file (rule S2).</summary>
    public static IdentityState IdentityOf(ElectionState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return IdentityRules.Of(state);
    }

    /// <summary>What the guard of a node saw, as far as this node knows.</summary>
    public static Sighting SightingOf(ElectionState state, int node, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ServiceRules.Of(state, node, now);
    }

    /// <summary>A node's name, <c>other</c>, <c>nobody</c> or <c>unknown</c>: `holder` of the status.</summary>
    /// <param name="address">Index of the floating IP.</param>
    public static string HolderName(ElectionState state, int address = 0)
    {
        ArgumentNullException.ThrowIfNull(state);
        return NameOf(state.Settings, state.Ips[address].Lookup.Known);
    }

    internal static string NameOf(ClusterSettings settings, Holder holder) => holder.Kind switch
    {
        HolderKind.Unknown => "unknown",
        HolderKind.Nobody => "nobody",
        HolderKind.Node => settings.IndexOf(holder.NodeId) is var node and >= 0 ? settings.Nodes[node].Name : "nobody",
        HolderKind.Foreign => "other",
        _ => throw new ArgumentOutOfRangeException(nameof(holder)),
    };
}
