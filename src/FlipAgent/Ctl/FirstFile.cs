using System.Net;
using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Values;

namespace FlipAgent.Ctl;

/// <summary>
/// The first configuration of a machine that knows what it is: its own node is filled in, and what it cannot know says FILL IN and has a value that <c>config check</c> refuses.
/// </summary>
internal static class FirstFile
{
    /// <param name="lease">With the section for a lease in etcd.</param>
    public static string Of(OwnMachine machine, bool lease = false)
    {
        var vendor = machine.Vendor;
        var name = machine.Name?.Split('.')[0] is { } host && Scalars.Name(host, out _) is null ? host : "haproxy-1";
        var address = machine.Address is { } own && Scalars.Address($"{own}", out _) is null ? own : IPAddress.Any;
        var other = name == "haproxy-2" ? "haproxy-1" : "haproxy-2";
        var ip = machine.FloatingIp is { } here && Scalars.Address($"{here}", out _) is null ? here : null;
        var text = ConfigTemplate.Text(
            "web-lb", [new NodeConfig(name, address, machine.Id, 150), new NodeConfig(other, IPAddress.Any, 0, 100)], $"{ip ?? IPAddress.Any}", vendor, lease);
        var lines = text.Split('\n').Select(line =>
            line.StartsWith("  - {name: ", StringComparison.Ordinal) && line.Contains("0.0.0.0", StringComparison.Ordinal) ? $"{line}   # FILL IN"
            : line.StartsWith("  address: 0.0.0.0", StringComparison.Ordinal) ? $"{line}   # FILL IN: the {vendor.Address} that clients connect to"
            : line);
        return string.Join('\n', lines);
    }
}
