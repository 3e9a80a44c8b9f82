using System.Net;
using System.Net.Sockets;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;
using FlipAgent.Naming;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.DigitalOcean;

/// <summary>
/// Asks the droplet's metadata service whether the floating IP is here. It needs no token and no internet, and hears of a move some time after it is done (rule C6: a
/// witness, the API is the judge).
/// </summary>
internal sealed class DigitalOceanMetadata : IMachineMetadata
{
    // reserved_ip is the name since 2022, floating_ip the one before; same content.
    private static readonly string[] s_names = ["reserved_ip", "floating_ip"];

    private readonly MetadataLine _line;

    /// <param name="url">http://169.254.169.254 on a droplet.</param>
    /// <param name="ownAddress">This node's own address (<see cref="MetadataLine"/>).</param>
    public DigitalOceanMetadata(Uri url, IPAddress ownAddress)
        : this(url, ownAddress, MetadataLine.UsualLimit)
    {
    }

    internal DigitalOceanMetadata(Uri url, IPAddress ownAddress, TimeSpan limit) => _line = new MetadataLine(url, ownAddress, limit);

    public bool IsWitness => true;

    public Task<Input.MetadataRead> ReadOnce(IPAddress address) => _line.Run(get => Read(address, get), () => Unknown("no answer in time"));

    public Task<long?> ReadId() => _line.ReadId(CloudVendor.DigitalOcean.IdPath!);

    public void Dispose() => _line.Dispose();

    private static Input.MetadataRead Read(IPAddress floatingIp, Func<string, HttpAnswer> get)
    {
        var family = floatingIp.AddressFamily == AddressFamily.InterNetworkV6 ? "ipv6" : "ipv4";
        foreach (var name in s_names)
        {
            var active = get(Path(name, family, "active"));
            if (active.Code == 404)
                continue;
            return MetadataLine.Value(active) switch
            {
                "false" => new Input.MetadataRead(Witness.NotHere, $"{name} active: false"),
                "true" => Judge(name, floatingIp, get(Path(name, family, "ip_address"))),
                _ => Unknown($"{name} active: {Describe(active)}"),
            };
        }
        return Unknown("404: this service knows neither reserved_ip nor floating_ip");
    }

    private static Input.MetadataRead Judge(string name, IPAddress floatingIp, HttpAnswer address)
    {
        // A droplet has one reserved IP of a family at most: another one here means that ours is not.
        if (!IPAddress.TryParse(MetadataLine.Value(address), out var here))
            return Unknown($"{name} ip_address: {Describe(address)}");
        return here.Equals(floatingIp)
            ? new Input.MetadataRead(Witness.Here, $"{name} active: true")
            : new Input.MetadataRead(Witness.NotHere, $"{name} active with another address, {here}");
    }

    private static string Path(string name, string family, string leaf) => $"/metadata/v1/{name}/{family}/{leaf}";

    private static string Describe(HttpAnswer answer) => answer.Exchange switch
    {
        Exchange.Answered when answer.Code == 200 => "neither true nor false nor an address",
        Exchange.Answered => answer.Code.ToString(),
        _ => answer.Detail,
    };

    private static Input.MetadataRead Unknown(string detail) => new(Witness.Unknown, detail);
}
