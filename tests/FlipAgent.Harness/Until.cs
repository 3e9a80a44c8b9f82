using System.Diagnostics;

namespace FlipAgent.Harness;

/// <summary>Waiting for a condition instead of for a time. Each throws a <see cref="TimeoutException"/> that says what was missing.</summary>
public static class Until
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>For what has to be asked for: every 50 ms.</summary>
    /// <param name="missing">What is waited for, and how it stands when it did not come.</param>
    /// <param name="seconds">How long it may take.</param>
    public static async Task True(Func<Task<bool>> condition, Func<Task<string>> missing, double seconds = 30, CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed.TotalSeconds > seconds)
                throw new TimeoutException($"not within {seconds:0.#} s: {await missing()}");
            await Task.Delay(s_pause, cancel);
        }
    }

    /// <inheritdoc cref="True(Func{Task{bool}}, Func{Task{string}}, double, CancellationToken)"/>
    public static Task True(Func<Task<bool>> condition, string missing, double seconds = 30, CancellationToken cancel = default) =>
        True(condition, () => Task.FromResult(missing), seconds, cancel);

    /// <summary>For what can be seen at once: every 2 ms at first, and the longer it takes the more rarely, down to every 100 ms.</summary>
    /// <inheritdoc cref="True(Func{Task{bool}}, Func{Task{string}}, double, CancellationToken)"/>
    public static void True(Func<bool> condition, Func<string> missing, double seconds = 60)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed.TotalSeconds > seconds)
                throw new TimeoutException($"not within {seconds:0.#} s: {missing()}");
            Thread.Sleep(PauseAfter(clock.Elapsed));
        }
    }

    /// <inheritdoc cref="True(Func{bool}, Func{string}, double)"/>
    public static void True(Func<bool> condition, string missing, double seconds = 60) => True(condition, () => missing, seconds);

    /// <summary>The same without holding up the thread.</summary>
    /// <inheritdoc cref="True(Func{bool}, Func{string}, double)"/>
    public static async Task TrueAsync(Func<bool> condition, string missing, double seconds = 30, CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed.TotalSeconds > seconds)
                throw new TimeoutException($"not within {seconds:0.#} s: {missing}");
            await Task.Delay(PauseAfter(clock.Elapsed), cancel);
        }
    }

    /// <summary>Holds for this long, asked every 100 ms; throws at the first no.</summary>
    public static async Task Stays(Func<Task<bool>> condition, string what, double seconds)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            if (!await condition())
                throw new TimeoutException($"{what}: not any more after {clock.Elapsed.TotalSeconds:0.0} s");
            await Task.Delay(100);
        }
    }

    private static TimeSpan PauseAfter(TimeSpan elapsed) => TimeSpan.FromMilliseconds(Math.Clamp(elapsed.TotalMilliseconds / 20, 2, 100));
}
