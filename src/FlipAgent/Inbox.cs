using System.Collections.Concurrent;
using FlipAgent.Core;
using FlipAgent.Net;

namespace FlipAgent;

/// <summary>
/// The letter box of the decision loop: any thread throws something in, the loop alone takes it out. Throwing in never blocks; a box that is
/// full drops what can be had again (adverts) and counts it.
/// </summary>
internal sealed class Inbox(LoopWaiter waiter)
{
    private const int Most = 4096;
    private readonly ConcurrentQueue<Letter> _letters = new();
    private long _dropped;

    /// <summary>Adverts that found the box full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Put(Letter letter)
    {
        if (letter is Letter.Of { Input: Input.AdvertHeard or Input.AdvertRejected } && _letters.Count >= Most)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        _letters.Enqueue(letter);
        waiter.Signal();
    }

    public void Put(Input input) => Put(new Letter.Of(input));

    /// <param name="numbering">The settings whose list of nodes or checks the input's index counts in.</param>
    public void Put(Input input, ClusterSettings numbering) => Put(new Letter.Of(input, numbering));

    public bool TryTake(out Letter letter) => _letters.TryDequeue(out letter!);
}

/// <summary>What can be in the box: an input for the election, a command that waits for its answer, or a question about the state.</summary>
internal abstract record Letter
{
    private Letter()
    {
    }

    /// <param name="Numbering">
    /// The settings whose list of nodes or checks an index in the input counts in. Null: there is no index, or its order among the reloads is certain.
    /// </param>
    public sealed record Of(Input Input, ClusterSettings? Numbering = null) : Letter;

    /// <summary>A reload: from this letter on everything is as in <paramref name="Next"/>.</summary>
    public sealed record Reload(RunningConfig Next, TaskCompletionSource Done) : Letter;

    public sealed record Order(Command Command, TaskCompletionSource<CommandResult> Answer) : Letter;

    /// <summary>Runs on the loop, between two steps; must be quick and must not change the state.</summary>
    public sealed record Ask(Action<ElectionState, TimeSpan> Look) : Letter;
}
