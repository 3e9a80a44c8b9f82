using System.Net;
using System.Text.RegularExpressions;
using FlipAgent.Cloud.Api;
using FlipAgent.Naming;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud;

/// <summary>What the metadata service tells of this machine, for a first configuration.</summary>
/// <param name="Id">The server at the cloud, above 0.</param>
/// <param name="Name">The host name, as it is; null: not told.</param>
/// <param name="Address">The private address; null: it has none, or it was not told.</param>
/// <param name="FloatingIp">The floating IP that is here now; null: none is, or it was not told.</param>
internal sealed record OwnMachine(CloudVendor Vendor, long Id, string? Name, IPAddress? Address, IPAddress? FloatingIp)
{
    /// <summary>The region, or the zone of a network; null: not told.</summary>
    public string? Region { get; init; }

    /// <summary>Where packets for the floating IP arrive; null: there is no such address, or it was not told.</summary>
    public IPAddress? Anchor { get; init; }

    /// <summary>Null: this is no machine of a cloud that is known, or it does not say which it is. Takes 1 s at most for each of six questions.</summary>
    public static OwnMachine? Ask() => OwnServer.Cloud is { Metadata: { } url } vendor ? Ask(vendor, url) : null;

    /// <param name="url">The metadata service.</param>
    internal static OwnMachine? Ask(CloudVendor vendor, Uri url)
    {
        using var line = new MetadataLine(url, IPAddress.Loopback, MetadataLine.UsualLimit);
        if (vendor.IdPath is null || line.ReadId(vendor.IdPath).GetAwaiter().GetResult() is not { } id)
            return null;
        return new(vendor, id, Text(line, vendor.NamePath), AddressIn(Text(line, vendor.PrivateAddressPath)), AddressIn(Text(line, vendor.FloatingIpPath)))
        {
            Region = Text(line, vendor.RegionPath) is { Length: > 0 and <= 32 } region ? region : null,
            Anchor = AddressIn(Text(line, vendor.AnchorPath)),
        };
    }

    private static string? Text(MetadataLine line, string? path) => path is null ? null : line.Run(
        get => get(path) is { Exchange: Exchange.Answered, Code: 200, Body.Length: > 0 } answer ? answer.Text.Trim() : null,
        () => null).GetAwaiter().GetResult();

    private static IPAddress? AddressIn(string? text)
    {
        if (text is null)
            return null;
        return IPAddress.TryParse(s_inList.Match(text) is { Success: true } match ? match.Groups["ip"].Value : text, out var address) ? address : null;
    }

    private static readonly Regex s_inList = new(@"^-\s+ip:\s*(?<ip>[0-9a-fA-F.:]+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture);
}
