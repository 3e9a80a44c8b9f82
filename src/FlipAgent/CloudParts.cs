using System.Net;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Net;

namespace FlipAgent;

/// <summary>Everything that talks to the cloud for one configuration; a reload that changes it makes a new set and lets the old one finish.</summary>
internal sealed class CloudParts : IDisposable
{
    private readonly MetadataClient _metadata;
    private readonly MetadataWatch _watch;
    private long _metadataAnswered;

    public CloudParts(AgentConfig config, Secrets secrets, Func<uint, bool> mayStill, Action<Input> post)
    {
        Config = config.FloatingIp;
        Droplet = config.Self.DropletId;
        Client = new DigitalOceanClient(config.FloatingIp, Droplet, config.StateDir, () => secrets.Token, secrets.ReadToken, () => Clocks.Monotonic);
        var guard = config.FloatingIp.Guard is { } url ? new GuardProbe(CheckOf(config, url), config.FloatingIp.GuardTimeout) : null;
        Worker = new CloudWorker(Client, Droplet, guard, mayStill, post, () => Clocks.Monotonic);
        _metadata = new MetadataClient(config.FloatingIp.MetadataUrl, config.FloatingIp.Address, config.Self.Address);
        _watch = new MetadataWatch(_metadata, input =>
        {
            if (input is Input.MetadataRead { Witness: not Witness.Unknown })
                Interlocked.Exchange(ref _metadataAnswered, Clocks.Monotonic.Ticks);
            post(input);
        });
    }

    public FloatingIpConfig Config { get; }

    public long Droplet { get; }

    public DigitalOceanClient Client { get; }

    public CloudWorker Worker { get; }

    /// <summary>The metadata service has not answered for 10 s.</summary>
    public bool MetadataIsStale => Clocks.Monotonic.Ticks - Interlocked.Read(ref _metadataAnswered) > TimeSpan.FromSeconds(10).Ticks;

    public void Nudge() => _watch.Nudge();

    public void Dispose()
    {
        _watch.Dispose();
        Worker.Dispose();
        _metadata.Dispose();
        Client.Dispose();
    }

    /// <summary>The check that the guard repeats through the floating IP, when its URL is that of a check: same Host, SNI, codes and PROXY header.</summary>
    private static CheckConfig CheckOf(AgentConfig config, Uri guard)
    {
        if (guard.Scheme == "tcp")
            return new CheckConfig.Tcp(new DnsEndPoint(guard.DnsSafeHost, guard.Port)) { Name = "guard" };
        var like = config.Checks.OfType<CheckConfig.Http>()
            .FirstOrDefault(c => c.Url.Scheme == guard.Scheme && c.Url.Port == guard.Port && c.Url.PathAndQuery == guard.PathAndQuery);
        return like is null
            ? new CheckConfig.Http(guard, [], null, null, true, false) { Name = "guard" }
            : like with { Url = guard, Host = like.Host ?? like.Url.Authority, Sni = like.Sni ?? like.Url.DnsSafeHost };
    }
}
