namespace FlipAgent.Net;

/// <summary>
/// Hands the newest datagram from one thread to another, neither ever waiting. There are three buffers: the writer's, the reader's, and the one in
/// between, which each exchanges for its own. An older advert is worth nothing once there is a newer one, so nothing is lost by overwriting.
/// </summary>
internal sealed class LatestDatagram(int capacity)
{
    private const int Index = 3;
    private const int Fresh = 4;

    private readonly byte[][] _buffers = [new byte[capacity], new byte[capacity], new byte[capacity]];
    private readonly int[] _lengths = new int[3];
    private int _writing;
    private int _pinned = 1;
    private int _reading = 2;

    /// <summary>There is one that has not been taken.</summary>
    public bool HasFresh => (Volatile.Read(ref _pinned) & Fresh) != 0;

    /// <summary>The writing thread only.</summary>
    /// <returns>True when the last one had not been taken and is gone.</returns>
    public bool Put(ReadOnlySpan<byte> datagram)
    {
        datagram.CopyTo(_buffers[_writing]);
        _lengths[_writing] = datagram.Length;
        var before = Interlocked.Exchange(ref _pinned, _writing | Fresh);
        _writing = before & Index;
        return (before & Fresh) != 0;
    }

    /// <summary>One thread at a time; the bytes stay as they are until its next call.</summary>
    public bool TryTake(out Span<byte> datagram)
    {
        datagram = default;
        if (!HasFresh)
            return false;
        _reading = Interlocked.Exchange(ref _pinned, _reading) & Index;
        datagram = _buffers[_reading].AsSpan(0, _lengths[_reading]);
        return true;
    }
}
