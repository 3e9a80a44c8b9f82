using FlipAgent.Kernel;

namespace FlipAgent.Supervision;

/// <summary>
/// A thread, or as many as are asked for, that does one kind of slow work, a piece at a time: what hangs in it holds up no other kind. The thread is its own, so that work
/// still ends in time when the thread pool is starved and its timers with it (F10).
/// </summary>
internal sealed class Lane : IDisposable
{
    // The core asks for one thing at a time; more waiting than this is a mistake of the caller.
    private const int MostWaiting = 16;

    private readonly WorkQueue<Action> _work = new(MostWaiting);

    /// <param name="width">How many pieces are done at the same time, each by a thread.</param>
    public Lane(string name, Supervisor supervisor, int width = 1)
    {
        Part = supervisor.Part(name);
        for (var i = 0; i < width; i++)
            new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>What runs in this lane, so that the work itself can turn a failure into an answer.</summary>
    public SupervisedPart Part { get; }

    /// <summary>Returns at once. Throws when far more is asked for than one thing at a time, or after <see cref="Dispose"/>.</summary>
    public void Do(Action work)
    {
        if (!_work.TryAdd(work))
            throw new InvalidOperationException($"more than {MostWaiting} requests wait in one lane: one at a time is allowed");
    }

    /// <summary>What was asked for is still done; then the thread ends. Does not wait for it.</summary>
    public void Dispose() => _work.Close();

    private void Run()
    {
        while (_work.TryTake(out var work))
            Part.Run(work);
    }
}
