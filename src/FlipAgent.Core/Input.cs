namespace FlipAgent.Core;

/// <summary>How the cloud API answered, told by status code and shape, never by the text of a message (rule C3).</summary>
public enum ApiStatus
{
    /// <summary>An answer that could be read and believed.</summary>
    Ok,
    /// <summary>401: the token is not valid.</summary>
    Unauthorized,
    /// <summary>403: the token lacks a scope.</summary>
    Forbidden,
    /// <summary>404 on the thing that was asked for.</summary>
    NotFound,
    /// <summary>429.</summary>
    RateLimited,
    /// <summary>Anything that leaves the outcome open: time-out, reset, 5xx, HTML, not JSON, an unknown status code.</summary>
    Failed,
    /// <summary>Any other 4xx (422 first of all): it was understood and not done, and asking for the same again at once will not help.</summary>
    Refused,
}

/// <summary>State of an action of the cloud.</summary>
public enum ActionStatus
{
    /// <summary>The cloud works on it.</summary>
    InProgress,
    /// <summary>The cloud says that it is done; whether it is shows in the address.</summary>
    Completed,
    /// <summary>It failed, and nothing moved.</summary>
    Errored,
    /// <summary>A status that the API document does not have, or the action answers 404: the IP itself must be asked.</summary>
    Unknown,
}

/// <summary>What the metadata service says of this droplet: does it hold the floating IP?</summary>
public enum Witness
{
    /// <summary>Not known.</summary>
    Unknown,
    /// <summary>The floating IP points at this machine.</summary>
    Here,
    /// <summary>It does not.</summary>
    NotHere,
}

/// <summary>Why the process is asked to stop (rule E12).</summary>
public enum StopKind
{
    /// <summary>It will not come back by itself: release.</summary>
    Final,
    /// <summary>A restart or an upgrade: ask for patience.</summary>
    Restart,
}

/// <summary>
/// Everything that can happen to the election. Closed: all cases stand here. Inputs are records, so a run can be recorded and replayed.
/// </summary>
public abstract record Input
{
    private Input()
    {
    }

    /// <summary>The state's next deadline is due.</summary>
    public sealed record Deadline : Input;

    /// <summary>A datagram that parsed, authenticated and came from the address of configured node <paramref name="Peer"/>. Session and sequence are judged by the core.</summary>
    public sealed record AdvertHeard(int Peer, Advert Advert) : Input;

    /// <summary>A datagram that did not count; <paramref name="Peer"/> is -1 when it cannot be put down to a configured node.</summary>
    public sealed record AdvertRejected(int Peer, Rejection Reason, string Detail) : Input;

    /// <summary>A check's verdict changed by rise/fall, or came for the first time.</summary>
    /// <param name="FaultAge">How long before this input the fault happened, as far as it is known (a pidfd knows, a poll does not).</param>
    public sealed record CheckChanged(int Check, bool Up, string Detail, TimeSpan FaultAge = default) : Input;

    /// <summary>The answer to <see cref="Effect.ReadHolder"/>: GET of the IP.</summary>
    /// <param name="SentAt">When the request was sent, on the clock of the step's <c>now</c>: what it shows is at least as old.</param>
    /// <param name="DropletId">The holder; null when the IP is assigned to nobody. Only with <see cref="ApiStatus.Ok"/>.</param>
    /// <param name="ScopeProven">False: a null droplet may only mean that the token cannot read droplets, so it is unknown, not nobody.</param>
    /// <param name="Locked">The IP has a pending action.</param>
    public sealed record HolderRead(TimeSpan SentAt, ApiStatus Status, long? DropletId, bool Locked, bool ScopeProven, TimeSpan? RetryAfter, string Detail) : Input
    {
        /// <summary>Index of the floating IP that it is about, in <see cref="ClusterSettings.AddressIds"/>.</summary>
        public int Address { get; init; }

        /// <summary>What the cloud said may still be asked; null: it did not say.</summary>
        public RateLimit? Left { get; init; }
    }

    /// <summary>The answer to <see cref="Effect.Assign"/>: POST of an assign action.</summary>
    /// <param name="Accepted">201 with an action.</param>
    /// <param name="NotSent">The worker saw before sending that the core no longer wants it (rule C1).</param>
    public sealed record AssignAnswered(
        uint Term, TimeSpan SentAt, ApiStatus Status, bool Accepted, bool NotSent, long ActionId, ActionStatus Action, TimeSpan? RetryAfter, string Detail) : Input
    {
        /// <summary>Index of the floating IP that it is about, in <see cref="ClusterSettings.AddressIds"/>.</summary>
        public int Address { get; init; }

        /// <summary>422: the cloud read the request, saw the right to make it, and refuses what it asks for.</summary>
        public bool Unprocessable { get; init; }

        /// <summary>The cloud's own number for the request (<c>x-request-id</c>, <c>request_id</c>), which its support asks for; null: none came.</summary>
        public string? RequestId { get; init; }

        /// <summary>What the cloud said may still be asked; null: it did not say.</summary>
        public RateLimit? Left { get; init; }
    }

    /// <summary>The answer to <see cref="Effect.ReadAction"/>.</summary>
    public sealed record ActionRead(TimeSpan SentAt, long ActionId, ApiStatus Status, ActionStatus Action, TimeSpan? RetryAfter, string Detail) : Input
    {
        /// <summary>Index of the floating IP that it is about, in <see cref="ClusterSettings.AddressIds"/>.</summary>
        public int Address { get; init; }

