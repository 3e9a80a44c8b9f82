namespace FlipAgent.Core;

/// <summary>Rule E11: a node that starts listens before it speaks for itself, or goes on where the last run stopped when the floating IP is still here.</summary>
internal static class StartRules
{
    public static void Listen(in Turn t)
    {
        if (Resume(t))
            return;
        var life = t.State.Lifecycle;
        var listenUntil = life.StartedAt + Moment.Max(t.Settings.MasterDown, t.Settings.StartupDelay);
        var maxUntil = Moment.Max(listenUntil, life.StartedAt + Lifecycle.MaxListening);
        var waits = t.Peers.SomebodyIsUncounted(t.Now) || (!t.Fitness.Fit && !t.Fitness.EveryCheckAnswered);
        if (t.Now < listenUntil || (t.Now < maxUntil && waits))
        {
            t.WakeAt(Moment.Max(listenUntil, t.Now + t.Interval / 4));
            return;
        }
        life.ListenedEnough();
        t.Fitness.ForgetRemembered();
        FitnessRules.Judge(t);
        // The last run told that it could not serve.
        var again = t.Fitness.Fit && (t.State.Open.Has(EventKind.BecameFault) || t.State.Open.HasAny(EventKind.Released));
        if (t.Fitness.Fit || t.Fitness.ListenOnly)
            RoleRules.Become(t, Role.Backup, EventKind.BecameBackup, Severity.Info, again ? new Cause.FitAgain() : t.Fitness.Fit ? new Cause.Listened() : new Cause.StandsBy(), alert: again);
        else
            RoleRules.Become(t, Role.Fault, EventKind.BecameFault, Severity.Warning, t.Fitness.UnfitBecause!);
    }

    private static bool Resume(in Turn t)
    {
        var (life, own) = (t.State.Lifecycle, t.Lookup.Own);
        var term = life.ResumeTerm;
        if (term == 0 || t.Now >= life.ResumeUntil)
            return false;
        var here = t.Ip.Metadata.Says == Witness.Here || t.Lookup.OwnIs(t.Self);
        if (Terms.IsLater(t.Term, term) || Rank.LivingMaster(t.State, t.Now) >= 0 || (own.Kind != HolderKind.Unknown && !here) || !t.Fitness.Fit)
        {
            life.DoNotResume();
            return false;
        }
        if (!here || !LeaseRules.MayBeMaster(t))
        {
            t.WakeAt(life.ResumeUntil);
            return false;
        }
        life.DoNotResume();
        RoleRules.Resume(t, term);
        t.Announce(new Event(EventKind.Resumed, Severity.Warning) { Holder = t.Self.Name, RoleTo = Role.Master });
        return true;
    }
}
