using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>Something that happens to haproxy-1, the master and holder of the floating IP.</summary>
/// <param name="Name">The word on the command line and in the data.</param>
/// <param name="Text">The row of the table.</param>
/// <param name="Act">Does it, and undoes what has to end before the round is judged.</param>
internal sealed record Situation(string Name, string Text, Func<Ground, Contender, Task> Act)
{
    /// <summary>How long the pair has been formed before it happens.</summary>
    public TimeSpan Warm { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>haproxy-1 can serve no more, so one move is right; otherwise each move is a false failover.</summary>
    public bool MustMove { get; init; }

    /// <summary>A move is right as well as none.</summary>
    public bool MayMove { get; init; }

    /// <summary>How long the outcome is waited for at most (<see cref="MustMove"/>), or watched.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Takes so long that it is played a fifth as often.</summary>
    public bool Slow { get; init; }

    public static IReadOnlyList<Situation> All { get; } =
    [
        new("killed", "HAProxy killed", Do((g, _) => g[1].HaProxy!.Kill())) { MustMove = true, Watch = Long },
        new("hung", "HAProxy hung (SIGSTOP)", Do((g, _) => g[1].HaProxy!.Send(Signal.Stop))) { MustMove = true, Watch = Long },
        new("off", "machine off, 15 s after the pair formed", Do(Off)) { MustMove = true, Watch = Long, Warm = TimeSpan.FromSeconds(15), Slow = true },
        new("off-early", "machine off, 5 s after the pair formed", Do(Off)) { MustMove = true, Watch = Long, Warm = TimeSpan.FromSeconds(5) },
        new("agent-killed", "agent killed (SIGKILL)", Do((_, c) => c.Kill(1))) { Watch = TimeSpan.FromSeconds(8) },
        new("stopped", "agent stopped", (_, c) => c.Stop(1)) { MayMove = true },
        new("restarted", "agent restarted", Restart),
        new("partition", "partition of 8 s, and its end", (g, _) => Cut(g, both: true)) { Watch = TimeSpan.FromSeconds(8), Slow = true },
        new("paused", "machine paused for 10 s", Pause) { MayMove = true, Watch = TimeSpan.FromSeconds(8), Slow = true },
        new("one-way", "adverts lost one way for 8 s", (g, _) => Cut(g, both: false)) { Watch = TimeSpan.FromSeconds(5), Slow = true },
        new("503", "HAProxy killed, assign answered 503 five times", Refuse) { MustMove = true, Watch = Long, Slow = true },
    ];

    private static TimeSpan Long => TimeSpan.FromSeconds(60);

    private static Func<Ground, Contender, Task> Do(Action<Ground, Contender> act) => (g, c) =>
    {
        act(g, c);
        return Task.CompletedTask;
    };

    /// <summary>The cable first: nothing that the dying programs could still say gets out.</summary>
    private static void Off(Ground ground, Contender contender)
    {
        ground[1].PowerOff();
        contender.Kill(1);
    }

    private static async Task Restart(Ground ground, Contender contender)
    {
        await contender.Restart(1);
    }

    private static async Task Cut(Ground ground, bool both)
    {
        ground[2].Deafen(ground[1]);
        if (both)
            ground[1].Deafen(ground[2]);
        await Task.Delay(TimeSpan.FromSeconds(8));
        ground[1].Mend();
        ground[2].Mend();
    }

    private static async Task Pause(Ground ground, Contender contender)
    {
        contender.Send(1, Signal.Stop);
        ground[1].HaProxy!.Send(Signal.Stop);
        await Task.Delay(TimeSpan.FromSeconds(10));
        ground[1].HaProxy!.Send(Signal.Cont);
        contender.Send(1, Signal.Cont);
    }

    private static async Task Refuse(Ground ground, Contender contender)
    {
        await ground.Lab.Fault("\"on\":\"assign\",\"fault\":\"503\",\"next\":5");
        ground[1].HaProxy!.Kill();
    }
}
