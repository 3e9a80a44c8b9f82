using System.Diagnostics;
using System.Net;
using FlipAgent.Harness;
using FlipAgent.Lab.Cloud;
using FlipAgent.Lab.Web;

namespace FlipAgent.Lab;

/// <summary>
/// The stand-in cloud: API, metadata service, Slack and the wires of the floating IP, in one process, over real sockets. It plays DigitalOcean
/// (/v2) and Hetzner Cloud (/v1) over the same machines and addresses, and every accident can be ordered.
/// <code>
/// await using var lab = await LabCloud.Start(new LabOptions());
/// lab.Faults.Add(FaultPoint.Assign, FaultKind.ServerError, next: 2);
/// </code>
/// </summary>
public sealed class LabCloud : IAsyncDisposable
{
    private readonly LabOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CloudState _state;
    private readonly SlackReceiver _slack;
    private readonly Dictionary<IPAddress, DataPlane> _planes = [];
    private readonly WebApplication _web;
    private int _disposed;

    private LabCloud(LabOptions options)
    {
        _options = options;
        Knobs = options.Knobs;
        Tokens = new(options.Tokens);
        _state = new(options, Knobs, History, _stopping.Token) { TrafficMoved = MoveTraffic };
        var door = new Door(Faults, Knobs, History, _stopping.Token);
        _slack = new(door);
        _web = Build(options.Listen);
        new CloudApi(_state, Tokens, new(Knobs), door).Map(_web);
        new HetznerApi(_state, Tokens, new(Knobs, hetzner: true), door).Map(_web);
        new Metadata(_state, Knobs, door).Map(_web);
        _slack.Map(_web);
        new ControlApi(this, _state).Map(_web);
    }

    /// <summary>Starts everything and returns when it answers.</summary>
    /// <exception cref="InvalidOperationException">An address cannot be bound; says which.</exception>
    public static async Task<LabCloud> Start(LabOptions options)
    {
        var lab = new LabCloud(options);
        try
        {
            await lab.Begin();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public LabKnobs Knobs { get; }

    public LabFaults Faults { get; } = new();

    public LabTokens Tokens { get; }

    public LabHistory History { get; } = new();

    /// <summary>What an agent gets as <c>api_url</c>, without a slash at the end.</summary>
    public Uri ApiUrl => new(_web.Urls.First());

    /// <summary>What the agent of this droplet gets as <c>metadata_url</c> where all droplets share one host.</summary>
    public Uri MetadataUrl(long dropletId) => new(ApiUrl, $"/droplets/{dropletId}");

    /// <summary>A webhook URL of the Slack receiver.</summary>
    public Uri SlackUrl => new(ApiUrl, "/services/T0LAB/B0LAB/lab0webhook0secret");

    /// <summary>The messages that Slack accepted, oldest first.</summary>
    public IReadOnlyList<SlackMessage> SlackMessages => _slack.Messages;

    /// <summary>The droplet that holds the first floating IP; null: nobody.</summary>
    public long? Holder => HolderOf(_options.FloatingIps[0].Address);

    /// <exception cref="ArgumentException">There is no such address.</exception>
    public long? HolderOf(IPAddress ip) => Known(ip).Holder;

    /// <summary>Every request to assign, in the order of arrival, those that were refused or lost in a fault included.</summary>
    public IReadOnlyList<HistoryEntry> Assigns => [.. History.All.Where(e => e.Kind == "assign").OrderBy(e => e.At)];

    /// <summary>Moves the first floating IP at once, as an operator's hand would. Null: to nobody.</summary>
    public void Move(long? dropletId, IPAddress? ip = null) => _state.Move(Known(ip ?? _options.FloatingIps[0].Address), dropletId, "an operator");

    /// <summary>Powers a droplet on or off. The wires follow.</summary>
    public void Power(long dropletId, bool on)
    {
        Known(dropletId).On = on;
        foreach (var ip in _state.Ips.Where(i => i.TrafficTo == dropletId))
        {
            MoveTraffic(ip, Known(dropletId));
        }
    }

    /// <summary>Keeps a droplet busy with an event of its own: assigns to it answer 422.</summary>
    public void KeepBusy(long dropletId, TimeSpan time) => Known(dropletId).BusyUntil = DateTimeOffset.UtcNow + time;

    public void MoveToRegion(long dropletId, string region) => Known(dropletId).Region = region;

    /// <summary>Destroys a droplet; its addresses survive, assigned to nobody.</summary>
    public void Destroy(long dropletId) => _state.Destroy(dropletId);

    /// <summary>Ends an action that is stuck, or one before its time.</summary>
    /// <exception cref="ArgumentException">There is no such action.</exception>
    public void FinishAction(long actionId, bool errored = false) =>
        _state.Finish(_state.Action(actionId) ?? throw new ArgumentException($"there is no action {actionId}", nameof(actionId)), errored);

    /// <summary>Stops everything; requests that hang are cut. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await _stopping.CancelAsync();
        foreach (var plane in _planes.Values)
        {
            await plane.DisposeAsync();
        }

        await _web.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task Begin()
    {
        if (_options.OnMove is { } program && !File.Exists(program))
        {
            throw new InvalidOperationException($"the program to run on a move, {program}, is not there");
        }

        foreach (var ip in _options.Forward.Count == 0 ? [] : _state.Ips.Where(i => !i.V6))
        {
            var plane = _planes[ip.Address] = new(ip.Address, Knobs, _stopping.Token);
            plane.SendTo(_state.Droplet(ip.Holder)?.Private);
            plane.Listen(_options.Forward);
        }

        try
        {
            await _web.StartAsync();
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"the lab cannot listen: {e.Message}", e);
        }
    }

    private void MoveTraffic(FloatingIp ip, Droplet? droplet)
    {
        var target = droplet is { On: true } ? droplet.Private : null;
        if (_planes.TryGetValue(ip.Address, out var plane))
        {
            plane.SendTo(target);
        }

        if (_options.OnMove is { } program)
        {
            using var run = Process.Start(program, [$"{ip.Address}", $"{target}"]);
            run.WaitForExit();
            History.Add(new("command", $"{program} ended with {run.ExitCode}")
            {
                Ip = $"{ip.Address}",
                DropletId = droplet?.Id,
                Status = run.ExitCode,
            });
        }
    }

    private FloatingIp Known(IPAddress ip) => _state.Ip(ip) ?? throw new ArgumentException($"there is no floating IP {ip}", nameof(ip));

    private Droplet Known(long droplet) => _state.Droplet(droplet) ?? throw new ArgumentException($"there is no droplet {droplet}", nameof(droplet));

    private static WebApplication Build(IReadOnlyList<IPEndPoint> listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // The owner of the lab decides when it ends; the host's own handler of Ctrl-C must not.
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var endpoint in listen)
            {
                kestrel.Listen(endpoint);
            }
        });
        return builder.Build();
    }

    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
