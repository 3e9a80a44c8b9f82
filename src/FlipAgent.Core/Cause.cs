namespace FlipAgent.Core;

/// <summary>
/// Why something happened. Closed: all cases stand here. Texts in it came from outside (a check, the cloud, a person, a peer's release); the sentences are made where
/// people are spoken to. The causes of a release also travel to the peers, as the phrases of <see cref="ReleaseCause"/>.
/// </summary>
public abstract record Cause
{
    private Cause()
    {
    }

    /// <summary>Why a master gives up, or why a node is not fit, which makes it give up (rules E1, E4).</summary>
    public abstract record OfRelease : Cause
    {
        private protected OfRelease()
        {
        }
    }

    /// <summary>No check has answered since the start.</summary>
    public sealed record NoVerdict : OfRelease;

    /// <summary>This check has not answered since the start, or since a fault.</summary>
    public sealed record Unanswered(string Check) : OfRelease;

    /// <summary>This check is down.</summary>
    /// <param name="Check">Its name.</param>
    /// <param name="Detail">What it said.</param>
    public sealed record CheckDown(string Check, string Detail) : OfRelease;

    /// <summary>This check was down at the end of the last run, and has not answered since (rule E11).</summary>
    public sealed record DownBefore(string Check) : OfRelease;

    /// <summary>A person took the node out of service.</summary>
    /// <param name="Reason">What the person gave as the reason; null or empty: nothing.</param>
    public sealed record InMaintenance(string? Reason) : OfRelease;

    /// <summary>The cold standby's unit cannot be started (rule E14).</summary>
    public sealed record UnitNotStartable : OfRelease;

    /// <summary>This machine is another droplet than the file says, and none that the file has (rule S2).</summary>
    public sealed record WrongDroplet(long InFile, long Proven) : OfRelease;

    /// <summary>The node has no key, so it can neither speak nor believe anybody.</summary>
    /// <param name="Detail">What is wrong with the key; null: it was so at the end of the last run.</param>
    public sealed record NoKey(string? Detail) : OfRelease;

    /// <summary>The agent was stopped.</summary>
    public sealed record Stopped : OfRelease;

    /// <summary>A person asked the master to release.</summary>
    public sealed record ReleaseOrdered : OfRelease;

    /// <summary>A person asked for the mastership on this node.</summary>
    public sealed record PromoteOrdered(string OnNode) : OfRelease;

    /// <summary>A node with a higher priority asks (rule E9).</summary>
    /// <param name="ByNode">Which.</param>
    /// <param name="Priority">Its effective priority, 1 to 254.</param>
    public sealed record Outranked(string ByNode, int Priority) : OfRelease;

    /// <summary>The floating IP is at this fit node already (rule E8a).</summary>
    public sealed record HolderIs(string HolderNode) : OfRelease;

    /// <summary>The cloud does not answer this node.</summary>
    public sealed record ApiFails : OfRelease;

    /// <summary>The cloud does not know the droplet of this node, so the address cannot come to it.</summary>
    public sealed record DropletNotFound : OfRelease;

    /// <summary>The claim had no result for <see cref="ClaimRules.Timeout"/>.</summary>
    public sealed record NoResult : OfRelease;

    /// <summary>The move did not help: nobody sees the service answer at the new holder (rule C10).</summary>
    public sealed record MoveDidNotHelp : OfRelease;

    /// <summary>The budget of moves away from a fit holder is spent (rule C8).</summary>
    public sealed record FlapHold : OfRelease;

    /// <summary>The lease ran out, or another node has it (rule E15).</summary>
    public sealed record LeaseLost : OfRelease;

    /// <summary>A master says in its adverts that it has another role now.</summary>
    public sealed record NoLongerMaster(string OfNode, Role Role) : OfRelease;

    /// <summary>The phrase that a peer's release carried (<see cref="Release.Cause"/>).</summary>
    public sealed record Heard(string Phrase) : Cause
    {
        /// <summary>The node that gave up, when the floating IP had not come to it; null: it was there, or that is not known.</summary>
        public string? By { get; init; }
    }

