namespace FlipAgent.Core;

/// <summary>
/// Who holds the floating IP, as the cloud says. Two answers are kept apart: the freshest in the cluster, own or heard, and this node's own last one, which alone settles
/// a claim. An answer is as old as the request for it. Always true: one request is in flight at a time; "the API failed" never changes a holder.
/// </summary>
public sealed class HolderLookup
{
    /// <summary>
    /// At most this many changes of the holder are announced within <see cref="s_noticeWindow"/>: on a network that delivers late, news of two holders can chase each other.
    /// </summary>
    private const int Notices = 20;

    private static readonly TimeSpan s_noticeWindow = TimeSpan.FromMinutes(1);
    private int _noticed;
    private TimeSpan _noticedFrom = Moment.Never;

    /// <summary>The freshest answer in the cluster.</summary>
    public Holder Known { get; private set; }

    /// <summary>When the request for <see cref="Known"/> was sent, on this node's clock.</summary>
    public TimeSpan KnownAt { get; private set; } = Moment.Never;

    /// <summary>Since when every answer has shown <see cref="Known"/>: when the request for the first of them was sent; <see cref="Moment.Never"/> while no answer is known.</summary>
    public TimeSpan KnownSince { get; private set; } = Moment.Never;

    /// <summary>This node's own last answer that said who the holder is.</summary>
    public Holder Own { get; private set; }

    /// <summary>When the request for <see cref="Own"/> was sent.</summary>
    public TimeSpan OwnAt { get; private set; } = Moment.Never;

    /// <summary>The floating IP has an action under way at the cloud.</summary>
    public bool Locked { get; private set; }

    internal TimeSpan LockedSince { get; private set; } = Moment.Never;

    /// <summary>That a foreign droplet holds it was announced and is still so.</summary>
    internal bool ForeignAnnounced { get; private set; }

    /// <summary>An answer is wanted before the regular one.</summary>
    internal bool Wanted { get; private set; } = true;

    internal bool InFlight { get; private set; }

    /// <summary>When the last request was sent; <see cref="Moment.Never"/>: none yet, or the next one is not to wait for it.</summary>
    internal TimeSpan SentAt { get; private set; } = Moment.Never;

    internal bool OwnIs(Node node) => Own.Kind == HolderKind.Node && Own.NodeId == node.Id;

    internal bool KnownIs(Node node) => Known.Kind == HolderKind.Node && Known.NodeId == node.Id;

    /// <summary>Takes the right to tell people of a change.</summary>
    internal bool TakeNotice(TimeSpan now)
    {
        if (now - _noticedFrom >= s_noticeWindow)
            (_noticed, _noticedFrom) = (0, now);
        return ++_noticed <= Notices;
    }

    internal void Want() => Wanted = true;

    /// <summary>The next request need not keep a distance from the last one.</summary>
    internal void WantAtOnce() => (Wanted, SentAt) = (true, Moment.Never);

    internal void Send(TimeSpan now) => (InFlight, SentAt, Wanted) = (true, now, false);

    internal void Answered() => InFlight = false;

    internal void SetLocked(bool locked, TimeSpan now) =>
        (Locked, LockedSince) = (locked, !locked ? Moment.Never : LockedSince == Moment.Never ? now : LockedSince);

    /// <summary>This node's own request was answered.</summary>
    /// <returns>False when the answer says nothing, or a later request was answered before: it may show the world before an assign.</returns>
    internal bool TakeOwn(Holder holder, TimeSpan sentAt)
    {
        if (holder.Kind == HolderKind.Unknown || sentAt < OwnAt)
            return false;
        (Own, OwnAt) = (holder, sentAt);
        return true;
    }

    /// <summary>A fresher answer than <see cref="Known"/>.</summary>
    internal void Know(Holder holder, TimeSpan at)
    {
        if (holder.Kind != Known.Kind || holder.NodeId != Known.NodeId)
            KnownSince = at;
        (Known, KnownAt) = (holder, at);
    }

    /// <summary>The clock stood still for <paramref name="by"/> while the world went on: what is known is that much older.</summary>
    internal void Age(TimeSpan by)
    {
        if (KnownAt != Moment.Never)
            (KnownAt, KnownSince) = (KnownAt - by, KnownSince - by);
        if (OwnAt != Moment.Never)
            OwnAt -= by;
    }

    /// <summary>After a reload, or a proof of which droplet a node is: the server may have become a node, or a node of another name, or none.</summary>
    internal void Tell(ElectionState s) => (Own, Known) = (IdentityRules.HolderIn(s, Own), IdentityRules.HolderIn(s, Known));

    internal void SetForeignAnnounced(bool announced) => ForeignAnnounced = announced;
}
