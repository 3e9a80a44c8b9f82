using System.Text.Json;
using FlipAgent.Cloud.Api;
using FlipAgent.Naming;

namespace FlipAgent.Cloud.DigitalOcean;

/// <summary>Droplets and reserved IPs of an account (openapi: resources/droplets, resources/reserved_ips). A droplet has some 6 KB: its size and its region name all regions and sizes there are.</summary>
internal sealed class DigitalOceanAccount(Uri api, ProviderGround ground) : AccountReader(CloudVendor.DigitalOcean, api, ground, DigitalOceanDialect.Instance, pageSize: 25)
{
    public override Task<Listed<AccountServer>> Servers(string? tag) => Pages<AccountServer>(
        tag is null ? "/v2/droplets" : $"/v2/droplets?tag_name={Uri.EscapeDataString(tag)}",
        answer => answer.Read(DigitalOceanJson.Default.DropletList) is { Droplets: { } droplets } list ? (droplets.SelectMany(InNetworks), More(list.Links)) : null);

    public override Task<Listed<AccountServer>> Server(long id) => One<AccountServer>(
        $"/v2/droplets/{id}", answer => answer.Read(DigitalOceanJson.Default.OneDroplet)?.Droplet is { } droplet ? InNetworks(droplet) : null);

    public override Task<Listed<AccountAddress>> Addresses() => Pages<AccountAddress>(
        "/v2/reserved_ips",
        answer => answer.Read(DigitalOceanJson.Default.ReservedIpList) is { ReservedIps: { } ips } list ? (ips.SelectMany(Address), More(list.Links)) : null);

    // The address of the next page is the cloud's word; the token is sent nowhere but where it belongs.
    private static bool More(LinksDto? links) => links?.Pages?.Next is not null;

    private static IEnumerable<AccountServer> InNetworks(ListedDropletDto? droplet)
    {
        foreach (var network in droplet?.Networks?.V4 ?? [])
            if (network is { Type: "private" } && Unicast(network.IpAddress) is { } address && droplet is { Id: > 0 and var id, Name: { } name })
                yield return new(id, name, address, droplet.VpcUuid);
    }

    private static IEnumerable<AccountAddress> Address(ReservedIpDto? ip)
    {
        if (Unicast(ip?.Ip) is { } address)
            yield return new(address, ip!.RegionSlug, Holder(ip.Droplet));
    }

    private static long? Holder(JsonElement droplet) =>
        droplet.ValueKind == JsonValueKind.Object && droplet.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number) ? number : null;
}
