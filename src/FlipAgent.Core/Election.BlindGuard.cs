namespace FlipAgent.Core;

/// <summary>
/// A guard that cannot tell (rule E6): where the floating IP is also an address of this machine, a probe reaches the own HAProxy and never the
/// master's. Such a guard counts as <c>guard: off</c> until a probe leaves the machine again.
/// </summary>
public static partial class Election
{
    /// <summary>True: the probe was no witness, and nothing else of the answer counts.</summary>
    private static bool TakeBlindness(ElectionState s, Input.GuardAnswered answered, TimeSpan now, List<Effect> fx)
    {
        if (!answered.CannotTell)
        {
            if (s.GuardBlindTold)
                Tell(fx, new Event(EventKind.GuardPathMended, Severity.Info, s.Term, "the guard is on again: its probes leave this machine") { Alert = true });
            (s.GuardBlind, s.GuardBlindTold) = (false, false);
            return false;
        }
        (s.GuardBlind, s.GuardAlive, s.GuardProven, s.GuardBroken) = (true, null, false, false);
        (s.GuardFailures, s.GuardFailingSince) = (0, ElectionState.Never);
        s.NextGuardAt = s.GuardSentAt + (GuardNeeded(s, now) ? s.Settings.Interval : GuardWatch);
        // A master may well have the address; it asks nobody.
        if (s.GuardBlindTold || s.Role == Role.Master)
            return true;
        s.GuardBlindTold = true;
        Tell(fx, new Event(EventKind.GuardIsLocal, Severity.Warning, s.Term, $"the guard counts as off: {answered.Detail}")
        {
            Cause = answered.Detail,
            Next = "Take the address off this machine, where the cloud does not need it there, or set floating_ip.guard: off. Until then silence alone decides a takeover.",
        });
        return true;
    }

    /// <summary>When the wait of rule E8b ends by itself: never with a guard, unless that cannot tell.</summary>
    private static TimeSpan SupersededEnd(ElectionState s) =>
        s.GuardBlind ? Min(s.SupersededUntil, s.SupersededAt + SupersededWait(s.SupersededCount)) : s.SupersededUntil;

    /// <summary>10 minutes, twice as long each time, at most 80.</summary>
    private static TimeSpan SupersededWait(int count)
    {
        var wait = SupersededFirst;
        for (var i = 1; i < count && wait < SupersededMost; i++)
            wait *= 2;
        return Min(wait, SupersededMost);
    }
}
