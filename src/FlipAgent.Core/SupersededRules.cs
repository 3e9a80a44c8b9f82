namespace FlipAgent.Core;

/// <summary>Rule E8b: the floating IP arrived at a peer that is not heard; somebody there is alive, and this node stays backup.</summary>
internal static class SupersededRules
{
    public static void Begin(in Turn t, int by)
    {
        if (!t.Ip.Supersession.Begin(t.Settings.Nodes[by].Id, t.Now))
            return;
        var name = t.NameOf(by);
        t.Announce(new Event(EventKind.Superseded, Severity.Critical, t.Term,
            $"the floating IP moved to {name}, which is not heard: it is alive and believes to be master, so {t.Self.Name} stays backup")
        { Peer = name, Holder = name, Next = "Repair the network between the nodes (flipagentctl doctor); nothing moves until they hear each other." });
    }

    public static bool Yield(in Turn t)
    {
        if (!t.Ip.Supersession.On)
            return false;
        RoleRules.Become(t, Role.Backup, EventKind.BecameBackup, Severity.Info, $"superseded by {t.NameOf(t.Settings.IndexOf(t.Ip.Supersession.By))}");
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
            End(t, by < 0 ? "it is no node of the cluster any more" : "it is heard again");
        else if (t.Settings.Guard && t.Guard.SaysDead && t.Guard.FailingSince >= superseded.At)
            End(t, "two guard probes failed: its service is down");
        else if (t.Now >= endAt)
            End(t, "the waiting time is over");
        else
            t.WakeAt(endAt);
        if (heard)
            superseded.Forgive();
    }

    public static void End(in Turn t, string why)
    {
        if (!t.Ip.Supersession.On)
            return;
        var by = t.Settings.IndexOf(t.Ip.Supersession.By);
        var name = by >= 0 ? t.NameOf(by) : "a former node";
        t.Ip.Supersession.End();
        t.Announce(new Event(EventKind.SupersededEnded, Severity.Info, t.Term, $"no longer superseded by {name}: {why}") { Peer = name, Cause = why, Alert = true });
    }
}
