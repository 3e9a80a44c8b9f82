namespace FlipAgent.Core;

/// <summary>
/// Taking in an input records what was learned from it, and announces what people should hear of; what follows from it is for the rules. Adverts are taken in by
/// <see cref="Hearing"/>, answers of the cloud by <see cref="CloudAnswers"/>.
/// </summary>
internal static class Intake
{
    public static void Take(in Turn t, Input input)
    {
        switch (input)
        {
            case Input.Deadline:
                break;
            case Input.AdvertHeard heard:
                Hearing.Take(t, heard.Peer, heard.Advert);
                break;
            case Input.AdvertRejected rejected:
                Hearing.Reject(t, rejected.Peer, rejected.Reason, rejected.Detail);
                break;
            case Input.CheckChanged changed:
                TakeVerdict(t, changed);
                break;
            case Input.HolderRead or Input.AssignAnswered or Input.ActionRead or Input.MetadataRead:
                TakeOfCloud(t, input);
                break;
            case Input.GuardAnswered answered:
                GuardRules.Take(t, answered);
                break;
            case Input.ApiUnreachable:
                t.Lookup.Want();
                break;
            case Input.Commanded commanded:
                t.State.Ask(commanded.Command);
                break;
            case Input.SettingsChanged changed:
                TakeSettings(t, changed);
                break;
            case Input.TokenChanged:
                TakeToken(t);
                break;
            case Input.Stalled stalled:
                StallRules.Take(t, stalled);
                break;
            case Input.Stopping stopping:
                StopRules.Take(t, stopping.Kind);
                break;
            case Input.UnitChanged changed:
                TakeUnit(t, changed);
                break;
            case Input.LeaseAnswered answered:
                LeaseRules.Take(t, answered);
                break;
            case Input.Noticed noticed:
                TakeNotice(t, noticed.Event);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(input));
        }
    }

    /// <summary>Answers about one floating IP; there may be no more such one since a reload.</summary>
    private static void TakeOfCloud(in Turn t, Input input)
    {
        var address = input switch
        {
            Input.HolderRead read => read.Address,
            Input.AssignAnswered answered => answered.Address,
            Input.ActionRead read => read.Address,
            Input.MetadataRead read => read.Address,
            _ => throw new ArgumentOutOfRangeException(nameof(input)),
        };
        if (address >= t.State.Ips.Length)
            return;
        var of = t.For(address);
        switch (input)
        {
            case Input.HolderRead read:
                CloudAnswers.Take(of, read);
                break;
            case Input.AssignAnswered answered:
                CloudAnswers.Take(of, answered);
                break;
            case Input.ActionRead read:
                CloudAnswers.Take(of, read);
                break;
            case Input.MetadataRead read:
                CloudAnswers.Take(of, read);
                break;
        }
    }

    private static void TakeVerdict(in Turn t, Input.CheckChanged changed)
    {
        if (!t.Fitness.Has(changed.Check))
            return;
        var settings = t.Settings.Checks[changed.Check];
        var was = t.Fitness.Take(changed.Check, changed.Up, changed.Detail);
        if (was == changed.Up)
            return;
        // A cold standby's service is down on purpose while it is not master.
        if (!changed.Up && (!t.Settings.ColdStandby || t.IsMaster))
            t.Fitness.NoteFault(t.Now - changed.FaultAge);
        t.Announce(new Event(changed.Up ? EventKind.CheckUp : EventKind.CheckDown, Severity.Info) { Subject = settings.Name, Detail = changed.Detail });
        // One failure of the node, however many checks see it.
        if (!changed.Up && was == true && settings.Weight == 0 && t.Fitness.Fit)
            CountFailure(t);
    }

    private static void CountFailure(in Turn t)
    {
        if (t.State.HoldDown.Fail(t.Now) is { } length)
            t.Announce(new Event(EventKind.HoldDown, Severity.Warning) { Count = t.State.HoldDown.Failures, Duration = length });
    }

    private static void TakeUnit(in Turn t, Input.UnitChanged changed)
    {
        if (t.State.Unit.Take(changed.Startable, changed.Active))
            t.Announce(new Event(EventKind.UnitFailed, Severity.Critical) { Detail = changed.Detail });
        else if (changed.Startable && t.State.Open.Has(EventKind.UnitFailed))
            t.Announce(new Event(EventKind.UnitFailed, Severity.Info) { Ended = true, Alert = true });
        if (!changed.Active && t.State.Open.StopFailed is { } unit)
            t.Announce(new Event(EventKind.UnitFailed, Severity.Info) { Subject = unit, Ended = true, Alert = true });
    }

    /// <summary>
    /// What the shell saw. It says at each start that a secret can be read, for it does not know what people were told by the run before; news is only what somebody waits for. systemd
    /// that takes an order ends what was told of the one before.
    /// </summary>
    private static void TakeNotice(in Turn t, Event e)
    {
        var open = t.State.Open;
        if ((e.Kind == EventKind.SecretRestored && !open.Has(EventKind.SecretMissing, e.Subject)) || (e.Kind == EventKind.NetworkRestored && !open.Has(EventKind.NetworkFault)))
            return;
        t.Announce(e);
        if (e.Kind is EventKind.UnitStarted or EventKind.UnitStopped && open.Has(EventKind.UnitFailed, e.Subject))
            t.Announce(new Event(EventKind.UnitFailed, Severity.Info) { Subject = e.Subject, Ended = true, Alert = true });
    }

    /// <summary>The token, the droplet's number or what was in the way may be another: what was refused is tried again now, not in 30 s.</summary>
    private static void TryAgain(in Turn t)
    {
        t.Lookup.Want();
        if (t.Api.IsRefused)
            t.Api.RetryNow(t.Now);
        if (t.Api.IsRefused || t.Claim.Assign.Refusals > 0)
            t.Claim.Assign.RetryNow(t.Now);
    }

    /// <summary>What was refused to the last token says nothing of this one.</summary>
    private static void TakeToken(in Turn t)
    {
        for (var i = 0; i < t.State.Ips.Length; i++)
        {
            var of = t.For(i);
            of.Ip.Write.NewToken();
            of.Api.NewToken();
            TryAgain(of);
        }
    }

    private static void TakeSettings(in Turn t, Input.SettingsChanged changed)
    {
        var (s, settings) = (t.State, changed.Settings);
        var otherGuard = changed.OtherGuard || settings.Guard != s.Settings.Guard;
        if (changed.OtherMetadata)
            s.Identity.Forget();
        var otherLead = s.Apply(settings, t.Now);
        if (otherGuard || otherLead)
            t.Guard.Replace(settings.Guard, t.Now);
        s.Preemption.BeginAnew();
        s.Adverts.Reload(settings.Interval, t.Now);
        s.Ip.Write.AskAgain();
        for (var i = 0; i < s.Ips.Length; i++)
            TryAgain(t.For(i));
        var failed = t.State.Open.HasAny(EventKind.ReloadFailed);
        t.Announce(new Event(EventKind.Reloaded, Severity.Info) { Ended = failed, Alert = failed });
        if (settings.Nodes.Length == 1)
            t.Announce(new Event(EventKind.NotRedundant, Severity.Warning));
    }
}
