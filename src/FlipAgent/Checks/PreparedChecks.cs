using System.Collections.Immutable;
using FlipAgent.Config;

namespace FlipAgent.Checks;

/// <summary>The checks of another configuration, made and not begun yet; disposed of before <see cref="Commit"/>, they leave those in use as they are.</summary>
internal sealed class PreparedChecks(CheckLoop[] old, CheckLoop[] next, ImmutableArray<CheckConfig> configs, Action use) : IDisposable
{
    private bool _committed;

    /// <summary>As <see cref="CheckRunner.Reporter"/>, of these checks.</summary>
    public Func<IReadOnlyList<CheckSnapshot>> Reporter => () => [.. next.Select(loop => loop.Snapshot)];

    /// <summary>From now on verdicts count in the order of these checks. Waits for nothing.</summary>
    public void Commit()
    {
        _committed = true;
        use();
    }

    /// <summary>After <see cref="Commit"/>: ends the checks that are gone, begins those that are new, and gives the others their new timing.</summary>
    public void Settle()
    {
        foreach (var gone in old.Except(next))
            gone.Dispose();
        foreach (var (loop, config) in next.Zip(configs))
            if (!old.Contains(loop))
                loop.Start();
            else if (CheckRunner.Timing(loop.Config) != CheckRunner.Timing(config))
                loop.Retime(config);
    }

    public void Dispose()
    {
        if (_committed)
            return;
        foreach (var made in next.Except(old))
            made.Dispose();
    }
}
