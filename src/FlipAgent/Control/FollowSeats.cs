namespace FlipAgent.Control;

/// <summary>
/// Readers that follow the events hold a connection for as long as they like. So there are only some seats for them, and the status page, the metrics and short questions
/// always find a connection (F63). Those who may change things need none.
/// </summary>
internal sealed class FollowSeats(int most)
{
    private readonly int _mostOverSocket = Math.Max(1, most / 4);
    private readonly int _mostOverTcp = Math.Max(1, most / 8);
    private int _overSocket;
    private int _overTcp;

    /// <summary>False: all seats of the listener are taken. Otherwise <see cref="Leave"/> gives it back.</summary>
    public bool Take(Caller caller) => caller.Rights == Rights.Change || (caller.IsTcp ? Take(ref _overTcp, _mostOverTcp) : Take(ref _overSocket, _mostOverSocket));

    public void Leave(Caller caller)
    {
        if (caller.Rights == Rights.Change)
            return;
        if (caller.IsTcp)
            Interlocked.Decrement(ref _overTcp);
        else
            Interlocked.Decrement(ref _overSocket);
    }

    private static bool Take(ref int taken, int most)
    {
        if (Interlocked.Increment(ref taken) <= most)
            return true;
        Interlocked.Decrement(ref taken);
        return false;
    }
}
