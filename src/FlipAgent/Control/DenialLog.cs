namespace FlipAgent.Control;

/// <summary>
/// Logs who was turned away, at most once in ten seconds for each user, so that a script that keeps trying cannot fill the journal: the
/// porter notes the name once and then makes strokes behind it.
/// </summary>
internal sealed class DenialLog(ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // A machine has few users; the bound is for the one that makes users.
    private const int MostUsers = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, (long Written, int Suppressed)> _users = [];

    public void Write(string request, Peer peer, string right)
    {
        var suppressed = 0;
        lock (_lock)
        {
            var uid = peer.Uid ?? uint.MaxValue;
            if (_users.TryGetValue(uid, out var last) && System.Diagnostics.Stopwatch.GetElapsedTime(last.Written) < Pause)
            {
                _users[uid] = last with { Suppressed = last.Suppressed + 1 };
                return;
            }
            if (_users.Count >= MostUsers)
                _users.Clear();
            suppressed = last.Suppressed;
            _users[uid] = (System.Diagnostics.Stopwatch.GetTimestamp(), 0);
        }
        ControlLog.Denied(log, request, peer.Uid, peer.Pid, right, suppressed);
    }
}
