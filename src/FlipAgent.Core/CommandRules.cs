namespace FlipAgent.Core;

/// <summary>What people ask for. A command is refused by a rule with a sentence that names the rule and the way round it; it never half happens.</summary>
internal static class CommandRules
{
    public static void Obey(in Turn t)
    {
        if (t.State.Command is not { } command)
            return;
        t.State.CommandAnswered();
        t.Do(new Effect.Reply(Obey(t, command)));
    }

    private static CommandResult Obey(in Turn t, Command command)
    {
        if (t.State.Lifecycle.Stopping)
            return Refuse("the agent is stopping");
        return command switch
        {
            Command.Promote promote => Promote(t, promote.Yes),
            Command.ReleaseMaster release => Release(t, release.To),
            Command.Maintenance maintenance => Maintain(t, maintenance),
            Command.PrepareRestart => PrepareRestart(t),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
    }

    private static CommandResult Refuse(string why) => new(why, why);

    private static CommandResult Promote(in Turn t, bool yes)
    {
        var me = t.Self.Name;
        if (!t.Fitness.Fit)
            return Refuse($"{me} is not fit: {t.Fitness.UnfitBecause}");
        if (t.State.Quarantine.On)
            return Refuse($"{me} has just been stalled and listens first (rule E10); try again in a few seconds");
        if (t.IsMaster)
            return ClaimByCommand(t);
        if (t.Role == Role.Starting)
            return Refuse($"{me} is still starting");
        var master = Rank.LivingMaster(t.State, t.Now);
        return master >= 0 ? AskMaster(t, master, yes) : TakeOver(t, yes);
    }

    private static CommandResult ClaimByCommand(in Turn t)
    {
        var me = t.Self.Name;
        if (t.Claim.IsHeld)
            return Refuse($"{me} is master and holds the floating IP already");
        t.Claim.Order(t.Now);
        t.Lookup.Want();
        return new CommandResult(null, $"{me} is master and claims the floating IP from {t.NameOf(t.Lookup.Known)}");
    }

    private static CommandResult AskMaster(in Turn t, int master, bool yes)
    {
        if ((t.Ip.Budget.FlapHold || t.Ip.Budget.IsSpent(t.Now)) && !yes)
            return Refuse("flap-hold is on (rule C8); promote --yes overrides it");
        t.State.Preemption.AskByCommand(yes, t.Now + Moment.Max(TimeSpan.FromSeconds(5), 3 * t.Interval));
        return new CommandResult(null, $"asked {t.NameOf(master)} to release the mastership to {t.Self.Name}");
    }

    private static CommandResult TakeOver(in Turn t, bool yes)
    {
        var (me, superseded) = (t.Self.Name, t.Ip.Supersession);
        if (!yes && superseded.On)
            return Refuse($"{me} was superseded by {t.NameOf(t.Settings.IndexOf(superseded.By))} (rule E8b); promote --yes takes the IP all the same");
        if (!yes && t.Settings.Guard && t.Guard.Alive == true && !t.Lookup.OwnIs(t.Self))
            return Refuse("no master is heard, but the service answers through the floating IP (rule E6); promote --yes takes it all the same");
        SupersededRules.End(t, "promote");
        RoleRules.Promote(t, assignFirst: false, planned: true, "promote on this node", TimeSpan.Zero);
        t.Claim.Overrule();
        return new CommandResult(null, $"{me} is master of term {t.Term} and claims the floating IP");
    }

    private static CommandResult Release(in Turn t, string? to)
    {
        if (!t.IsMaster)
        {
            var master = Rank.LivingMaster(t.State, t.Now);
            return Refuse($"{t.Self.Name} is not master" + (master >= 0 ? $"; {t.NameOf(master)} is" : ""));
        }
        if (!t.Claim.IsIdle)
            return Refuse("an assign is under way; try again when it is settled");
        if (t.Ip.Budget.IsSpent(t.Now))
            return Refuse($"{MoveBudget.Max} moves away from a fit holder within 10 minutes are enough (rule C8); promote --yes on the other node overrides it");
        var successor = to is null ? Rank.BestSuccessor(t.State, t.Now) : t.Settings.IndexOfName(to);
        if (WhyNot(t, to, successor) is { } why)
            return Refuse(why);
        RoleRules.GiveUp(t, successor, planned: true, "release by command");
        return new CommandResult(null, $"released the mastership to {t.NameOf(successor)}");
    }

    private static string? WhyNot(in Turn t, string? to, int successor)
    {
        if (to is null)
            return successor < 0 ? "no fit peer is heard that could be master" : null;
        if (successor < 0)
            return $"there is no node {to}; expected one of {string.Join(", ", t.Settings.Nodes.Select(n => n.Name))}";
        if (successor == t.Settings.Me)
            return $"{to} is master already";
        return Rank.IsCandidate(t.State, successor, t.Now) ? null : $"{to} is {(t.Peers.IsHeard(successor, t.Now) ? "not fit" : "not heard")}";
    }

    private static CommandResult Maintain(in Turn t, Command.Maintenance command)
    {
        var (me, maintenance) = (t.Self.Name, t.State.Maintenance);
        if (!command.On && !maintenance.On)
            return new CommandResult(null, $"{me} was not in maintenance");
        if (command.On)
            maintenance.Begin(command.For, command.Reason, t.Now);
        else
            maintenance.End();
        var length = command.For is { } f ? $" for {Words.Of(f)}" : "";
        var text = command.On ? $"{me} is in maintenance{length}" + (command.Reason is { Length: > 0 } r ? $": {r}" : "") : $"maintenance of {me} is over";
        t.Announce(new Event(EventKind.Maintenance, Severity.Info, t.Term, text) { Alert = true, Cause = command.Reason });
        return new CommandResult(null, text);
    }

    private static CommandResult PrepareRestart(in Turn t)
    {
        t.State.Lifecycle.PrepareRestart(t.Now);
        return new CommandResult(null, $"the next stop within {Lifecycle.PreparedFor.TotalSeconds:0} s counts as a restart");
    }
}
