using System.Collections.Immutable;

namespace FlipAgent.Core;

/// <summary>
/// The nodes as this one hears them, in the order of <see cref="ClusterSettings.Nodes"/>, and who among them is master. The entry of this node itself is never written.
/// Always true: a peer is heard only as recently as its own adverts or the added ages of hearsay say (rule E3), so hearsay never makes a dead node look alive.
/// </summary>
public sealed class PeerTable
{
    private ClusterSettings _settings;
    private Peer[] _peers;
    private TimeSpan _strangerAnnouncedAt = Moment.Never;

    internal PeerTable(ClusterSettings settings, TimeSpan now)
    {
        _settings = settings;
        _peers = [.. settings.Nodes.Select(_ => new Peer())];
        SilenceSince = now;
    }

    /// <summary>What is known of one node.</summary>
    public Peer this[int node] => _peers[node];

    /// <summary>How many nodes the configuration has, this one included.</summary>
    public int Count => _peers.Length;

    /// <summary>Since when there is no master to listen for: start of the run, or the moment when the last one ended.</summary>
    internal TimeSpan SilenceSince { get; private set; }

    /// <summary>The highest session that counted of each peer, by name, for the next run.</summary>
    internal ImmutableDictionary<string, ulong> Sessions { get; private set; } = ImmutableDictionary<string, ulong>.Empty;

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    internal bool IsPeer(int node) => node >= 0 && node < _peers.Length && node != _settings.Me;

    internal void Recall(ImmutableDictionary<string, ulong> sessions)
    {
        Sessions = sessions;
        for (var i = 0; i < _peers.Length; i++)
            if (sessions.TryGetValue(_settings.Nodes[i].Name, out var session))
                _peers[i].Session.Recall(session);
    }

    /// <summary>After a reload: nodes are matched by name; what is known of them stays.</summary>
    internal void Apply(ClusterSettings settings)
    {
        var old = _settings;
        _peers = [.. settings.Nodes.Select(n => old.IndexOfName(n.Name) is var i && i >= 0 ? _peers[i] : new Peer())];
        _settings = settings;
    }

    /// <summary>Takes an advert that counts, with what only its sender knows: itself.</summary>
    internal bool Take(int node, Advert advert, bool hearsMe, TimeSpan maxHold, TimeSpan now)
    {
        var isNew = _peers[node].Take(advert, hearsMe, maxHold, now);
        if (isNew)
        {
            Sessions = Sessions.SetItem(advert.Node, _peers[node].Session.Highest);
            Revision++;
        }
        return isNew;
    }

    /// <summary>This node trusts the silence only from now on: it could not hear before.</summary>
    internal void ListenAnew(TimeSpan now) => SilenceSince = now;

    internal void EndMaster(int node, uint term, TimeSpan now)
    {
        if (_peers[node].EndMaster(term))
            SilenceSince = now;
    }

    /// <summary>Ends the mastership of this term when it is known whose it is: exactly one peer is master of it.</summary>
    internal void EndOnlyMasterOf(uint term, TimeSpan now)
    {
        if (Only(peer => peer.MasterTerm == term && peer.IsMaster) is var only and >= 0)
            EndMaster(only, term, now);
    }

    /// <summary>The one peer that is known to be, or to have been, master of this term; -1: none, or several.</summary>
    internal int OnlyMasterOf(uint term) => Only(peer => peer.MasterTerm == term);

    private int Only(Predicate<Peer> wanted) =>
        Array.FindIndex(_peers, wanted) is var first and >= 0 && Array.FindIndex(_peers, first + 1, wanted) < 0 ? first : -1;

    /// <summary>Heard, by this node or by somebody that it hears, within <paramref name="within"/>.</summary>
    internal bool IsHeard(int node, TimeSpan within, TimeSpan now) => now - _peers[node].KnownAt < within;

    internal bool IsHeard(int node, TimeSpan now) => IsHeard(node, _settings.MasterDown, now);

