using System.Diagnostics.CodeAnalysis;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// What all tests share, because making it takes seconds: five nodes with HAProxy, the cloud, the network. It is put in order between two tests; the
/// agents are those of a <see cref="NamespaceCluster"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime")]
public sealed class TestGround : IAsyncLifetime
{
    internal const int MaxNodes = 5;
    private readonly string _folder = Directory.CreateTempSubdirectory("flipagent-e2e-").FullName;
    private LabProgram _lab = null!;
    private int _tests;

    internal LabClient Lab => _lab.Client;

    internal IReadOnlyList<Node> Nodes { get; private set; } = [];

    internal NamespaceNetwork Network { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (!NetFactAttribute.MayRun)
            return;
        if (!File.Exists(Binary.Agent) || !File.Exists(Binary.Ctl))
            throw new InvalidOperationException($"{Binary.Agent} or flipagentctl beside it is missing: run `make publish`, or name the program in $FLIPAGENT");
        try
        {
            Network = new(MaxNodes);
            Nodes = [.. Enumerable.Range(1, MaxNodes).Select(n => new Node(n, Network, _folder))];
            _lab = Network.StartLab(_folder);
        }
        catch
        {
            await DisposeAsync(); // xunit does not, when this fails.
            throw;
        }
    }

    /// <summary>Everything as on the first day: no agent, no fault, no cut wire, all HAProxies up, the address at the first node.</summary>
    /// <returns>A folder for the next test.</returns>
    internal async Task<string> Sweep()
    {
        foreach (var node in Nodes)
        {
            node.Agent?.Kill();
            node.PowerOn();
            node.OwnFloatingIp(false);
            node.Mend();
            node.StartHaProxy();
        }
        await Lab.NoFaults();
        await Lab.Knobs("""
            {"assign_latency_ms":300,"data_plane_lag_ms":0,"metadata_lag_ms":0,"metadata_up":true,"answer_delay_ms":0,"per_minute":250,"per_hour":5000,"no_holder":"reset"}
            """);
        foreach (var ip in (await Lab.State())["floating_ips"]!.AsArray().Select(one => one!))
        {
            if ((long?)ip["pending_action"] is { } open)
                await Lab.Send("POST", $"lab/actions/{open}", """{"status":"errored"}""");
        }
        if (await Lab.Holder() != NamespaceNetwork.Droplet(1))
            await Lab.Move(NamespaceNetwork.Droplet(1));
        foreach (var ip in NamespaceNetwork.Further)
            await Lab.Send("POST", "lab/move", $$"""{"ip":"{{ip}}","droplet_id":null}""");
        return Path.Combine(_folder, $"test-{++_tests}");
    }

    public Task DisposeAsync()
    {
        foreach (var node in Nodes)
            node.Dispose();
        _lab?.Dispose();
        Network?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}

[CollectionDefinition(Name)]
public sealed class OneAfterTheOther : ICollectionFixture<TestGround>
{
    public const string Name = "test ground";
}