    /// <summary>The node has listened long enough after its start (rule E11).</summary>
    public sealed record Listened : Cause;

    /// <summary>The node has no key and takes no part.</summary>
    public sealed record StandsBy : Cause;

    /// <summary>The node is fit again.</summary>
    public sealed record FitAgain : Cause;

    /// <summary>The master is not heard (rule E6).</summary>
    /// <param name="MasterNode">Which.</param>
    /// <param name="ServiceDown">The guard found the service dead as well.</param>
    public sealed record MasterSilent(string MasterNode, bool ServiceDown) : Cause;

    /// <summary>No master is known.</summary>
    public sealed record NoMaster : Cause;

    /// <summary>A person asked for it on this very node.</summary>
    public sealed record PromotedHere : Cause;

    /// <summary>The agent was restarted and goes on as master (rule E11).</summary>
    public sealed record Resumed : Cause;

    /// <summary>Another node is master of this term.</summary>
    public sealed record MasterElsewhere(string MasterNode, uint OfTerm) : Cause;

    /// <summary>The other master has a higher term (rule E7).</summary>
    public sealed record HigherTerm : Cause;

    /// <summary>The other master of the same term ranks higher (rules E2, E7).</summary>
    public sealed record HigherRank : Cause;

    /// <summary>The floating IP arrived at this node, which is not heard (rule E8b).</summary>
    public sealed record SupersededBy(string HolderNode) : Cause;

    /// <summary>A release names this node as the successor.</summary>
    public sealed record NamedSuccessor : Cause;

    /// <summary>The node that it is about is no longer configured.</summary>
    public sealed record NodeRemoved : Cause;

    /// <summary>The node that it is about is heard again.</summary>
    public sealed record HeardAgain : Cause;

    /// <summary>Two probes of the guard failed (rule E8b).</summary>
    public sealed record GuardFailed : Cause;

    /// <summary>The time that a supersession lasts without a guard is over (rule E8b).</summary>
    public sealed record WaitOver : Cause;

    /// <summary>The floating IP had left the master.</summary>
    public sealed record AddressLeft : Cause;

    /// <summary>The move was seen at the cloud; nobody said why.</summary>
    public sealed record SeenAtCloud : Cause;

    /// <summary>The peer said goodbye.</summary>
    public sealed record PeerStopped : Cause;

    /// <summary>Other nodes hear the peer, this one does not.</summary>
    public sealed record HeardByOthers : Cause;

    /// <summary>The action is completed, and the API does not show the address here.</summary>
    public sealed record NotSeen : Cause;

    /// <summary>The action is completed, and the metadata service does not show the address here (F41).</summary>
    public sealed record NotSeenByMetadata : Cause;

    /// <summary>The cloud still works on this action.</summary>
    public sealed record ActionOpen(long ActionId) : Cause;

    /// <summary>The API is rate-limiting requests (429).</summary>
    public sealed record RateLimited : Cause;

    /// <summary>Another action of the cloud locks the address (F39).</summary>
    public sealed record Locked : Cause;

    /// <summary>The cloud, or the way to it, does not accept the assign.</summary>
    /// <param name="Detail">What it said.</param>
    public sealed record NotTaken(string Detail) : Cause;

    /// <summary>The node keeps a minimum time between its own moves (rule C8).</summary>
    /// <param name="Left">Until it asks, as of the announcement.</param>
    public sealed record MoveGap(TimeSpan Left) : Cause;

    /// <summary>The API has not accepted an assign.</summary>
    public sealed record NotAccepted : Cause;

    /// <summary>systemd did not start the cold standby's unit.</summary>
    /// <param name="Detail">What it said.</param>
    public sealed record StartFailed(string Detail) : Cause;

    /// <summary>systemd did not stop it.</summary>
    /// <param name="Detail">What it said.</param>
    public sealed record StopFailed(string Detail) : Cause;

    /// <summary>The sink of the alerts failed.</summary>
    /// <param name="Detail">With what.</param>
    public sealed record SinkFailed(string Detail) : Cause;
}