    /// <summary>Master of a term that is not over, and heard within D or within the restart hold that it asked for (rules E3, E12).</summary>
    internal bool IsLivingMaster(int node, TimeSpan now) =>
        IsMaster(node) && (now - _peers[node].MasterHeardAt < _settings.MasterDown || now < _peers[node].RestartHoldUntil);

    /// <summary>Master of a term that is not known to be over, living or silent.</summary>
    internal bool IsMaster(int node) => node != _settings.Me && _peers[node].IsMaster;

    internal bool HasLivingMasterSince(uint term, TimeSpan now)
    {
        for (var i = 0; i < _peers.Length; i++)
            if (IsLivingMaster(i, now) && !Terms.IsLater(term, _peers[i].MasterTerm))
                return true;
        return false;
    }

    /// <summary>The node whose mastership is not known to be over, living or silent; the highest term of them; -1 for none.</summary>
    internal int LastMaster()
    {
        var best = -1;
        for (var i = 0; i < _peers.Length; i++)
            if (IsMaster(i) && (best < 0 || Terms.IsLater(_peers[i].MasterTerm, _peers[best].MasterTerm)))
                best = i;
        return best;
    }

    /// <summary>When the silence began: the last that was heard of a master whose mastership is not over, or the end of the last one.</summary>
    internal TimeSpan SilentSince()
    {
        var last = LastMaster();
        return last >= 0 ? Moment.Max(SilenceSince, _peers[last].MasterHeardAt) : SilenceSince;
    }

    /// <summary>From then on the silence is a suspicion (rule E6).</summary>
    internal TimeSpan SuspectAt() => SilentSince() + 1.5 * _settings.Interval;

    /// <summary>Until then some master whose mastership is not over is no suspect.</summary>
    internal TimeSpan FreshMasterUntil()
    {
        var until = Moment.Never;
        for (var i = 0; i < _peers.Length; i++)
            if (IsMaster(i))
                until = Moment.Max(until, _peers[i].MasterHeardAt + 1.5 * _settings.Interval);
        return until;
    }

    /// <summary>D after the silence began, and not before every master is down: D after each was last heard, or the end of a restart hold that it asked for (rule E12).</summary>
    internal TimeSpan DownAt()
    {
        var at = SilentSince() + _settings.MasterDown;
        for (var i = 0; i < _peers.Length; i++)
            if (IsMaster(i))
                at = Moment.Max(at, Moment.Max(_peers[i].MasterHeardAt + _settings.MasterDown, _peers[i].RestartHoldUntil));
        return at;
    }

    /// <summary>A peer that this node hears does not hear the master itself.</summary>
    internal bool SomebodyDoesNotHear(int master)
    {
        var id = _settings.Nodes[master].Id;
        for (var i = 0; i < _peers.Length; i++)
        {
            if (i == master || i == _settings.Me || _peers[i].Advert is not { } advert)
                continue;
            TimeSpan? age = null;
            foreach (var report in advert.Peers)
                if (report.Node == id)
                    age = report.DirectAge;
            if (age is null || age > 1.5 * _settings.Interval)
                return true;
        }
        return false;
    }

    /// <summary>A peer waits for our echo before its adverts count.</summary>
    internal bool SomebodyIsUncounted(TimeSpan now)
    {
        foreach (var p in _peers)
            if (p.Rejected is Rejection.Uncounted or Rejection.Stale && now - p.RejectedAt < _settings.MasterDown)
                return true;
        return false;
    }

    internal bool AnybodyHeardSince(TimeSpan moment)
    {
        foreach (var p in _peers)
            if (p.HeardAt >= moment)
                return true;
        return false;
    }

    /// <summary>Takes the right to announce a datagram from an address that is no node's: anybody can send from one, so it is told each 10 minutes at most.</summary>
    internal bool TakeStrangerNotice(TimeSpan now)
    {
        if (now - _strangerAnnouncedAt < TimeSpan.FromMinutes(10))
            return false;
        _strangerAnnouncedAt = now;
        return true;
    }
}
