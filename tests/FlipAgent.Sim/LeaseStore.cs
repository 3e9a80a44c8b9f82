namespace FlipAgent.Sim;

/// <summary>
/// The store that gives the lease (rule E15), as one thing that is consistent: a key that is bound to a lease, which ends with it. What happens between its members shows only as time in which
/// it does not answer. Its clock drifts like the nodes'.
/// </summary>
internal sealed class LeaseStore(World world, TimeSpan ttl, int ppm)
{
    private readonly Dictionary<long, TimeSpan> _endsAt = [];
    private long _lastId;

    /// <summary>Who has the key: the lease, the node and the term that it was written for.</summary>
    public (long Lease, string Node, uint Term)? Key { get; private set; }

    /// <summary>Answers nothing: its members do not agree on a leader.</summary>
    public bool Down { get; private set; }

    private TimeSpan Clock => world.Now + TimeSpan.FromTicks(world.Now.Ticks * ppm / 1_000_000);

    public long Grant()
    {
        _endsAt[++_lastId] = Clock + ttl;
        return _lastId;
    }

    /// <summary>False: there is no such lease any more.</summary>
    public bool KeepAlive(long id)
    {
        Expire();
        if (!_endsAt.ContainsKey(id))
            return false;
        _endsAt[id] = Clock + ttl;
        return true;
    }

    /// <summary>Writes the key if there is none and the lease lives.</summary>
    /// <returns>The key as it is then.</returns>
    public (long Lease, string Node, uint Term)? Create(long id, string node, uint term)
    {
        Expire();
        if (Key is null && _endsAt.ContainsKey(id))
            Key = (id, node, term);
        return Key;
    }

    public (long Lease, string Node, uint Term)? Read()
    {
        Expire();
        return Key;
    }

    public void Revoke(long id)
    {
        _endsAt.Remove(id);
        Expire();
    }

    public void GoDown() => Down = true;

    /// <summary>A new leader gives every lease its whole time again.</summary>
    public void ComeBack()
    {
        if (!Down)
            return;
        Down = false;
        foreach (var id in _endsAt.Keys.ToArray())
            _endsAt[id] = Clock + ttl;
    }

    /// <summary>As early as a store may do it.</summary>
    private void Expire()
    {
        if (Down)
            return;
        foreach (var (id, endsAt) in _endsAt.ToArray())
            if (endsAt <= Clock)
                _endsAt.Remove(id);
        if (Key is { } key && !_endsAt.ContainsKey(key.Lease))
            Key = null;
    }
}
