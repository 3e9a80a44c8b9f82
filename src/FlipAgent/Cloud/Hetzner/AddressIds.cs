using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Cloud.Api;
using FlipAgent.Core;

namespace FlipAgent.Cloud.Hetzner;

/// <summary>
/// The API knows a floating IP by an id, and has no filter by address: the list is read, page by page, and the id kept for as long as the API knows it.
/// </summary>
internal sealed class AddressIds(ApiRequests requests)
{
    private const int PageSize = 50;

    // A project has a few addresses by default and some hundreds with a raised limit; a list without an end must not be read for ever.
    private const int MostPages = 40;

    private readonly ConcurrentDictionary<IPAddress, long> _ids = new();

    /// <summary>The id; null: the project has no such address, or the list could not be read, which the answer says.</summary>
    public async Task<Found> Find(IPAddress address, CancellationToken cancel)
    {
        if (_ids.TryGetValue(address, out var known))
            return new(known, null);
        for (var page = 1; page <= MostPages; page++)
        {
            var sent = await requests.Get("find_address", $"/v1/floating_ips?page={page}&per_page={PageSize}", cancel).ConfigureAwait(false);
            if (sent.Answer.Status != ApiStatus.Ok)
                return new(null, sent);
            if (sent.Answer.Read(HetznerJson.Default.FloatingIpList) is not { FloatingIps: { } addresses } list)
                return new(null, sent with { Answer = sent.Answer.NotUnderstood("the list of floating IPs cannot be read") });
            foreach (var one in addresses)
                if (one is { Id: > 0 and var id, Ip: { } ip } && Covers(ip, address))
                {
                    _ids[address] = id;
                    return new(id, null);
                }
            if (list.Meta?.Pagination?.NextPage is not { } next || next <= page)
                return new(null, sent with { Answer = sent.Answer.NotThere($"the project has no floating IP {address}") });
        }
        return new(null, null);
    }

    /// <summary>The API does not know it any more, or it is another address.</summary>
    public void Forget(IPAddress address) => _ids.TryRemove(address, out _);

    /// <summary>An IPv6 address belongs to a floating IP when it is in its network.</summary>
    public static bool Covers(string ip, IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return IPNetwork.TryParse(ip.Contains('/') ? ip : ip + "/128", out var network) && network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address);
        return IPAddress.TryParse(ip, out var one) && one.Equals(address);
    }

    internal sealed record Found(long? Id, ApiRequests.Stamped? Answer);
}
