namespace FlipAgent.Core;

/// <summary>What became of a command. Closed: all cases stand here. Done or refused, never half; the sentence is made where people are spoken to.</summary>
public abstract record CommandResult
{
    private CommandResult()
    {
    }

    /// <summary>The node that answers, by name.</summary>
    public string Node { get; init; } = "";

    /// <summary>The command was taken; what it brings about may still be under way.</summary>
    public abstract record Done : CommandResult
    {
        private protected Done()
        {
        }
    }

    /// <summary>A rule speaks against it, and nothing was changed (exit code 5).</summary>
    public abstract record Refused : CommandResult
    {
        private protected Refused()
        {
        }
    }

    /// <summary>The node is master and claims the floating IP, which <paramref name="From"/> holds: a node, "nobody", "unknown" or "other".</summary>
    public sealed record Claims(string From) : Done;

    /// <summary>This master was asked to release the mastership to the node.</summary>
    public sealed record Asked(string Master) : Done;

    /// <summary>The node is master of this term and claims the floating IP.</summary>
    public sealed record TookOver(uint Term) : Done;

    /// <summary>The node asks the store for the lease (rule E15), and is master when it has it.</summary>
    public sealed record AsksForLease : Done;

    /// <summary>The node released the mastership to this one.</summary>
    public sealed record Released(string To) : Done;

    /// <summary>The node is in maintenance.</summary>
    /// <param name="For">It ends by itself after this; null: when it is switched off.</param>
    /// <param name="Reason">As the person gave it; null or empty: nothing.</param>
    public sealed record MaintenanceBegun(TimeSpan? For, string? Reason) : Done
    {
        /// <summary>It was master, and no other node can move the floating IP, so that stays where it is.</summary>
        public bool NobodyTakesOver { get; init; }
    }

    /// <summary>Its maintenance is over.</summary>
    /// <param name="Unfit">Why it cannot serve all the same; null: it can.</param>
    public sealed record MaintenanceEnded(Cause.OfRelease? Unfit) : Done;

    /// <summary>It was not in maintenance.</summary>
    public sealed record NoMaintenance : Done;

    /// <summary>The next stop within this time counts as a restart.</summary>
    public sealed record RestartPrepared(TimeSpan Within) : Done;

    /// <summary>An assign that changes nothing is on its way (rule C11).</summary>
    public sealed record ProofBegun : Done;

    /// <summary>Only the master that holds the floating IP can prove that it may move it.</summary>
    /// <param name="Holder">Who holds it: a node, "other", "nobody" or "unknown".</param>
    public sealed record NotHolder(string Holder) : Refused;

    /// <summary>A proof was sent less than an hour ago.</summary>
    /// <param name="Wait">Until the next may be.</param>
    public sealed record ProvedLately(TimeSpan Wait) : Refused;

    /// <summary>The agent is stopping.</summary>
    public sealed record Stopping : Refused;

    /// <summary>The node may not serve.</summary>
    public sealed record NotFit(Cause.OfRelease Cause) : Refused;

    /// <summary>It was stalled a moment ago and listens first (rule E10).</summary>
    public sealed record Stalled : Refused;

    /// <summary>It is still starting (rule E11).</summary>
    public sealed record Starting : Refused;

    /// <summary>It is master and holds the floating IP already.</summary>
    public sealed record HoldsAlready : Refused;

    /// <summary>Flap-hold is on (rule C8); <c>--yes</c> overrides it.</summary>
    public sealed record FlapHold : Refused;

    /// <summary><paramref name="By"/>, which is not heard, superseded the node (rule E8b); <c>--yes</c> overrides it.</summary>
    public sealed record Superseded(string By) : Refused;

    /// <summary>No master is heard, but the service answers through the floating IP (rule E6); <c>--yes</c> overrides it.</summary>
    public sealed record ServiceAnswers : Refused;

    /// <summary>The node is not master.</summary>
    /// <param name="Master">Who is; null: nobody that is heard.</param>
    public sealed record NotMaster(string? Master) : Refused;

    /// <summary>An assign is under way.</summary>
    public sealed record AssignUnderWay : Refused;

    /// <summary>The budget of moves away from a fit holder is spent (rule C8); <c>promote --yes</c> on the other node overrides it.</summary>
    /// <param name="Max">How many moves the budget has.</param>
    /// <param name="Window">For how long each counts.</param>
    public sealed record BudgetSpent(int Max, TimeSpan Window) : Refused;

    /// <summary>No fit peer is heard that could be master.</summary>
    public sealed record NoSuccessor : Refused;

    /// <summary>There is no node of this name.</summary>
    /// <param name="Name">What was asked for.</param>
    /// <param name="Nodes">The names that there are, with commas between them.</param>
    public sealed record UnknownNode(string Name, string Nodes) : Refused;

    /// <summary>The node that was asked for is master already.</summary>
    public sealed record MasterAlready(string Name) : Refused;

    /// <summary>Another node has the lease (rule E15), which nothing overrides.</summary>
    public sealed record LeaseElsewhere(string Holder) : Refused;

    /// <summary>The store of the lease cannot be reached or refuses (rule E15), which nothing overrides.</summary>
    /// <param name="Detail">What it, or the way to it, said; empty: it has not been asked yet.</param>
    public sealed record StoreFails(string Detail) : Refused;

    /// <summary>The node that was asked for does not reach the store of the lease, so it could not be master.</summary>
    public sealed record SuccessorWithoutStore(string Name) : Refused;

    /// <summary>The node that was asked for is heard and not fit.</summary>
    public sealed record SuccessorNotFit(string Name) : Refused;

    /// <summary>The node, which was asked for or ranks best, could be master and could not move the floating IP to itself: its API fails, or its token or droplet is refused.</summary>
    public sealed record SuccessorCannotMove(string Name) : Refused;

    /// <summary>The node that was asked for is not heard.</summary>
    public sealed record SuccessorNotHeard(string Name) : Refused;
}