        /// <summary>What the cloud said may still be asked; null: it did not say.</summary>
        public RateLimit? Left { get; init; }
    }

    /// <summary>No connection to the API could be made: worth a lookup, which then says why. Comes unasked, each 30 s for as long as it is so.</summary>
    public sealed record ApiUnreachable : Input;

    /// <summary>The answer to <see cref="Effect.ProbeGuard"/>: the service through the floating IP.</summary>
    public sealed record GuardAnswered(bool Alive, string Detail) : Input
    {
        /// <summary>Of the probe that it answers.</summary>
        public int Number { get; init; }

        /// <summary>The target is this machine itself, so nothing was asked: no witness, whatever <see cref="Alive"/> says.</summary>
        public bool CannotTell { get; init; }

        /// <summary>Nothing came in time; false: it was refused, or something else answered than was expected. Says nothing when <see cref="Alive"/>.</summary>
        public bool TimedOut { get; init; }
    }

    /// <summary>The metadata service was asked (every 2 s, by the shell on its own).</summary>
    public sealed record MetadataRead(Witness Witness, string Detail) : Input
    {
        /// <summary>Index of the floating IP that it is about, in <see cref="ClusterSettings.AddressIds"/>.</summary>
        public int Address { get; init; }

        /// <summary>The droplet that it says this machine is, above 0; null: it was not asked this time, or said nothing that is an id.</summary>
        public long? DropletId { get; init; }
    }

    /// <summary>A person asks for something; answered by <see cref="Effect.Reply"/> of the same step.</summary>
    /// <param name="Command">What.</param>
    public sealed record Commanded(Command Command) : Input;

    /// <summary>A reload: new settings. <see cref="ClusterSettings.Nodes"/> and <see cref="ClusterSettings.Checks"/> may differ; things are matched by name.</summary>
    /// <param name="OtherGuard">The guard asks something else than before: what the old one found, or is about to answer, says nothing about it.</param>
    /// <param name="OtherMetadata">Another metadata service than before, or none, tells which server this is.</param>
    public sealed record SettingsChanged(ClusterSettings Settings, bool OtherGuard = false, bool OtherMetadata = false) : Input;

    /// <summary>The token is another one than before: a reload read it anew, or the cloud had refused the last one.</summary>
    public sealed record TokenChanged : Input;

    /// <summary>The loop woke more than 2T late; what waited in the socket was learned before this input (rule E10).</summary>
    /// <param name="Late">For how long it was held up, by the clock that shows more of it.</param>
    public sealed record Stalled(TimeSpan Late) : Input
    {
        /// <summary>When it woke, if the machine was suspended and the clock of the steps stood still meanwhile; null: that clock went on.</summary>
        public TimeSpan? AwakeAt { get; init; }
    }

    /// <summary>SIGTERM.</summary>
    public sealed record Stopping(StopKind Kind) : Input;

    /// <summary>The cold standby's unit was started or stopped, or could not be (rule E14).</summary>
    public sealed record UnitChanged(bool Startable, bool Active, string Detail) : Input;

    /// <summary>The answer to <see cref="Effect.AskLease"/>, always, within a third of the lease's time.</summary>
    /// <param name="SentAt">When the request was sent that the answer confirms, on the clock of the step's <c>now</c>: for <see cref="LeaseStatus.Held"/> the grant or the renewal, from which the lease's time runs.</param>
    /// <param name="Detail">For people: what failed or was refused; empty when nothing did.</param>
    public sealed record LeaseAnswered(LeaseRequest Request, TimeSpan SentAt, LeaseStatus Status, string Detail) : Input
    {
        /// <summary>The store's number of the lease, with <see cref="LeaseStatus.Held"/>; else 0.</summary>
        public long LeaseId { get; init; }

        /// <summary>For how long the store keeps it, with <see cref="LeaseStatus.Held"/>.</summary>
        public TimeSpan Ttl { get; init; }

        /// <summary>Name of the node that has it, with <see cref="LeaseStatus.Held"/> and <see cref="LeaseStatus.Other"/>.</summary>
        public string? Holder { get; init; }

        /// <summary>The term that the holder took it for; 0: nobody has it.</summary>
        public uint Term { get; init; }
    }

    /// <summary>Something the shell saw that people must be told of; the core gives it term and order.</summary>
    public sealed record Noticed(Event Event) : Input;
}

/// <summary>What a person asks of the agent (docs/cli.md).</summary>
public abstract record Command
{
    private Command()
    {
    }

    /// <summary>Make this node the master; <paramref name="Yes"/> overrides what only a person may override.</summary>
    public sealed record Promote(bool Yes) : Command;

    /// <summary>Give up the mastership, to <paramref name="To"/> when named.</summary>
    public sealed record ReleaseMaster(string? To) : Command;

    /// <param name="For">Ends by itself after this; null: until it is switched off.</param>
    public sealed record Maintenance(bool On, TimeSpan? For, string? Reason) : Command
    {
        /// <summary>Who asks for it, for people; null: not known.</summary>
        public string? By { get; init; }
    }

    /// <summary>Find out whether the token may write, without a move (rule C11).</summary>
    public sealed record ProveWrite : Command;

    /// <summary>The next stop is a restart.</summary>
    public sealed record PrepareRestart : Command;
}
