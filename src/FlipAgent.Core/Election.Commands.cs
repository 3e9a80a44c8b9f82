namespace FlipAgent.Core;

/// <summary>What people ask for. A command is refused by a rule with a sentence that names the rule and the way round it; it never half happens.</summary>
public static partial class Election
{
    private static CommandResult Obey(ElectionState s, Command command, TimeSpan now, List<Effect> fx)
    {
        if (s.Stopping)
            return Refuse("the agent is stopping");
        return command switch
        {
            Command.Promote promote => Promote(s, promote.Yes, now, fx),
            Command.ReleaseMaster release => ReleaseTo(s, release.To, now, fx),
            Command.Maintenance maintenance => Maintain(s, maintenance, now, fx),
            Command.PrepareRestart => PrepareRestart(s, now),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
    }

    private static CommandResult Refuse(string why) => new(why, why);

    private static CommandResult Promote(ElectionState s, bool yes, TimeSpan now, List<Effect> fx)
    {
        var me = s.Settings.Self.Name;
        if (!s.Fit)
            return Refuse($"{me} is not fit: {s.UnfitBecause}");
        if (s.Quiet)
            return Refuse($"{me} has just been stalled and listens first (rule E10); try again in a few seconds");
        if (s.Role == Role.Master)
        {
            if (s.Claim == ClaimState.Held)
                return Refuse($"{me} is master and holds the floating IP already");
            (s.Override, s.Planned, s.LookWanted, s.ClaimSince) = (true, true, true, now);
            return new CommandResult(null, $"{me} is master and claims the floating IP from {NameOfHolder(s, s.Holder)}");
        }
        if (s.Role == Role.Starting)
            return Refuse($"{me} is still starting");
        var master = BestLivingMaster(s, now);
        if (master >= 0)
        {
            if ((s.FlapHold || CountMovesFromFit(s, now) >= FlapMoves) && !yes)
                return Refuse("flap-hold is on (rule C8); promote --yes overrides it");
            s.AsksWithYes = yes;
            s.AsksByCommandUntil = now + Max(TimeSpan.FromSeconds(5), 3 * s.Settings.Interval);
            return new CommandResult(null, $"asked {NameOf(s, master)} to release the mastership to {me}");
        }
        var holder = s.Look.Kind == HolderKind.Node ? s.Settings.IndexOf(s.Look.NodeId) : -1;
        if (!yes && s.SupersededBy != 0)
            return Refuse($"{me} was superseded by {NameOf(s, s.Settings.IndexOf(s.SupersededBy))} (rule E8b); promote --yes takes the IP all the same");
        if (!yes && s.Settings.Guard && s.GuardAlive == true && holder != s.Settings.Me)
            return Refuse("no master is heard, but the service answers through the floating IP (rule E6); promote --yes takes it all the same");
        EndSuperseded(s, "promote", fx);
        TakeOver(s, postAtOnce: false, planned: true, "promote on this node", TimeSpan.Zero, now, fx);
        s.Override = true;
        return new CommandResult(null, $"{me} is master of term {s.Term} and claims the floating IP");
    }

    private static CommandResult ReleaseTo(ElectionState s, string? to, TimeSpan now, List<Effect> fx)
    {
        if (s.Role != Role.Master)
        {
            var master = BestLivingMaster(s, now);
            return Refuse($"{s.Settings.Self.Name} is not master" + (master >= 0 ? $"; {NameOf(s, master)} is" : ""));
        }
        if (s.WriteInFlight || s.ActionId != 0)
            return Refuse("an assign is under way; try again when it is settled");
        if (CountMovesFromFit(s, now) >= FlapMoves)
            return Refuse($"{FlapMoves} moves away from a fit holder within 10 minutes are enough (rule C8); promote --yes on the other node overrides it");
        int successor;
        if (to is null)
        {
            successor = BestSuccessor(s, now);
            if (successor < 0)
                return Refuse("no fit peer is heard that could be master");
        }
        else
        {
            successor = -1;
            for (var i = 0; i < s.Settings.Nodes.Length; i++)
                if (s.Settings.Nodes[i].Name == to)
                    successor = i;
            if (successor < 0)
                return Refuse($"there is no node {to}; expected one of {string.Join(", ", s.Settings.Nodes.Select(n => n.Name))}");
            if (successor == s.Settings.Me)
                return Refuse($"{to} is master already");
            if (!IsCandidate(s, successor, now))
                return Refuse($"{to} is {(Heard(s, successor, now) ? "not fit" : "not heard")}");
        }
        GiveUp(s, successor, planned: true, "release by command", now, fx);
        return new CommandResult(null, $"released the mastership to {NameOf(s, successor)}");
    }

    private static CommandResult Maintain(ElectionState s, Command.Maintenance command, TimeSpan now, List<Effect> fx)
    {
        var me = s.Settings.Self.Name;
        if (!command.On && !s.Maintenance)
            return new CommandResult(null, $"{me} was not in maintenance");
        SetMaintenance(s, command.On, command.For, command.Reason, now);
        var length = command.For is { } f ? $" for {Say(f)}" : "";
        var text = command.On ? $"{me} is in maintenance{length}" + (command.Reason is { Length: > 0 } r ? $": {r}" : "") : $"maintenance of {me} is over";
        Tell(fx, new Event(EventKind.Maintenance, Severity.Info, s.Term, text) { Alert = true, Cause = command.Reason });
        return new CommandResult(null, text);
    }

    /// <summary>As durations are written in the configuration: 2h, 90m, 45s.</summary>
    private static string Say(TimeSpan length) =>
        length.Ticks % TimeSpan.TicksPerHour == 0 ? $"{length.TotalHours:0}h" : length.Ticks % TimeSpan.TicksPerMinute == 0 ? $"{length.TotalMinutes:0}m" : $"{length.TotalSeconds:0.###}s";

    private static CommandResult PrepareRestart(ElectionState s, TimeSpan now)
    {
        (s.RestartPrepared, s.RestartPreparedUntil) = (true, now + PreparedFor);
        return new CommandResult(null, $"the next stop within {PreparedFor.TotalSeconds:0} s counts as a restart");
    }
}
