namespace FlipAgent.Core;

/// <summary>
/// Everything that the election can ask of the world. Closed: all cases are listed here. <see cref="Driver"/> has them performed in order, announcements
/// after everything else and the exit last; the shell posts what comes of them back as an <see cref="Input"/>. The core never waits.
/// </summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Send an advert to every peer now. Built by <c>Election.BuildAdvert</c> when it is sent, never earlier.</summary>
    /// <param name="Copies">1, or 3 that leave 20 ms apart (releases, promotions and goodbyes; for speed only).</param>
    public sealed record SendAdvert(int Copies) : Effect;

    /// <summary>GET the floating IP; answered by <see cref="Input.HolderRead"/>. One at a time for each.</summary>
    public sealed record ReadHolder : Effect
    {
        /// <summary>Index of the floating IP in <see cref="ClusterSettings.AddressIds"/>.</summary>
        public int Address { get; init; }
    }

    /// <summary>POST an assign of the floating IP to the droplet that this node is; answered by <see cref="Input.AssignAnswered"/>, always, within 5 s. One at a time for each.
    /// Right before sending, the worker asks whether it is still wanted (rule C1).</summary>
    public sealed record Assign(uint Term, long DropletId) : Effect
    {
        /// <summary>Index of the floating IP in <see cref="ClusterSettings.AddressIds"/>. Several of one step leave together.</summary>
        public int Address { get; init; }
    }

    /// <summary>GET an action; answered by <see cref="Input.ActionRead"/>.</summary>
    public sealed record ReadAction(long ActionId) : Effect
    {
        /// <summary>Index of the floating IP in <see cref="ClusterSettings.AddressIds"/> that it moves.</summary>
        public int Address { get; init; }
    }

    /// <summary>One new connection to the service through the floating IP; answered by <see cref="Input.GuardAnswered"/> within the guard's time-out.</summary>
    public sealed record ProbeGuard : Effect
    {
        /// <summary>Which probe of an inquiry this is (rule E6), above 0: it is sent while others are in flight. 0: the guard's own, one at a time.</summary>
        public int Number { get; init; }
    }

    /// <summary>Ask the store that gives the lease; answered by <see cref="Input.LeaseAnswered"/>. One at a time, but that a release does not wait for another request. A lease whose release was
    /// asked for is never answered as held again: the store may hear of it at any time. Only where there is a lease (rule E15).</summary>
    /// <param name="LeaseId">Renew, release: which; acquire: the one that the last run had, which may still be alive. 0: none.</param>
    /// <param name="Term">Acquire: for which term, for people who read the key; else 0.</param>
    public sealed record AskLease(LeaseRequest Request, long LeaseId, uint Term) : Effect;

    /// <summary>Report it to people: log it, keep it for <c>events</c>, and send an alert when its severity asks for one.</summary>
    public sealed record Announce(Event Event) : Effect;

    /// <summary>Write to the state directory, so that the next run knows. Losing it is allowed (F15).</summary>
    public sealed record SaveState(Remembered Remembered) : Effect;

    /// <summary>Start the cold standby's unit (rule E14).</summary>
    public sealed record StartUnit : Effect;

    /// <summary>Stop it: the floating IP is elsewhere (rule E14).</summary>
    public sealed record StopUnit : Effect;

    /// <summary>Answer the command that came in with this step.</summary>
    public sealed record Reply(CommandResult Result) : Effect;

    /// <summary>Everything is said: end the process.</summary>
    public sealed record Exit : Effect;
}
