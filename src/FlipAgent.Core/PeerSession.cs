namespace FlipAgent.Core;

/// <summary>
/// Which adverts of one peer count. Sessions and sequences are the whole defence against replay; no clock is trusted (docs/wire.md).
/// Always true: within a session that counts the sequence grows; no session that was left for a higher one counts again.
/// </summary>
internal sealed class PeerSession
{
    /// <summary>More than any peer goes through while a replay of one would still be of use; it bounds what a peer that restarts for ever costs.</summary>
    private const int MaxKept = 256;

    // Ages are told in milliseconds.
    private static readonly TimeSpan s_clockGrain = TimeSpan.FromMilliseconds(1);

    // Sessions that counted in this run and were left for another, with their last sequence. The lower ones are over: a recording of one can echo our
    // session, for it was made while we ran. A higher one may go on behind its last sequence.
    private readonly List<(ulong Session, uint Sequence)> _left = [];

    // Sessions that did not count when they were heard, each with the highest sequence that was heard of it then.
    private readonly List<(ulong Session, uint Sequence)> _awaited = [];

    /// <summary>The session that counts, of this run or remembered from the last; 0: none.</summary>
    public ulong Current { get; private set; }

    /// <summary>A session that does not count yet; echoed to the peer, so that it will. 0: none.</summary>
    public ulong Pending { get; private set; }

    /// <summary>The highest session that ever counted.</summary>
    public ulong Highest { get; private set; }

    /// <summary>The sequence of the last advert that counted.</summary>
    public uint Sequence { get; private set; }

    /// <summary>An advert has counted in this run.</summary>
    public bool Counted { get; private set; }

    /// <summary>The highest session of ours that the peer ever said it had heard.</summary>
    public ulong EchoedOurs { get; private set; }

    /// <summary>
    /// The peer says that it heard our present session before that session began: an earlier run of this node spoke as the same one, and left no note of it (a full
    /// disk). To the peer every advert of this run is then a replay. For an instant it is also true of a new session that the peer has heard and not yet counted.
    /// </summary>
    public bool EchoedReused { get; private set; }

    /// <summary>What our next advert echoes to the peer.</summary>
    public ulong Echo => Pending != 0 ? Pending : Current;

    public void Recall(ulong session) => Current = Highest = session;

    /// <summary>
    /// Takes what the peer says that it heard of this node. A number that no clock gives is nobody's session, and leaves no room for a higher one.
    /// </summary>
    /// <param name="echo">Null when it said nothing of this node.</param>
    /// <param name="ours">The session as which this node speaks.</param>
    /// <param name="ourAge">For how long it has spoken as that session.</param>
    public void HearEcho(PeerReport? echo, ulong ours, TimeSpan ourAge)
    {
        if (echo is { Session: < long.MaxValue })
            EchoedOurs = Math.Max(EchoedOurs, echo.Session);
        EchoedReused = echo?.Session == ours && echo.DirectAge > ourAge + s_clockGrain;
    }

    /// <summary>
    /// Remembers a session that does not count, so that it is echoed, until an advert of the peer counts. A recording that is repeated is heard once: it must not take the
    /// echo from the session that the living peer has.
    /// </summary>
    /// <returns>False: nothing new was heard of that session.</returns>
    public bool Await(Advert advert)
    {
        var known = _awaited.FindIndex(one => one.Session == advert.Session);
        if (known >= 0 && advert.Sequence <= _awaited[known].Sequence)
            return false;
        if (known >= 0 || _awaited.Count == MaxKept)
            _awaited.RemoveAt(Math.Max(known, 0));
        _awaited.Add((advert.Session, advert.Sequence));
        Pending = advert.Session;
        return true;
    }

    /// <summary>Null when the advert counts.</summary>
    /// <param name="ours">Our present session. A higher one began after ours, by the clocks, so nobody recorded it while this node was down.</param>
    /// <param name="echoesOurs">It echoes our present session, so it was made in answer to this run.</param>
    /// <param name="heardLately">An advert of the peer counted within D.</param>
    public Rejection? Judge(Advert advert, ulong ours, bool echoesOurs, bool heardLately)
    {
        if (advert.Session == Current && Counted)
            return advert.Sequence > Sequence ? null : Rejection.Replay;
        if (Highest != 0 && advert.Session > Highest && advert.Session > ours)
            return null;
        // A higher session that was left for a lower one (a late copy, a restored snapshot) goes on where it was.
        foreach (var left in _left)
            if (left.Session == advert.Session)
                return advert.Session < Current ? Rejection.Stale : advert.Sequence > left.Sequence ? null : Rejection.Replay;
        // A lower session while a higher one is heard: a copy that was long on its way.
        if (Counted && advert.Session < Current && heardLately)
            return Rejection.Stale;
        if (echoesOurs)
            return null;
        return Highest != 0 && advert.Session < Highest ? Rejection.Stale : Rejection.Uncounted;
    }

    /// <summary>Takes an advert that counts.</summary>
    /// <returns>True when it is the first of its session.</returns>
    public bool Take(Advert advert)
    {
        var isNew = advert.Session != Current || !Counted;
        Pending = 0;
        if (isNew)
        {
            Leave(advert.Session);
            (Current, Highest) = (advert.Session, Math.Max(Highest, advert.Session));
        }
        (Counted, Sequence) = (true, advert.Sequence);
        return isNew;
    }

    private void Leave(ulong next)
    {
        if (!Counted)
            return;
        _left.RemoveAll(left => left.Session == next);
        if (_left.Count == MaxKept)
            _left.RemoveAt(0);
        _left.Add((Current, Sequence));
    }
}
