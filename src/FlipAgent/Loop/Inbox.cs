using System.Collections.Concurrent;
using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Loop;

/// <summary>
/// What waits for the decision loop: any thread puts a message in, the loop alone takes it out. Putting in never blocks; a full inbox drops what can be had again
/// (adverts) and counts it.
/// </summary>
internal sealed class Inbox(LoopWaiter waiter)
{
    private const int MaxAdverts = 4096;
    private readonly ConcurrentQueue<Message> _messages = new();
    private long _dropped;

    /// <summary>Adverts that found the inbox full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Put(Message message)
    {
        if (message is Message.Happened { Input: Input.AdvertHeard or Input.AdvertRejected } && _messages.Count >= MaxAdverts)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        _messages.Enqueue(message);
        waiter.Signal();
    }

    public void Put(Input input) => Put(new Message.Happened(input));

    /// <param name="numbering">The settings whose list of nodes or checks the input's index counts in.</param>
    public void Put(Input input, ClusterSettings numbering) => Put(new Message.Happened(input, numbering));

    public bool TryTake(out Message message) => _messages.TryDequeue(out message!);
}
