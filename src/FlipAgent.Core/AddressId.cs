using System.Net;

namespace FlipAgent.Core;

/// <summary>The 32-bit name of a floating IP on the wire: the same on every node, wherever the address stands in its file.</summary>
public static class AddressId
{
    /// <summary>The one address of a cluster that has no other: it is not named in adverts.</summary>
    public const uint Only = 1;

    /// <summary>
    /// The first four bytes of SHA-256 of the address as text, big-endian; 0 becomes 1. IPv6 as RFC 5952 writes it, without a zone; an IPv4-mapped address is the IPv4
    /// address, so every way to write an address has one id.
    /// </summary>
    public static uint Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
        return NodeId.Of(plain.ToString());
    }
}
