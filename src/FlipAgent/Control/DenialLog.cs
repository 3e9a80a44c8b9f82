using System.Diagnostics;
using FlipAgent.Logging;

namespace FlipAgent.Control;

/// <summary>Logs who was turned away, at most once in ten seconds for each user, so that a script that keeps trying cannot fill the journal.</summary>
internal sealed class DenialLog(ILogger log)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    // A machine has few users; the bound is for the one that makes users.
    private const int MostUsers = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, long> _written = [];

    /// <param name="group">The group that would have the right.</param>
    public void Write(string request, Caller caller, string group)
    {
        var uid = caller.Uid ?? uint.MaxValue;
        lock (_lock)
        {
            if (_written.TryGetValue(uid, out var last) && Stopwatch.GetElapsedTime(last) < s_pause)
                return;
            if (_written.Count >= MostUsers)
                _written.Clear();
            _written[uid] = Stopwatch.GetTimestamp();
        }
        log.ControlRefused(request, uid, caller.Pid ?? 0, caller.Comm(), group);
    }
}
