using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>What became of a command, in words.</summary>
/// <param name="Refusal">Why a rule refuses it (exit code 5); null: done.</param>
/// <param name="Text">The sentence in either case.</param>
public sealed record CommandAnswer(string? Refusal, string Text);

/// <summary>The answers to commands: what was done, or why not and the way round it.</summary>
internal static class CommandText
{
    public static CommandAnswer Of(CommandResult result)
    {
        var text = result switch
        {
            CommandResult.Done done => Of(done),
            CommandResult.Refused refused => Of(refused),
            _ => throw new ArgumentOutOfRangeException(nameof(result)),
        };
        return new CommandAnswer(result is CommandResult.Refused ? text : null, text);
    }

    private static string Of(CommandResult.Done done) => done switch
    {
        CommandResult.Claims c => $"{done.Node} is master and claims the floating IP from {Words.Place(c.From)}",
        CommandResult.Asked c => $"asked {c.Master} to release the mastership to {done.Node}",
        CommandResult.TookOver c => $"{done.Node} is master of term {c.Term} and claims the floating IP",
        CommandResult.AsksForLease => $"{done.Node} asks for the lease, and becomes master once it has it (flipagentctl status)",
        CommandResult.Released c => $"released the mastership to {c.To}",
        CommandResult.MaintenanceBegun c => Words.InMaintenance(done.Node, c.For, c.Reason)
            + (c.NobodyTakesOver ? $"; no other node can move the floating IP, so it stays where it is: leave HAProxy of {done.Node} running while it is there (flipagentctl doctor --cluster says what the others lack)" : ""),
        CommandResult.MaintenanceEnded { Unfit: { } unfit } => $"maintenance on {done.Node} is over, but it cannot serve: {CauseText.Of(unfit)}",
        CommandResult.MaintenanceEnded => $"maintenance on {done.Node} is over",
        CommandResult.NoMaintenance => $"{done.Node} was not in maintenance",
        CommandResult.RestartPrepared c => $"the next stop within {Words.Seconds(c.Within)} s counts as a restart",
        CommandResult.ProofBegun => "the cloud is asked to assign the floating IP to its present holder, which changes nothing",
        _ => throw new ArgumentOutOfRangeException(nameof(done)),
    };

    private static string Of(CommandResult.Refused refused) => refused switch
    {
        CommandResult.Stopping => "the agent is stopping",
        CommandResult.NotFit c => $"{refused.Node} is not fit: {CauseText.Of(c.Cause)}",
        CommandResult.Stalled => $"{refused.Node} has just stalled and is listening first; try again in a few seconds",
        CommandResult.Starting => $"{refused.Node} is still starting",
        CommandResult.HoldsAlready => $"{refused.Node} is master and holds the floating IP already",
        CommandResult.FlapHold => "flap-hold is on: the floating IP was moved away from fit holders too often; promote --yes overrides it",
        CommandResult.Superseded c =>
            $"{refused.Node} was superseded by {c.By}, which has the floating IP and is not heard; promote --yes takes the floating IP all the same",
        CommandResult.ServiceAnswers => "no master is heard, but the service answers through the floating IP; promote --yes takes it all the same",
        CommandResult.NotMaster c => $"{refused.Node} is not master" + (c.Master is { } master ? $"; {master} is" : ""),
        CommandResult.NotHolder c => $"{refused.Node} is not the master that holds the floating IP, which is at {Words.Place(c.Holder)}; run the command there",
        CommandResult.ProvedLately c => $"the cloud was asked less than an hour ago; try again in {c.Wait.TotalMinutes:0} min",
        CommandResult.AssignUnderWay => "an assign is under way; try again when it is settled",
        CommandResult.BudgetSpent c =>
            $"{c.Max} moves away from a fit holder within {c.Window.TotalMinutes:0} minutes are the limit; promote --yes on the other node overrides it",
        CommandResult.NoSuccessor => "no fit peer is heard that could become master",
        CommandResult.UnknownNode c => $"there is no node {c.Name}; expected one of {c.Nodes}",
        CommandResult.MasterAlready c => $"{c.Name} is master already",
        CommandResult.LeaseElsewhere c => $"{c.Holder} has the lease; no command takes it away (release it there, or stop the agent there)",
        CommandResult.StoreFails c => $"{refused.Node} does not reach the store of the lease{(c.Detail.Length > 0 ? $": {c.Detail}" : "")}; no command makes it master without the lease",
        CommandResult.SuccessorWithoutStore c => $"{c.Name} does not reach the store of the lease, so it cannot become master",
        CommandResult.SuccessorNotFit c => $"{c.Name} is not fit",
        CommandResult.SuccessorCannotMove c =>
            $"{c.Name} cannot move the floating IP to itself: it does not reach the cloud API, or its token or its server is refused there (flipagentctl doctor --cluster says which); nothing was done",
        CommandResult.SuccessorNotHeard c => $"{c.Name} is not heard",
        _ => throw new ArgumentOutOfRangeException(nameof(refused)),
    };
}
