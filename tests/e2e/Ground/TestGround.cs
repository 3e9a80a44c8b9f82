using System.Diagnostics.CodeAnalysis;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// What all tests share, because laying it takes seconds: three nodes with HAProxy, the cloud, the wires. A stage that is swept between two plays; the
/// actors are <see cref="Cluster"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime")]
public sealed class TestGround : IAsyncLifetime
{
    internal const int MostNodes = 3;
    private readonly string _folder = Directory.CreateTempSubdirectory("flipagent-e2e-").FullName;
    private NetworkNamespaces _networks = null!;
    private int _plays;

    internal LabProgram Lab { get; private set; } = null!;

    internal IReadOnlyList<Node> Nodes { get; private set; } = [];

    internal NetworkNamespaces Networks => _networks;

    public async Task InitializeAsync()
    {
        if (!NetFactAttribute.MayRun)
            return;
        if (!File.Exists(Binary.Agent) || !File.Exists(Binary.Ctl))
            throw new InvalidOperationException($"{Binary.Agent} or flipagentctl beside it is missing: run `make publish`, or name the program in $FLIPAGENT");
        try
        {
            _networks = new(MostNodes);
            Nodes = [.. Enumerable.Range(1, MostNodes).Select(n => new Node(n, _networks, _folder))];
            Lab = new(_networks, MostNodes, _folder);
            await Lab.Ready();
        }
        catch
        {
            await DisposeAsync(); // xunit does not, when this fails.
            throw;
        }
    }

    /// <summary>Everything as on the first day: no agent, no fault, no cut wire, all HAProxies up, the address at the first node.</summary>
    /// <returns>A folder for the next play.</returns>
    internal async Task<string> Sweep()
    {
        foreach (var node in Nodes)
        {
            node.Agent?.End();
            node.PowerOn();
            node.OwnFloatingIp(false);
            node.Mend();
            node.StartHaProxy();
        }
        await Lab.NoFaults();
        await Lab.Do("PUT", "lab/knobs", """
            {"assign_latency_ms":300,"data_plane_lag_ms":0,"metadata_lag_ms":0,"metadata_up":true,"answer_delay_ms":0,"per_minute":250,"per_hour":5000,"no_holder":"reset"}
            """);
        foreach (var ip in new[] { await Lab.Ask("lab") }.Select(l => l["floating_ips"]![0]!))
        {
            if ((long?)ip["pending_action"] is { } open)
                await Lab.Do("POST", $"lab/actions/{open}", """{"status":"errored"}""");
        }
        if (await Lab.Holder() != LabProgram.Droplet(1))
            await Lab.Move(LabProgram.Droplet(1));
        return Path.Combine(_folder, $"play-{++_plays}");
    }

    public Task DisposeAsync()
    {
        foreach (var node in Nodes)
            node.Dispose();
        Lab?.Dispose();
        _networks?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}

[CollectionDefinition(Name)]
public sealed class OneAfterTheOther : ICollectionFixture<TestGround>
{
    public const string Name = "test ground";
}
