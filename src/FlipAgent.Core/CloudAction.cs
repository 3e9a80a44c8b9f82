namespace FlipAgent.Core;

/// <summary>
/// The cloud's record of an accepted assign, read after 1 s and then every 2 s until it ends (rule C6). Always true: none is open unless this node is master; a read is in
/// flight only for the open one.
/// </summary>
internal sealed class CloudAction
{
    private bool _readInFlight;
    private TimeSpan _nextReadAt = Moment.Never;

    /// <summary>The cloud's number of it; 0: none is open.</summary>
    public long Id { get; private set; }

    public bool IsOpen => Id != 0;

    public TimeSpan OpenedAt { get; private set; } = Moment.Never;

    /// <summary>When the cloud said that the last one was completed; <see cref="Moment.Never"/>: not in this claim.</summary>
    public TimeSpan CompletedAt { get; private set; } = Moment.Never;

    public void Open(long id, TimeSpan firstReadAt, TimeSpan now) => (Id, OpenedAt, _nextReadAt, _readInFlight) = (id, now, firstReadAt, false);

    public void Close() => Id = 0;

    public void Complete(TimeSpan now) => (Id, CompletedAt) = (0, now);

    /// <summary>Whatever was completed belongs to an earlier claim.</summary>
    public void ForgetCompleted() => CompletedAt = Moment.Never;

    /// <summary>When the next read is due; <see cref="Moment.Forever"/> while one is in flight or none is open.</summary>
    public TimeSpan NextReadAt => IsOpen && !_readInFlight ? _nextReadAt : Moment.Forever;

    public void ReadNow(TimeSpan now) => _nextReadAt = now;

    public void SendRead(TimeSpan nextAt) => (_readInFlight, _nextReadAt) = (true, nextAt);

    public void ReadAnswered() => _readInFlight = false;
}
