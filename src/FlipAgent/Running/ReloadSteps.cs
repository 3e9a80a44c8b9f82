using System.Collections.Immutable;
using FlipAgent.Alerts;
using FlipAgent.Checks;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Lease;
using FlipAgent.Net;

namespace FlipAgent.Running;

/// <summary>What a reload prepares, one function for each part. Each may fail, by its answer or by an exception, and none changes what is in use.</summary>
internal sealed record ReloadSteps
{
    public required Func<ConfigResult> ReadConfig { get; init; }

    public required Func<AgentConfig, SecretSet> ReadSecrets { get; init; }

    /// <summary>Asked for only when the port or the group is another one.</summary>
    public required Func<AgentConfig, AdvertSocketOpening> OpenSocket { get; init; }

    /// <summary>Asked for only when what the file says of the cloud is new.</summary>
    public required Func<AgentConfig, CloudParts> MakeCloud { get; init; }

    /// <summary>Asked for only when there is a lease, and what the file, the client certificate or the authorities say of it is new.</summary>
    public required Func<AgentConfig, SecretSet, LeaseWorker> MakeLease { get; init; }

    /// <summary>With where the verdicts of these checks are to go.</summary>
    public required Func<ImmutableArray<CheckConfig>, Action<Input>, PreparedChecks> PrepareChecks { get; init; }

    public required Func<ImmutableArray<SinkConfig>, PreparedAlerts> PrepareAlerts { get; init; }
}
