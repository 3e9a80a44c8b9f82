namespace FlipAgent.Core;

/// <summary>Rule E8b: the floating IP arrived at a peer that is not heard; somebody there is alive, and this node stays backup.</summary>
internal static class SupersededRules
{
    public static void Begin(in Turn t, int by)
    {
        if (!t.Ip.Supersession.Begin(t.Settings.Nodes[by].Id, t.Now))
            return;
        var name = t.NameOf(by);
        t.Announce(new Event(EventKind.Superseded, Severity.Critical) { Peer = name, Holder = name });
    }

    public static bool Yield(in Turn t)
    {
        if (!t.Ip.Supersession.On)
            return false;
        RoleRules.Become(t, Role.Backup, EventKind.BecameBackup, Severity.Info, new Cause.SupersededBy(t.NameOf(t.Settings.IndexOf(t.Ip.Supersession.By))));
        return true;
    }

    /// <summary>It may be master again when it hears the peer, when two guard probes fail, or with no guard after a while.</summary>
    public static void End(in Turn t)
    {
        var superseded = t.Ip.Supersession;
        if (!superseded.On)
            return;
        var by = t.Settings.IndexOf(superseded.By);
        var endAt = superseded.EndAt(withGuard: t.Settings.Guard && !t.Guard.Blind);
        var heard = by >= 0 && t.Peers.IsHeard(by, t.Now);
        if (by < 0 || heard)
            End(t, by < 0 ? new Cause.NodeRemoved() : new Cause.HeardAgain());
        else if (t.Settings.Guard && t.Guard.SaysDead && t.Guard.FailingSince >= superseded.At)
            End(t, new Cause.GuardFailed());
        else if (t.Now >= endAt)
            End(t, new Cause.WaitOver());
        else
            t.WakeAt(endAt);
        if (heard)
            superseded.Forgive();
    }

    public static void End(in Turn t, Cause why)
    {
        if (!t.Ip.Supersession.On)
            return;
        var by = t.Settings.IndexOf(t.Ip.Supersession.By);
        t.Ip.Supersession.End();
        t.Announce(new Event(EventKind.SupersededEnded, Severity.Info) { Peer = by >= 0 ? t.NameOf(by) : null, Cause = why, Alert = true });
    }
}
