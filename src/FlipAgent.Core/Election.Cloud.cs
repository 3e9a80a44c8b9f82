namespace FlipAgent.Core;

/// <summary>
/// What the cloud says: the holder of the IP and the health of the API. An answer is as old as its request; "the API failed" is unknown and
/// never "not mine". Reads are rare while all is well, one a second while something depends on them, and back off when the API is in trouble.
/// </summary>
public static partial class Election
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookOften = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FreshLook = TimeSpan.FromSeconds(5);
    /// <summary>A read may show the world before an action that is completed already; not for longer than this.</summary>
    private static readonly TimeSpan CloudLag = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RefusedRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LimitedRetry = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ApiPatience = TimeSpan.FromSeconds(10);

    private static void TakeLook(ElectionState s, Input.HolderRead read, TimeSpan now, List<Effect> fx)
    {
        s.ReadInFlight = false;
        TakeApiStatus(s, read.Status, read.RetryAfter, read.Detail, now, fx);
        if (s.Quiet && s.QuietLooking && read.SentAt >= s.QuietUntil)
            (s.QuietUntil, s.QuietLooking) = (ElectionState.Never, false); // Rule E10: looked, whatever the answer; goes on or yields.
        if (read.Status != ApiStatus.Ok)
            return;
        s.Locked = read.Locked;
        s.LockedSince = !read.Locked ? ElectionState.Never : s.LockedSince == ElectionState.Never ? now : s.LockedSince;
        var holder = HolderOf(s, read);
        // A look that left before our own assign was answered may show the world before it.
        if (holder.Kind == HolderKind.Unknown || read.SentAt < s.LookSentAt)
        {
            s.LookAt = now;
            return;
        }
        var before = s.Look;
        (s.Look, s.LookSentAt, s.LookAt) = (holder, read.SentAt, now);
        JudgeArrival(s, before, holder, now, fx);
        if (read.SentAt > s.HolderSeenAt)
            SetHolder(s, holder, read.SentAt, now, fx);
    }

    private static Holder HolderOf(ElectionState s, Input.HolderRead read)
    {
        if (read.DropletId is not { } droplet)
            return read.ScopeProven ? new Holder(HolderKind.Nobody) : default;
        var node = s.Settings.IndexOfDroplet(droplet);
        return node >= 0 ? new Holder(HolderKind.Node, s.Settings.Nodes[node].Id, droplet) : new Holder(HolderKind.Foreign, 0, droplet);
    }

    /// <summary>Rule E8b: the IP arrives (elsewhere at the last look, or after our own assign was done) at a peer that is not heard.</summary>
    private static void JudgeArrival(ElectionState s, Holder before, Holder holder, TimeSpan now, List<Effect> fx)
    {
        if (holder.Kind != HolderKind.Node || s.Stopping)
            return;
        var node = s.Settings.IndexOf(holder.NodeId);
        if (node < 0 || node == s.Settings.Me || Heard(s, node, now))
            return;
        // A node that said goodbye a moment ago may have had an assign under way; its landing is no sign of life (F64).
        if (s.Peers[node].Leaving && now - s.Peers[node].HeardAt < ClaimPatience)
            return;
        var arrived = before.Kind != HolderKind.Unknown && before.NodeId != holder.NodeId;
        var afterOurs = s.Role == Role.Master && s.CompletedAt != ElectionState.Never && s.LookSentAt >= s.CompletedAt + CloudLag;
        if (arrived || afterOurs)
            Supersede(s, node, now, fx);
    }

    /// <summary>A fresher answer than the last one, own or heard.</summary>
    private static void SetHolder(ElectionState s, Holder holder, TimeSpan seen, TimeSpan now, List<Effect> fx)
    {
        var before = s.Holder;
        (s.Holder, s.HolderSeenAt) = (holder, seen);
        if (before != holder && before.Kind != HolderKind.Unknown && s.Role != Role.Master)
            Tell(fx, new Event(EventKind.HolderChanged, Severity.Info, s.Term, $"the floating IP is at {NameOfHolder(s, holder)}; it was at {NameOfHolder(s, before)}")
            { Holder = NameOfHolder(s, holder) });
        if (before != holder)
            s.GuardFailures = 0; // They were another holder's.
        if (before.Kind != HolderKind.Unknown && before != holder && holder.Kind == HolderKind.Node && holder.NodeId != s.Settings.Self.Id)
            s.LastMove = new Move(s.Term, now, NameOfHolder(s, before), NameOfHolder(s, holder), s.Release?.Cause ?? "seen at the cloud", null, null, null);
        // The budget of C8 is the cluster's: a move that others made away from a fit node is one of the three.
        if (before.Kind == HolderKind.Node && holder.Kind == HolderKind.Node && before.NodeId != holder.NodeId && holder.NodeId != s.Settings.Self.Id
            && s.Settings.IndexOf(before.NodeId) is var left && left >= 0 && (left == s.Settings.Me ? s.Fit : IsCandidate(s, left, now)))
            s.MovesFromFit.Add(now);
        // Somebody saw it elsewhere: a master looks for itself.
        if (s.Role == Role.Master && s.Claim == ClaimState.Held && holder.NodeId != s.Settings.Self.Id)
            s.LookWanted = true;
    }

    private static string NameOfHolder(ElectionState s, Holder holder) => holder.Kind switch
    {
        HolderKind.Unknown => "unknown",
        HolderKind.Nobody => "nobody",
        HolderKind.Node => NameOf(s, s.Settings.IndexOf(holder.NodeId)),
        HolderKind.Foreign => "other",
        _ => throw new ArgumentOutOfRangeException(nameof(holder)),
    };

    /// <summary>A node's name, <c>other</c>, <c>nobody</c> or <c>unknown</c>: `holder` of the status.</summary>
    public static string HolderName(ElectionState state) => NameOfHolder(state, state.Holder);

    private static void TakeApiStatus(ElectionState s, ApiStatus status, TimeSpan? retryAfter, string detail, TimeSpan now, List<Effect> fx)
    {
        s.ApiStatus = status;
        switch (status)
        {
            case ApiStatus.Ok:
                s.ReadFailures = 0;
                s.ReadNotBefore = ElectionState.Never;
                ApiAnswers(s, now, fx);
                break;
            case ApiStatus.RateLimited:
                // It answers, and asks for patience; another node of the same token would fare no better (C5).
                s.ReadNotBefore = now + Min(retryAfter ?? LimitedRetry, LimitedRetry);
                s.NextPostAt = Max(s.NextPostAt, s.ReadNotBefore);
                ApiAnswers(s, now, fx);
                s.ApiStatus = status;
                break;
            case ApiStatus.Unauthorized or ApiStatus.Forbidden or ApiStatus.NotFound:
                s.ReadNotBefore = now + RefusedRetry;
                s.NextPostAt = Max(s.NextPostAt, s.ReadNotBefore);
                ApiRefuses(s, status, detail, now, fx);
                break;
            case ApiStatus.Failed:
                s.ReadFailures++;
                s.ReadNotBefore = now + BackOff(s, s.ReadFailures);
                if (s.ApiOk != false)
                    s.ApiFailingSince = now;
                s.ApiOk = false;
                if (!s.ApiFailureTold && now - s.ApiFailingSince >= ApiPatience)
                    ApiFails(s, detail, fx);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(status));
        }
    }

    /// <summary>Full jitter (C5): a random time up to 0.25 s, doubled with each failure, at most 5 s.</summary>
    private static TimeSpan BackOff(ElectionState s, int failures)
    {
        var most = Math.Min(5.0, 0.25 * Math.Pow(2, Math.Min(failures - 1, 10)));
        return TimeSpan.FromSeconds(Math.Max(0.02, Chance(s) * most));
    }

    private static void ApiAnswers(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.ApiFailureTold)
            Tell(fx, new Event(EventKind.ApiRecovered, Severity.Info, s.Term, "the cloud API answers again")
            { Duration = s.ApiFailingSince == ElectionState.Never ? null : now - s.ApiFailingSince, Alert = true });
        (s.ApiOk, s.ApiFailingSince, s.ApiFailureTold) = (true, ElectionState.Never, false);
    }

    private static void ApiFails(ElectionState s, string detail, List<Effect> fx)
    {
        s.ApiFailureTold = true;
        Tell(fx, new Event(EventKind.ApiFailing, s.Role == Role.Master && s.Claim == ClaimState.Claiming ? Severity.Critical : Severity.Warning, s.Term,
            $"the cloud API has failed for {ApiPatience.TotalSeconds:0} s: {detail}")
        { Cause = detail, Next = "See status.digitalocean.com; the holder keeps the IP, but no move is possible until it answers." });
    }

    private static void ApiRefuses(ElectionState s, ApiStatus status, string detail, TimeSpan now, List<Effect> fx)
    {
        if (s.ApiOk != false)
            s.ApiFailingSince = now;
        s.ApiOk = false;
        if (s.ApiFailureTold)
            return;
        s.ApiFailureTold = true;
        Tell(fx, status == ApiStatus.NotFound
            ? new Event(EventKind.AddressNotFound, Severity.Critical, s.Term, $"the cloud does not know the floating IP: {detail}")
            { Cause = detail, Next = "Check floating_ip.address, and that the token belongs to the same team." }
            : new Event(EventKind.TokenRefused, Severity.Critical, s.Term,
                status == ApiStatus.Unauthorized ? $"the cloud refuses the token (401): {detail}" : $"the token lacks a right (403): {detail}")
            { Cause = detail, Next = "Put a token with reserved_ip:read, reserved_ip:update and droplet:read into floating_ip.token_file; it is read again by itself." });
    }

    private static void TakeMetadata(ElectionState s, Input.MetadataRead read, TimeSpan now, List<Effect> fx)
    {
        var changed = s.Metadata != read.Witness;
        (s.Metadata, s.MetadataAt) = (read.Witness, now);
        if (changed)
            s.MetadataSince = now;
        if (s.Role != Role.Master)
            return;
        // F41: completed at the API, not seen by the free witness: not verified yet.
        if (s.Claim == ClaimState.Held && read.Witness == Witness.NotHere && s.CompletedAt != ElectionState.Never && now - s.CompletedAt < ClaimPatience)
            (s.Claim, s.ClaimSlowTold) = (ClaimState.Claiming, false);
        // The free witness (C6): it cannot decide, but it tells when to ask the judge.
        if (s.Claim == ClaimState.Held && read.Witness == Witness.NotHere && (changed || now - s.LookSentAt > ApiPatience))
            s.LookWanted = true;
        if (s.ActionId != 0 && changed && read.Witness == Witness.Here)
            s.NextActionReadAt = now;
        TellDisagreement(s, now, fx);
    }

    /// <summary>The judge decides (C6), but a witness that contradicts it for a minute is worth a look.</summary>
    private static void TellDisagreement(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.MetadataDisagreementTold || s.Claim != ClaimState.Held || s.Metadata != Witness.NotHere || now - s.MetadataSince < ClaimPatience
            || s.LookSentAt < s.MetadataSince + ClaimPatience / 2)
            return;
        s.MetadataDisagreementTold = true;
        Tell(fx, new Event(EventKind.MetadataDisagrees, Severity.Warning, s.Term,
            "the API says that the floating IP is here, the metadata service of this droplet has not shown it for 60 s")
        { Holder = s.Settings.Self.Name, Next = "Do clients reach the site through the address? If they do, only the metadata service is behind." });
    }

    /// <summary>Foreign holders (E8c): told once, and once when it is over.</summary>
    private static void WatchHolder(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        var foreign = s.Look.Kind == HolderKind.Foreign;
        if (foreign && !s.ForeignTold)
        {
            Tell(fx, new Event(EventKind.ForeignHolder, Severity.Critical, s.Term,
                $"the floating IP is at droplet {s.Look.DropletId}, which is no node of this cluster"
                + (s.Settings.ReclaimForeign ? ": it is claimed back" : ": nobody claims it"))
            { Holder = "other", Next = "If that was not wanted: flipagentctl promote on the node that is to have it." });
        }
        else if (!foreign && s.ForeignTold && s.Look.Kind != HolderKind.Unknown)
        {
            Tell(fx, new Event(EventKind.ForeignHolderEnded, Severity.Info, s.Term, $"the floating IP is back in the cluster, at {NameOfHolder(s, s.Look)}")
            { Holder = NameOfHolder(s, s.Look), Alert = true });
        }
        if (foreign || s.Look.Kind != HolderKind.Unknown)
            s.ForeignTold = foreign;
        if (s.FlapHold && CountMovesFromFit(s, now) < FlapMoves)
        {
            s.FlapHold = false;
            Tell(fx, new Event(EventKind.FlapHoldEnded, Severity.Info, s.Term, "flap-hold is over") { Alert = true });
        }
        if (s.FlapHold)
            Wake(s, s.MovesFromFit[0] + FlapWindow);
    }

    /// <summary>Something depends on the holder now: one look a second.</summary>
    private static bool LooksOften(ElectionState s, TimeSpan now)
    {
        if (s.Role == Role.Master)
            return s.Claim == ClaimState.Claiming && (s.Locked || s.PostUnclear || s.CompletedAt != ElectionState.Never || s.LookSentAt < s.LookBasis);
        return (Suspects(s, now) && !ReleaseCounts(s, now)) || s.ResumeUntil > now;
    }

    private static void DecideReads(ElectionState s, TimeSpan now, List<Effect> fx)
    {
        if (s.Stopping || (s.Quiet && !s.QuietLooking))
            return;
        if (s.ActionId != 0 && s.Role == Role.Master && !s.ActionReadInFlight && !s.Quiet)
        {
            var pollAt = Max(s.NextActionReadAt, s.ReadNotBefore);
            if (now >= pollAt)
            {
                s.ActionReadInFlight = true;
                s.NextActionReadAt = now + LookOften;
                fx.Add(new Effect.ReadAction(s.ActionId));
            }
            else
            {
                Wake(s, pollAt);
            }
        }
        if (s.ReadInFlight)
            return;
        var gap = s.LookWanted && s.Role == Role.Master ? TimeSpan.FromMilliseconds(250) : LookOften;
        var at = s.LookWanted ? s.ReadSentAt + gap : LooksOften(s, now) ? s.ReadSentAt + LookOften : s.ReadSentAt + LookEvery;
        if (!s.LookWanted && !LooksOften(s, now) && s.Role != Role.Master && now < SuspectAt(s) && s.Role != Role.Fault)
            Wake(s, SuspectAt(s));
        if (s.ApiOk == false)
            at = s.ReadSentAt + gap;
        at = Max(at, s.ReadNotBefore);
        if (now < at)
        {
            Wake(s, at);
            return;
        }
        s.ReadInFlight = true;
        s.ReadSentAt = now;
        s.LookWanted = false;
        fx.Add(new Effect.ReadHolder());
    }
}
