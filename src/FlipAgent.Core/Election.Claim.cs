namespace FlipAgent.Core;

/// <summary>
/// The claim: a master's work to get the IP (rules C1 to C8). Like posting a parcel: sending is not delivered, so it asks until it has seen the IP
/// here. One request is in flight at a time; whatever leaves the outcome open is settled by looking, never by what a message says.
/// </summary>
public static partial class Election
{
    private const int FlapMoves = 3;
    private static readonly TimeSpan FlapWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MoveGap = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan MoveGapUrgent = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan VerifyPatience = TimeSpan.FromSeconds(15);

    /// <summary>Rule C1: may the assign that was asked for in <paramref name="term"/> still be sent? Asked right before it leaves.</summary>
    public static bool MayAssign(ElectionState state, uint term)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Role == Role.Master && state.Term == term && state.Fit && !state.Quiet && !state.Stopping && state.SupersededBy == 0;
    }

    private static void DecideClaim(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Role != Role.Master || s.Stopping || s.Quiet)
            return;
        var looked = s.LookSentAt >= s.LookBasis;
        if (looked && !s.WriteInFlight && s.ActionId == 0)
            Settle(s, now, fx);
        else if (SeenHereByOthers(s))
            Hold(s, now, fx);
        WatchClaim(s, now, fx);
        if (s.Claim is ClaimState.Held || s.WriteInFlight || s.ActionId != 0 || s.Role != Role.Master)
            return;
        if (looked || s.PostAtOnce)
            MayPost(s, looked, now, fx);
    }

    /// <summary>The own API is away, but a peer saw the IP here when it handed the mastership over (rule E8a): to doubt it would only send it back.</summary>
    private static bool SeenHereByOthers(ElectionState s) =>
        s.Claim == ClaimState.Claiming && s.ApiOk == false && !s.PostedSinceMaster && s.Holder.Kind == HolderKind.Node
        && s.Holder.NodeId == s.Settings.Self.Id && s.HolderSeenAt >= s.LookBasis - FreshLook;

    /// <summary>What a look says about the claim, when nothing of our own is open.</summary>
    private static void Settle(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var mine = s.Look.Kind == HolderKind.Node && s.Look.NodeId == s.Settings.Self.Id;
        // The POST whose answer was lost has arrived (F38): a move like any other for the budget.
        if (s.PostLost && (mine || s.Locked))
            CountMove(s, now);
        if (mine && !s.Locked)
        {
            s.PostUnclear = false;
            if (s.Metadata == Witness.NotHere && s.MetadataAt > s.CompletedAt && s.CompletedAt != ElectionState.Never && now - s.CompletedAt < ClaimPatience)
                return; // The API says done, the free witness not yet: unverified (F41).
            if (s.Claim != ClaimState.Held)
                Hold(s, now, fx);
            return;
        }
        if (mine)
            return;
        if (s.Claim == ClaimState.Held)
            Lose(s, now, fx);
        if (!s.Locked && s.LookSentAt >= s.LookBasis)
            s.PostUnclear = false;
    }

    private static void Hold(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var moved = s.PostedSinceMaster;
        var me = s.Settings.Self.Name;
        (s.Claim, s.Planned, s.Override, s.PostAtOnce, s.PostFailures) = (ClaimState.Held, false, false, false, 0);
        TimeSpan? assign = null, verify = null;
        if (moved)
        {
            var done = s.CompletedAt != ElectionState.Never ? s.CompletedAt : now;
            assign = done - s.PostedAt;
            verify = now - done;
            s.LastMove = new Move(s.Term, now, s.MoveFrom, me, s.MoveCause, s.MoveDetect, assign, verify);
        }
        Tell(fx, new Event(EventKind.ClaimHeld, Severity.Info, s.Term, moved
            ? $"{me} is master and holds the floating IP, moved from {s.MoveFrom}: {s.MoveCause}"
            : $"{me} is master and is seen to hold the floating IP")
        {
            Alert = moved || s.RoleSince == now,
            Holder = me,
            Peer = moved ? s.MoveFrom : null,
            Cause = s.MoveCause,
            Detect = moved ? s.MoveDetect : null,
            Assign = assign,
            Verify = verify,
            Next = moved && s.Settings.Nodes.Any(n => n.Name == s.MoveFrom) ? $"Repair {s.MoveFrom}; nothing moves back by itself." : null,
        });
        (s.PostedSinceMaster, s.PostUnclear, s.Refusal, s.Dirty) = (false, false, null, true);
    }

    /// <summary>The IP was here and is not any more. The rules of the roles (follow, superseded) were asked before this.</summary>
    private static void Lose(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        s.Claim = ClaimState.Lost;
        s.ClaimSince = now;
        (s.PostFailures, s.ClaimSlowTold, s.CompletedAt) = (0, false, ElectionState.Never);
        (s.MoveFrom, s.MoveCause, s.MoveDetect) = (NameOfHolder(s, s.Look), "the IP had left", TimeSpan.Zero);
        Tell(fx, new Event(EventKind.ClaimLost, Severity.Warning, s.Term, $"the floating IP left {s.Settings.Self.Name} and is at {NameOfHolder(s, s.Look)}")
        { Holder = NameOfHolder(s, s.Look) });
    }

    /// <summary>Every reason not to send the POST now, in order; then it goes out.</summary>
    private static void MayPost(ElectionState s, bool looked, TimeSpan now, List<Effect> fx)
    {
        var known = looked ? s.Look : s.Holder;
        var holder = known.Kind == HolderKind.Node ? s.Settings.IndexOf(known.NodeId) : -1;
        if (holder == s.Settings.Me)
        {
            if (!looked)
                s.LookWanted = true;
            s.PostAtOnce = s.PostAtOnce && looked;
            return;
        }
        if (known.Kind == HolderKind.Foreign && !s.Settings.ReclaimForeign && !s.Override && looked)
        {
            s.Claim = ClaimState.Lost; // E8c: nobody claims, roles stay.
            return;
        }
        s.Claim = ClaimState.Claiming;
        var fit = holder >= 0 && IsCandidate(s, holder, now);
        if (fit && !s.Planned && !s.Override)
        {
            s.PostAtOnce = false; // F77: fit again; look first, then E8a follows.
            return;
        }
        if (s.Settings.ColdStandby && !s.Fit)
            return;
        if (looked && s.Locked && now - s.LockedSince < LockPatience)
        {
            Wake(s, s.LockedSince + LockPatience);
            return;
        }
        if (s.PostUnclear)
            return; // A look is on its way.
        var gap = fit ? MoveGap : MoveGapUrgent;
        var at = Max(s.NextPostAt, s.LastMoveAt + gap);
        if (now < at)
        {
            Wake(s, at);
            return;
        }
        if (looked && now - s.LookSentAt > 2 * LookOften)
        {
            s.LookWanted = true; // The wait was long: look again, somebody may have moved it meanwhile.
            return;
        }
        if (fit && !s.Override && CountMovesFromFit(s, now) >= FlapMoves)
        {
            EnterFlapHold(s, holder, now, fx);
            return;
        }
        Post(s, fit, known, now, fx);
    }

    private static void Post(ElectionState s, bool fromFit, Holder from, TimeSpan now, List<Effect> fx)
    {
        (s.WriteInFlight, s.PostAtOnce, s.PostLost, s.MoveFromFit, s.PostedAt, s.PostedSinceMaster) = (true, false, false, fromFit, now, true);
        s.CompletedAt = ElectionState.Never;
        s.Dirty = true;
        if (from.Kind != HolderKind.Unknown)
            s.MoveFrom = NameOfHolder(s, from);
        fx.Add(new Effect.Assign(s.Term));
        Tell(fx, new Event(EventKind.AssignSent, Severity.Info, s.Term, $"asks the cloud to assign the floating IP to {s.Settings.Self.Name}; it is at {s.MoveFrom}")
        { Holder = s.MoveFrom, Cause = s.MoveCause });
    }

    private static void TakeAssignAnswer(ElectionState s, Input.AssignAnswered answer, TimeSpan now, List<Effect> fx)
    {
        s.WriteInFlight = false;
        s.Dirty = true;
        if (answer.NotSent)
        {
            s.PostedSinceMaster = false;
            return;
        }
        s.LookBasis = now;
        s.LookWanted = true;
        if (answer.Accepted)
        {
            CountMove(s, now);
            ApiAnswers(s, now, fx);
            s.ApiStatus = ApiStatus.Ok;
            (s.AcceptedAt, s.PostUnclear, s.Refusal) = (now, false, null);
            Tell(fx, new Event(EventKind.AssignAccepted, Severity.Info, s.Term, $"the cloud accepted the assign (action {answer.ActionId})")
            { ActionId = answer.ActionId, RequestId = answer.RequestId, Assign = now - answer.SentAt });
            if (s.Role == Role.Master && answer.Term == s.Term)
                OpenAction(s, answer.ActionId, answer.Action, now, fx);
            return;
        }
        s.PostFailures++;
        s.NextPostAt = Max(s.NextPostAt, now + BackOff(s, s.PostFailures));
        s.Refusal = answer.Detail;
        if (answer.Status is ApiStatus.Unauthorized or ApiStatus.Forbidden or ApiStatus.NotFound or ApiStatus.RateLimited)
        {
            TakeApiStatus(s, answer.Status, answer.RetryAfter, answer.Detail, now, fx);
            Tell(fx, new Event(EventKind.AssignRefused, Severity.Info, s.Term, $"the cloud refused the assign: {answer.Detail}") { Cause = answer.Detail, RequestId = answer.RequestId });
            return;
        }
        (s.PostUnclear, s.PostLost) = (true, answer.Status == ApiStatus.Failed);
        Tell(fx, new Event(EventKind.AssignUnclear, Severity.Info, s.Term, $"the outcome of the assign is open, the IP is asked: {answer.Detail}") { Cause = answer.Detail, RequestId = answer.RequestId });
    }

    private static void OpenAction(ElectionState s, long id, ActionStatus status, TimeSpan now, List<Effect> fx)
    {
        (s.ActionId, s.ActionSince, s.NextActionReadAt) = (id, now, now + LookOften);
        s.ActionReadInFlight = false;
        TakeActionStatus(s, status, "answer of the assign", now, fx);
    }

    private static void TakeAction(ElectionState s, Input.ActionRead read, TimeSpan now, List<Effect> fx)
    {
        s.ActionReadInFlight = false;
        if (read.Status is not ApiStatus.NotFound)
            TakeApiStatus(s, read.Status, read.RetryAfter, read.Detail, now, fx);
        if (s.ActionId != read.ActionId || s.Role != Role.Master)
            return;
        if (read.Status == ApiStatus.Ok)
            TakeActionStatus(s, read.Action, read.Detail, now, fx);
        else if (read.Status == ApiStatus.NotFound)
            TakeActionStatus(s, ActionStatus.Unknown, read.Detail, now, fx);
    }

    private static void TakeActionStatus(ElectionState s, ActionStatus status, string detail, TimeSpan now, List<Effect> fx)
    {
        switch (status)
        {
            case ActionStatus.InProgress:
                return;
            case ActionStatus.Completed:
                (s.ActionId, s.CompletedAt) = (0, now);
                break;
            case ActionStatus.Errored:
                s.ActionId = 0;
                s.PostFailures++;
                s.NextPostAt = Max(s.NextPostAt, now + BackOff(s, s.PostFailures));
                s.MovesFromFit.Remove(s.LastMoveAt); // Nothing moved.
                s.LastMoveAt = s.MoveBefore;
                Tell(fx, new Event(EventKind.ActionErrored, Severity.Warning, s.Term, $"the assign failed at the cloud: {detail}") { Cause = detail });
                break;
            case ActionStatus.Unknown:
                s.ActionId = 0;
                s.PostUnclear = true; // CLOUD section 1.3: `done`, or 404 for ever: the IP itself decides.
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(status));
        }
        s.LookBasis = now;
        s.LookWanted = true;
    }

    /// <summary>A claim that takes long: people are told once, with what is in the way.</summary>
    private static void WatchClaim(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Claim != ClaimState.Claiming || s.ClaimSlowTold)
            return;
        var (since, patience, what) = s.CompletedAt != ElectionState.Never
            ? (s.CompletedAt, VerifyPatience, s.Metadata == Witness.NotHere ? "the action is completed, but the metadata service does not show the IP here" : "the action is completed, but the IP is not seen here")
            : s.ActionId != 0
                ? (s.ActionSince, ClaimPatience, $"action {s.ActionId} is still in progress")
                : (s.ClaimSince, ApiPatience, s.ApiStatus == ApiStatus.RateLimited ? "the API limits the rate (429)" : s.Locked ? "the IP is locked by another action"
                    : s.Refusal is { } refusal ? $"the cloud does not take the assign: {refusal}" : "the API has not accepted an assign");
        if (now - since < patience)
        {
            Wake(s, since + patience);
            return;
        }
        s.ClaimSlowTold = true;
        var next = s.Refusal is null || s.Locked
            ? "It goes on trying. See status.digitalocean.com and the events of this term (flipagentctl explain)."
            : $"It goes on trying. In the control panel: is the droplet {s.Settings.Self.Name} on, in the region of the IP, without another reserved IP, and with no action pending?";
        Tell(fx, new Event(EventKind.ClaimSlow, Severity.Critical, s.Term, $"{s.Settings.Self.Name} is master but does not hold the floating IP after {patience.TotalSeconds:0} s: {what}")
        { Holder = NameOfHolder(s, s.Holder), Cause = what, Next = next });
    }

    /// <summary>Rule E4: a claim that cannot get on gives way to a fit peer whose API works.</summary>
    private static void GiveUpClaim(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Claim is ClaimState.Held or ClaimState.None || s.Look.Kind == HolderKind.Foreign)
            return;
        var mine = s.Look.Kind == HolderKind.Node && s.Look.NodeId == s.Settings.Self.Id;
        if (mine && s.LookSentAt >= s.LookBasis)
            return;
        var apiDown = s.ApiOk == false && s.ApiFailingSince != ElectionState.Never;
        var at = Min(s.ClaimSince + ClaimPatience, apiDown ? Max(s.ApiFailingSince, s.ClaimSince) + ApiPatience : ElectionState.Forever);
        if (now < at)
        {
            Wake(s, at);
            return;
        }
        var successor = BestSuccessor(s, now, withApi: true);
        if (successor < 0)
            return;
        var holdsAlready = s.Holder.Kind == HolderKind.Node && s.Holder.NodeId == s.Settings.Nodes[successor].Id;
        GiveUp(s, successor, planned: false, apiDown ? "its cloud API fails" : "its claim had no result for 60 s", now, fx, atSuccessor: holdsAlready);
    }

    /// <summary>Rule C8: three moves away from a fit holder in ten minutes are enough.</summary>
    private static void EnterFlapHold(ElectionState s, int holder, TimeSpan now, List<Effect> fx)
    {
        if (!s.FlapHold)
            Tell(fx, new Event(EventKind.FlapHold, Severity.Critical, s.Term,
                $"{FlapMoves} moves away from a fit holder within 10 minutes: the floating IP stays at {NameOf(s, holder)}")
            { Holder = NameOf(s, holder), Next = "Find out who moves it (flipagentctl events); promote --yes overrides." });
        s.FlapHold = true;
        GiveUp(s, holder, planned: false, "flap-hold", now, fx, atSuccessor: true);
    }

    private static void CountMove(ElectionState s, TimeSpan now)
    {
        (s.MoveBefore, s.LastMoveAt) = (s.LastMoveAt, now);
        if (s.MoveFromFit)
            s.MovesFromFit.Add(now);
        (s.MoveFromFit, s.PostLost) = (false, false);
    }

    private static int CountMovesFromFit(ElectionState s, TimeSpan now)
    {
        s.MovesFromFit.RemoveAll(at => now - at >= FlapWindow);
        return s.MovesFromFit.Count;
    }
}
