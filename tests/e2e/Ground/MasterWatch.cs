using System.Diagnostics;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// Asks every agent for its role every 20 ms. Two masters are proven when one agent said that it is master of a term both before and after another agent said so of itself: each answer is of
/// some moment between its question and its arrival.
/// </summary>
internal sealed class MasterWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(20);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task<List<Saying>>> _watches;

    public MasterWatch(IEnumerable<Node> nodes) => _watches = [.. nodes.Select(node => Task.Run(() => Watch(node)))];

    /// <summary>In ms of a clock of its own.</summary>
    public static long Now => Stopwatch.GetTimestamp() * 1000 / Stopwatch.Frequency;

    /// <summary>Ends the watch.</summary>
    /// <returns>How often this node, asked after that moment, said that it is master. What it was asked before it may have answered before, and the answer may have been on its way.</returns>
    public async Task<int> SaidBy(Node node, long since)
    {
        await _end.CancelAsync();
        return (await Task.WhenAll(_watches)).SelectMany(sayings => sayings).Count(s => s.Node == node.Name && s.Asked >= since);
    }

    /// <summary>Ends the watch.</summary>
    /// <returns>How often somebody said that it is master.</returns>
    public async Task<int> NeverTwo()
    {
        await _end.CancelAsync();
        var all = (await Task.WhenAll(_watches)).SelectMany(sayings => sayings).ToList();
        // Surely master from the first answer of a term to the last question of it.
        var reigns = all.GroupBy(s => (s.Node, s.Term)).Select(g => (g.Key.Node, g.Key.Term, From: g.Min(s => s.Answered), To: g.Max(s => s.Asked))).OrderBy(r => r.From).ToList();
        foreach (var a in reigns)
            foreach (var b in reigns)
                if (a.Node != b.Node && all.Any(s => s.Node == b.Node && s.Term == b.Term && s.Asked >= a.From && s.Answered <= a.To))
                    Assert.Fail($"two masters: {a.Node} of term {a.Term} from {a.From} to {a.To} ms, and {b.Node} of term {b.Term} within that time");
        return all.Count;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_watches);
        _end.Dispose();
    }

    private sealed record Saying(string Node, uint Term, long Asked, long Answered);

    private async Task<List<Saying>> Watch(Node node)
    {
        var sayings = new List<Saying>();
        using var client = new AgentClient(node.Socket, TimeSpan.FromSeconds(30));
        while (!_end.IsCancellationRequested)
        {
            var asked = Now;
            if (await client.Status() is { } status && (string?)status["role"] == "master")
                sayings.Add(new(node.Name, (uint)status["term"]!, asked, Now));
            await Task.Delay(s_gap);
        }
        return sayings;
    }
}
