namespace FlipAgent.Core;

/// <summary>
/// The election: one step takes an input and the time, changes the state and says what to do. Like a chess clock with a rule book: it has no
/// hands, it only says whose move it is. Facts go in first, then every rule is asked in one fixed order, whatever the input was; so a fact
/// that was lost on the way heals with the next one. The rules are those of docs/rules.md: E1.. for roles, C1.. for claims.
/// </summary>
public static partial class Election
{
    /// <summary>A new run of the agent.</summary>
    /// <param name="session">Milliseconds since the epoch now; raised to the last session plus one when that is higher.</param>
    public static ElectionState Start(ClusterSettings settings, LastRun? last, ulong session, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var s = new ElectionState(settings, now);
        var remembered = last?.Remembered ?? new Remembered();
        s.Session = Math.Max(session, remembered.Session + 1);
        s.WallAtStart = session;
        s.Rng = (s.Session * 0x9E3779B97F4A7C15) ^ settings.Self.Id;
        s.Term = remembered.Term;
        s.EffectivePriority = settings.Self.Priority;
        Recall(s, last, remembered, now);
        s.NextDeadline = now;
        return s;
    }

    /// <summary>Takes one input. Effects are appended in the order in which they are to be performed. Never throws for anything that the world can do.</summary>
    public static void Step(ElectionState state, Input input, TimeSpan now, List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(effects);
        if (state.Exited)
            return;
        TakeIn(state, input, now, effects);
        if (IsDrained(state, input, now))
            return;
        Decide(state, now, effects);
    }

    /// <summary>What a stalled loop finds in its socket is only learned; what to do about it waits for the word that it stalled (rule E10).</summary>
    private static bool IsDrained(ElectionState s, Input input, TimeSpan now) =>
        input is Input.AdvertHeard or Input.AdvertRejected && now - s.NextDeadline > 2 * s.Settings.Interval;

    private static void TakeIn(ElectionState s, Input input, TimeSpan now, List<Effect> fx)
    {
        switch (input)
        {
            case Input.Deadline:
                break;
            case Input.AdvertHeard heard:
                Hear(s, heard.Peer, heard.Advert, now, fx);
                break;
            case Input.AdvertRejected rejected:
                Reject(s, rejected.Peer, rejected.Reason, rejected.Detail, now, fx);
                break;
            case Input.CheckChanged changed:
                TakeVerdict(s, changed, now, fx);
                break;
            case Input.HolderRead read:
                TakeLook(s, read, now, fx);
                break;
            case Input.AssignAnswered answered:
                TakeAssignAnswer(s, answered, now, fx);
                break;
            case Input.ActionRead read:
                TakeAction(s, read, now, fx);
                break;
            case Input.GuardAnswered answered:
                TakeGuardAnswer(s, answered, now, fx);
                break;
            case Input.MetadataRead read:
                TakeMetadata(s, read, now, fx);
                break;
            case Input.Commanded commanded:
                fx.Add(new Effect.Reply(Obey(s, commanded.Command, now, fx)));
                break;
            case Input.SettingsChanged changed:
                TakeSettings(s, changed, now, fx);
                break;
            case Input.Stalled stalled:
                TakeStall(s, stalled.Late, now, fx);
                break;
            case Input.Stopping stopping:
                TakeStop(s, stopping.Kind, now, fx);
                break;
            case Input.UnitChanged changed:
                TakeUnit(s, changed, fx);
                break;
            case Input.Noticed noticed:
                fx.Add(new Effect.Announce(noticed.Event with { Term = s.Term }));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(input));
        }
    }

    /// <summary>Every rule, in one order. A rule that waits for a moment says so with <see cref="Wake"/>.</summary>
    private static void Decide(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        s.NextDeadline = ElectionState.Forever;
        JudgeFitness(s, now, fx);
        WatchPeers(s, now, fx);
        EndQuiet(s, now);
        // A role that changes may make another rule apply; four rounds are more than any chain of rules needs.
        for (var round = 0; round < 4; round++)
        {
            var before = (s.Role, s.Term);
            DecideRole(s, now, fx);
            DecideClaim(s, now, fx);
            if (before == (s.Role, s.Term))
                break;
        }
        WatchHolder(s, now, fx);
        DecideGuard(s, now, fx);
        DecideReads(s, now, fx);
        DecideUnit(s, now, fx);
        DecideAdvert(s, now, fx);
        DecideExit(s, now, fx);
        DecideSave(s, now, fx);
        // A deadline in the past would make the loop spin.
        var soonest = now + TimeSpan.FromMilliseconds(1);
        if (s.NextDeadline < soonest)
            s.NextDeadline = soonest;
    }

    private static void DecideRole(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Stopping)
            return;
        switch (s.Role)
        {
            case Role.Starting:
                DecideStart(s, now, fx);
                break;
            case Role.Fault:
                if (s.Fit || s.Mute)
                    Become(s, Role.Backup, EventKind.BecameBackup, Severity.Info, s.Fit ? "fit again" : "stands by without a key", now, fx, alert: true);
                break;
            case Role.Backup:
                DecideBackup(s, now, fx);
                break;
            case Role.Master:
                DecideMaster(s, now, fx);
                break;
            default:
                throw new InvalidOperationException($"role {s.Role}");
        }
    }

    private static void DecideBackup(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Mute)
            return;
        if (!s.Fit)
        {
            Become(s, Role.Fault, EventKind.BecameFault, Severity.Warning, s.UnfitBecause!, now, fx, alert: true);
            return;
        }
        DecideSuperseded(s, now, fx);
        DecidePreemptWish(s, now, fx);
        if (s.Quiet)
            return;
        if (!ReleaseCounts(s, now) && FreshMasterUntil(s) is var until && now < until)
        {
            s.ReadySince = ElectionState.Forever;
            Wake(s, until);
            return;
        }
        if (!TakeOverOnRelease(s, now, fx))
            TakeOverOnSilence(s, now, fx);
    }

    private static void DecideMaster(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (!s.Fit && !WarmingUp(s, now))
        {
            GiveUp(s, BestSuccessor(s, now), planned: false, s.UnfitBecause!, now, fx);
            return;
        }
        if (YieldToHigher(s, now, fx) || YieldToSuperseder(s, now, fx) || s.Quiet)
            return;
        if (s.TermHeardInQuiet > s.Term)
            HigherTermHeard(s, s.TermHeardInQuiet, now, fx);
        s.TermHeardInQuiet = 0;
        if (GrantPreempt(s, now, fx) || Follow(s, now, fx))
            return;
        GiveUpClaim(s, now, fx);
    }

    /// <summary>Asks for a step at <paramref name="at"/>, or at the earlier moment that some rule asked for already.</summary>
    private static void Wake(ElectionState s, TimeSpan at)
    {
        if (at < s.NextDeadline)
            s.NextDeadline = at;
    }

    private static string NameOf(ElectionState s, int index) => index >= 0 ? s.Settings.Nodes[index].Name : "nobody";

    /// <summary>A number in [0, 1), from the seed in the state: a run can be replayed.</summary>
    private static double Chance(ElectionState s)
    {
        // xorshift64* (Vigna 2016): small, and good enough to spread retries.
        s.Rng ^= s.Rng >> 12;
        s.Rng ^= s.Rng << 25;
        s.Rng ^= s.Rng >> 27;
        return ((s.Rng * 0x2545F4914F6CDD1D) >> 11) / (double)(1UL << 53);
    }

    private static void Tell(List<Effect> fx, Event e) => fx.Add(new Effect.Announce(e));
}
