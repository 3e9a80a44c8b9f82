using FlipAgent.Checks;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Lease;

namespace FlipAgent.Running;

/// <summary>
/// One reading of the configuration and all that the decision loop uses of it. Never changed: a reload makes a new one, and the loop exchanges the old for
/// the new between two steps, so that no step and no status mixes the nodes of one file with the checks, the guard or the cloud of another.
/// </summary>
internal sealed record RunningConfig
{
    public required AgentConfig Config { get; init; }

    /// <summary>The election's part of it. The very object that the state has, so that an index into its lists can be told from one of another reading.</summary>
    public required ClusterSettings Settings { get; init; }

    /// <summary>Null: no key could be read yet.</summary>
    public required KeyRing? Keys { get; init; }

    /// <summary>The API, the metadata service and the guard. Two readings share it when what they say of the cloud is the same.</summary>
    public required CloudParts Cloud { get; init; }

    /// <summary>Asks the store that gives the lease (rule E15); null: there is no lease. Two readings share it when what they say of it is the same.</summary>
    public LeaseWorker? Lease { get; init; }

    /// <summary>How the checks of this file stand.</summary>
    public required Func<IReadOnlyList<CheckSnapshot>> Snapshots { get; init; }

    /// <summary>The settings of the election: the checks of the file, and after them the agent's own (<see cref="OwnChecks"/>).</summary>
    public static ClusterSettings SettingsOf(AgentConfig config)
    {
        var settings = config.ToClusterSettings();
        return settings with { Checks = [.. settings.Checks, .. OwnChecks.Weights] };
    }

    /// <summary>Where the check of the agent itself with this number is in <see cref="Settings"/>: they come last.</summary>
    public int OwnCheck(int number) => Config.Checks.Length + number;
}

/// <summary>Which <see cref="RunningConfig"/> is in use. Read by any thread; exchanged by the loop alone, between two steps.</summary>
internal sealed class CurrentConfig(RunningConfig first)
{
    private volatile RunningConfig _value = first;

    public RunningConfig Value
    {
        get => _value;
        set => _value = value;
    }
}
