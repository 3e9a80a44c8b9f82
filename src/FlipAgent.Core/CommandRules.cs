namespace FlipAgent.Core;

/// <summary>What people ask for. A rule refuses a command with an outcome that has a case of its own; it never half happens.</summary>
internal static class CommandRules
{
    public static void Obey(in Turn t)
    {
        if (t.State.Command is not { } command)
            return;
        t.State.CommandAnswered();
        t.Do(new Effect.Reply(Obey(t, command) with { Node = t.Self.Name }));
    }

    private static CommandResult Obey(in Turn t, Command command)
    {
        if (t.State.Lifecycle.Stopping)
            return new CommandResult.Stopping();
        return command switch
        {
            Command.Promote promote => Promote(t, promote.Yes),
            Command.ReleaseMaster release => Release(t, release.To),
            Command.Maintenance maintenance => Maintain(t, maintenance),
            Command.PrepareRestart => PrepareRestart(t),
            Command.ProveWrite => WriteRules.Ask(t),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
    }

    private static CommandResult Promote(in Turn t, bool yes)
    {
        if (t.Fitness.UnfitBecause is { } unfit)
            return new CommandResult.NotFit(unfit);
        if (t.State.Quarantine.On)
            return new CommandResult.Stalled();
        if (t.IsMaster)
            return ClaimByCommand(t);
        if (t.Role == Role.Starting)
            return new CommandResult.Starting();
        if (Rank.LacksStore(t.State, t.Settings.Me))
            return new CommandResult.StoreFails(t.State.Lease.Problem);
        var master = Rank.LivingMaster(t.State, t.Now);
        return master >= 0 ? AskMaster(t, master, yes) : TakeOver(t, yes);
    }

    private static CommandResult ClaimByCommand(in Turn t)
    {
        string? from = null;
        foreach (var ip in t.State.Ips)
        {
            if (ip.Claim.IsHeld)
                continue;
            ip.Claim.Order(t.Now);
            ip.Lookup.Want();
            from ??= t.NameOf(ip.Lookup.Known);
        }
        return from is null ? new CommandResult.HoldsAlready() : new CommandResult.Claims(from);
    }

    private static CommandResult AskMaster(in Turn t, int master, bool yes)
    {
        if ((t.Ip.Budget.FlapHold || t.Ip.Budget.IsSpent(t.Now)) && !yes)
            return new CommandResult.FlapHold();
        t.State.Preemption.AskByCommand(yes, t.Now + Moment.Max(TimeSpan.FromSeconds(5), 3 * t.Interval));
        return new CommandResult.Asked(t.NameOf(master));
    }

    private static CommandResult TakeOver(in Turn t, bool yes)
    {
        var superseded = t.Ip.Supersession;
        if (!yes && superseded.On)
            return new CommandResult.Superseded(t.NameOf(t.Settings.IndexOf(superseded.By)));
        if (!yes && t.Settings.Guard && t.Guard.Alive == true && !t.Lookup.OwnIs(t.Self))
            return new CommandResult.ServiceAnswers();
        if (LeaseRules.Order(t) is { } later)
            return later;
        return BecomeMaster(t);
    }

    /// <summary>The lease that a person's order waited for is here (rule E15).</summary>
    public static void TakeOverWithLease(in Turn t)
    {
        var lease = t.State.Lease;
        if (lease.OrderedUntil == Moment.Never)
            return;
        if (t.Now >= lease.OrderedUntil || t.Role != Role.Backup || t.State.Lifecycle.Stopping || t.State.Quarantine.On)
        {
            lease.ForgetOrder();
            return;
        }
        t.WakeAt(lease.OrderedUntil);
        if (!LeaseRules.MayBeMaster(t))
            return;
        lease.ForgetOrder();
        BecomeMaster(t);
    }

    private static CommandResult.TookOver BecomeMaster(in Turn t)
    {
        SupersededRules.End(t, new Cause.PromotedHere());
        RoleRules.Promote(t, assignFirst: false, planned: true, new Cause.PromotedHere(), TimeSpan.Zero);
        foreach (var ip in t.State.Ips)
            ip.Claim.Overrule();
        return new CommandResult.TookOver(t.Term);
    }

    private static CommandResult Release(in Turn t, string? to)
    {
        if (!t.IsMaster)
            return new CommandResult.NotMaster(Rank.LivingMaster(t.State, t.Now) is var master and >= 0 ? t.NameOf(master) : null);
        if (!t.Claim.IsIdle)
            return new CommandResult.AssignUnderWay();
        if (t.Ip.Budget.IsSpent(t.Now))
            return new CommandResult.BudgetSpent(MoveBudget.Max, MoveBudget.Window);
        var successor = to is not null ? t.Settings.IndexOfName(to)
            : Rank.BestSuccessor(t.State, t.Now, withApi: true) is >= 0 and var able ? able : Rank.BestSuccessor(t.State, t.Now);
        if (WhyNot(t, to, successor) is { } refused)
            return refused;
        if (!Rank.CouldTakeOver(t.State, successor, t.Now) && !t.Lookup.KnownIs(t.Settings.Nodes[successor]))
            return new CommandResult.SuccessorCannotMove(t.NameOf(successor));
        RoleRules.GiveUp(t, successor, planned: true, new Cause.ReleaseOrdered());
        return new CommandResult.Released(t.NameOf(successor));
    }

    private static CommandResult.Refused? WhyNot(in Turn t, string? to, int successor)
    {
        if (to is null)
            return successor < 0 ? new CommandResult.NoSuccessor() : null;
        if (successor < 0)
            return new CommandResult.UnknownNode(to, string.Join(", ", t.Settings.Nodes.Select(n => n.Name)));
        if (successor == t.Settings.Me)
            return new CommandResult.MasterAlready(to);
        if (Rank.IsCandidate(t.State, successor, t.Now))
            return null;
        if (!t.Peers.IsHeard(successor, t.Now))
            return new CommandResult.SuccessorNotHeard(to);
        return t.Peers[successor].Fit && Rank.LacksStore(t.State, successor) ? new CommandResult.SuccessorWithoutStore(to) : new CommandResult.SuccessorNotFit(to);
    }

    private static CommandResult Maintain(in Turn t, Command.Maintenance command)
    {
        var maintenance = t.State.Maintenance;
        if (!command.On && !maintenance.On)
            return new CommandResult.NoMaintenance();
        if (command.On)
            maintenance.Begin(command.For, command.Reason, t.Now, command.By);
        else
            maintenance.End();
        t.Announce(new Event(EventKind.Maintenance, Severity.Info)
        { Alert = true, Ended = !command.On, Duration = command.On ? command.For : null, Detail = command.Reason });
        if (command.On)
            return new CommandResult.MaintenanceBegun(command.For, command.Reason) { NobodyTakesOver = t.IsMaster && !StandbyRules.CouldAnybody(t) };
        FitnessRules.Judge(t);
        return new CommandResult.MaintenanceEnded(t.Fitness.UnfitBecause);
    }

    private static CommandResult.RestartPrepared PrepareRestart(in Turn t)
    {
        t.State.Lifecycle.PrepareRestart(t.Now);
        return new CommandResult.RestartPrepared(Lifecycle.PreparedFor);
    }
}
