namespace FlipAgent.Core;

/// <summary>
/// Rule C11: whether the token may write, found out without a move. The proof goes the way of every assign, by a master that holds the address, has just looked, and has
/// nothing else under way, so the only thing that it can ask for is what is so already.
/// </summary>
internal static class WriteRules
{
    /// <summary>How old the lookup may be that a proof goes by.</summary>
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);

    public static CommandResult Ask(in Turn t)
    {
        if (!t.IsMaster || !t.Claim.IsHeld)
            return new CommandResult.NotHolder(Election.NameOf(t.Settings, t.Lookup.Known));
        if (!t.Claim.IsIdle || t.Lookup.Locked || t.State.Quarantine.On || t.Ip.Write.AskedAt != Moment.Never)
            return new CommandResult.AssignUnderWay();
        if (t.Ip.Write.SentAt + WriteAccess.Pause is var next && t.Now < next)
            return new CommandResult.ProvedLately(next - t.Now);
        t.Ip.Write.Ask(t.Now);
        t.Lookup.WantAtOnce();
        return new CommandResult.ProofBegun();
    }

    /// <summary>Sends the proof when a lookup of this moment shows that it changes nothing.</summary>
    public static void Send(in Turn t)
    {
        var write = t.Ip.Write;
        if (write.AskedAt == Moment.Never)
            return;
        if (!t.IsMaster || !t.Claim.IsHeld || t.Now - write.AskedAt >= WriteAccess.Patience)
        {
            write.Forget();
            t.Announce(new Event(EventKind.WriteUnproven, Severity.Warning) { Detail = "no lookup in time showed that the floating IP is here" });
            return;
        }
        t.WakeAt(write.AskedAt + WriteAccess.Patience);
        if (t.State.Quarantine.On || !t.Claim.IsIdle || t.Lookup.Locked || !t.Lookup.OwnIs(t.Self) || t.Lookup.OwnAt < write.AskedAt || t.Now - t.Lookup.OwnAt >= s_fresh)
        {
            if (!t.Lookup.InFlight)
                t.Lookup.Want();
            return;
        }
        write.Send(t.Now);
        t.Claim.Assign.SendProof();
        t.Do(new Effect.Assign(t.Term, IdentityRules.DropletOf(t.State, t.Settings.Me)));
    }

    /// <summary>The proof was answered. What came of it is only told: it changes no claim.</summary>
    public static void Take(in Turn t, Input.AssignAnswered answer)
    {
        var write = t.Ip.Write;
        write.Answered();
        if (answer.NotSent)
        {
            write.NotSent();
            t.Announce(new Event(EventKind.WriteUnproven, Severity.Warning) { Detail = "it was not sent: the mastership ended" });
            return;
        }
        t.Claim.CountLookupsFrom(t.Now);
        t.Lookup.WantAtOnce();
        if (answer.Accepted)
        {
            write.Prove();
            t.Announce(new Event(EventKind.WriteAccepted, Severity.Critical) { ActionId = answer.ActionId, RequestId = answer.RequestId });
        }
        else if (answer.Unprocessable)
        {
            ApiAnswers.MayWrite(t);
            t.Announce(new Event(EventKind.WriteProven, Severity.Info) { Detail = answer.Detail, RequestId = answer.RequestId });
        }
        else if (answer.Status is ApiStatus.Unauthorized or ApiStatus.Forbidden)
        {
            write.Refuse();
            t.Announce(new Event(EventKind.WriteRefused, Severity.Critical) { Detail = answer.Detail, RequestId = answer.RequestId });
        }
        else
        {
            t.Announce(new Event(EventKind.WriteUnproven, Severity.Warning) { Detail = answer.Detail, RequestId = answer.RequestId });
        }
    }
}
