namespace FlipAgent.Core;

/// <summary>How the droplet that this machine is compares with the <c>droplet_id</c> of its node.</summary>
public enum IdentityState
{
    /// <summary>Which droplet it is was not proven in this run: the file is believed.</summary>
    Unproven,
    /// <summary>It is the droplet of the file.</summary>
    Right,
    /// <summary>It is the droplet that the file has for another node.</summary>
    Swapped,
    /// <summary>It is a droplet that the file has for no node.</summary>
    Unknown,
    /// <summary>Another node has proven to be the same droplet, so neither proof counts.</summary>
    Shared,
}

/// <summary>
/// Which droplet this machine is, as its metadata service says (rule S2). Always true: an id counts once it was said three times in a row over 10 s; one that says nothing
/// proves nothing, and takes back nothing.
/// </summary>
public sealed class Identity
{
    /// <summary>How many times in a row an id has to be said to be proven.</summary>
    private const int Times = 3;

    /// <summary>Over how long, at least.</summary>
    private static readonly TimeSpan s_span = TimeSpan.FromSeconds(10);

    // The droplet of each node, in the order of the settings, by which the holder was told last; empty: by those of the file.
    private long[] _toldBy = [];
    private long _said;
    private int _times;
    private TimeSpan _since = Moment.Never;

    /// <summary>The droplet that this machine is; 0: not proven.</summary>
    public long Proven { get; private set; }

    /// <summary>It was proven in this run, not remembered of the last.</summary>
    public bool ProvenNow { get; private set; }

    /// <summary>What people were told last.</summary>
    internal IdentityState Announced { get; private set; }

    /// <summary>Counts the changes that the next run should know of.</summary>
    internal int Revision { get; private set; }

    /// <summary>The metadata service said this.</summary>
    /// <param name="droplet">Above 0.</param>
    internal void Take(long droplet, TimeSpan now)
    {
        if (droplet != _said)
            (_said, _times, _since) = (droplet, 0, now);
        _times = Math.Min(_times + 1, Times);
        if (_times < Times || now - _since < s_span || (Proven == droplet && ProvenNow))
            return;
        (Proven, ProvenNow) = (droplet, true);
        Revision++;
    }

    /// <summary>The last run on this boot had proven it.</summary>
    internal void Recall(long droplet) => Proven = droplet;

    /// <summary>Another service tells it from now on: what the one before said may be a name of another cloud.</summary>
    internal void Forget()
    {
        (_said, _times, _since, Proven, ProvenNow) = (0, 0, Moment.Never, 0, false);
        Revision++;
    }

    internal void Announce(IdentityState state) => Announced = state;

    /// <summary>The holder is told by these droplets from now on.</summary>
    /// <param name="droplets">One for each node, in the order of the settings.</param>
    /// <param name="file">What the file has for them.</param>
    /// <returns>True when it was told by others until now.</returns>
    internal bool TellBy(ReadOnlySpan<long> droplets, ReadOnlySpan<long> file)
    {
        var before = _toldBy.Length == droplets.Length ? _toldBy : file;
        if (droplets.SequenceEqual(before))
            return false;
        _toldBy = droplets.ToArray();
        return true;
    }

    /// <summary>The nodes, or what the file has for them, are others, and the holder is told anew.</summary>
    internal void Reload() => _toldBy = [];
}
