using FlipAgent.Cloud.Api;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.Cloud;

/// <summary>Everything that talks to the cloud for one configuration; a reload that changes it makes a new set and lets the old one finish.</summary>
internal sealed class CloudParts : IDisposable
{
    private readonly IMachineMetadata? _metadata;
    private readonly Action<Input> _post;
    private readonly Supervisor _supervisor;
    private MetadataWatch? _watch;
    private bool _begun;
    private volatile bool _retired;
    private long _metadataAnswered;

    public CloudParts(AgentConfig config, SecretStore secrets, Func<uint, uint, bool> mayStill, Action<Input> post, Supervisor supervisor)
    {
        Config = config.FloatingIp;
        Droplet = config.Self.DropletId;
        Provider = CloudProviders.Make(config, Droplet, new ProviderGround(config.StateDir, () => secrets.Token, secrets.ReadToken, () => Clocks.Monotonic));
        var floatingIp = config.FloatingIp.Address;
        var guard = config.FloatingIp.GuardCheck is { } check
            ? new GuardProbe(check, config.FloatingIp.GuardTimeout, target => GuardTarget.Blindness(target, floatingIp))
            : null;
        Worker = new CloudWorker(Provider, config.FloatingIp.Addresses, guard, mayStill, post, () => Clocks.Monotonic, supervisor);
        _metadata = CloudProviders.Metadata(config.FloatingIp.Vendor, config.FloatingIp.MetadataUrl, config.Self.Address);
        _post = post;
        _supervisor = supervisor;
    }

    public FloatingIpConfig Config { get; }

    public long Droplet { get; }

    public IFloatingIpProvider Provider { get; }

    public CloudWorker Worker { get; }

    /// <summary>The metadata service has not answered for several turns. Never so where there is none.</summary>
    public bool MetadataIsStale =>
        _watch is { } watch && Clocks.Monotonic.Ticks - Interlocked.Read(ref _metadataAnswered) > watch.StaleAfter.Ticks;

    /// <summary>The metadata service is asked now instead of at its next turn: something has just changed.</summary>
    public void Nudge() => _watch?.Nudge();

    /// <summary>This set is the one in use. Until then it asks nobody anything.</summary>
    public void Begin()
    {
        if (_begun)
            return;
        _begun = true;
        if (_metadata is not null)
            _watch = new MetadataWatch(_metadata, Config.Addresses, MetadataAnswered, _supervisor);
        Provider.KeepConnected(() => PostUnasked(new Input.ApiUnreachable()));
    }

    /// <summary>Another set takes over: what the loop asked for here is still answered, but what comes unasked does not count any more. Returns at once.</summary>
    public void Retire() => _retired = true;

    private void MetadataAnswered(Input input)
    {
        if (input is Input.MetadataRead { Witness: not Witness.Unknown } or Input.MetadataRead { DropletId: not null })
            Interlocked.Exchange(ref _metadataAnswered, Clocks.Monotonic.Ticks);
        PostUnasked(input);
    }

    private void PostUnasked(Input input)
    {
        if (!_retired)
            _post(input);
    }

    public void Dispose()
    {
        _watch?.Dispose();
        Worker.Dispose();
        _metadata?.Dispose();
        Provider.Dispose();
    }
}
