using FlipAgent.Cloud.Api;
using FlipAgent.Naming;

namespace FlipAgent.Cloud.Hetzner;

/// <summary>Servers and floating IPs of a project (docs.hetzner.cloud, Servers, Floating IPs). A tag is a selector of labels here.</summary>
internal sealed class HetznerAccount(Uri api, ProviderGround ground) : AccountReader(CloudVendor.Hetzner, api, ground, HetznerDialect.Instance, pageSize: 25)
{
    public override Task<Listed<AccountServer>> Servers(string? tag) => Pages<AccountServer>(
        tag is null ? "/v1/servers" : $"/v1/servers?label_selector={Uri.EscapeDataString(tag)}",
        answer => answer.Read(HetznerJson.Default.ServerList) is { Servers: { } servers } list ? (servers.SelectMany(InNetworks), More(list.Meta)) : null);

    public override Task<Listed<AccountServer>> Server(long id) => One<AccountServer>(
        $"/v1/servers/{id}", answer => answer.Read(HetznerJson.Default.ServerAnswer)?.Server is { } server ? InNetworks(server) : null);

    public override Task<Listed<AccountAddress>> Addresses() => Pages<AccountAddress>(
        "/v1/floating_ips",
        answer => answer.Read(HetznerJson.Default.ListedFloatingIps) is { FloatingIps: { } ips } list ? (ips.SelectMany(Address), More(list.Meta)) : null);

    private static bool More(MetaDto? meta) => meta?.Pagination?.NextPage is not null;

    private static IEnumerable<AccountServer> InNetworks(ServerDto? server)
    {
        foreach (var network in server?.PrivateNet ?? [])
            if (Unicast(network?.Ip) is { } address && server is { Id: > 0 and var id, Name: { } name })
                yield return new(id, name, address, $"{network!.Network}");
    }

    // Of an IPv6 one the network is told, and not which address of it clients use.
    private static IEnumerable<AccountAddress> Address(ListedFloatingIpDto? ip)
    {
        if (ip?.Ip?.Contains(':') == false && Unicast(ip.Ip) is { } address)
            yield return new(address, ip.HomeLocation?.NetworkZone, ip.Server);
    }
}
