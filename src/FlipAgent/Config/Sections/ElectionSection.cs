using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>The mapping <c>election</c>: how the nodes talk to each other, and how long they wait.</summary>
internal static class ElectionSection
{
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan DefaultPreemptDelay = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan DefaultTakebackDelay = TimeSpan.FromSeconds(5);
    public const int DefaultPort = 5112;

    public static ElectionConfig Read(Section root, ImmutableArray<NodeConfig> nodes)
    {
        var section = root.Child("election");
        section.Optional<string>("transport", Transport, "udp");
        var multicast = section.Optional<IPAddress?>("multicast", Group, null);
        if (multicast is not null && nodes.Length > 0 && nodes[0].Address.AddressFamily == AddressFamily.InterNetworkV6)
            section.Error("multicast", $"{multicast} with nodes that have IPv6 addresses; multicast works with IPv4 only: give the nodes IPv4 addresses or leave it out");
        var preempt = section.Optional<bool>("preempt", Scalars.Bool, false);
        if (!preempt && section.Has("preempt_delay"))
            root.Diagnostics.Warn("election.preempt_delay has no effect without preempt: true");
        var election = new ElectionConfig(
            section.Optional("port", Scalars.Number(1, 65535), DefaultPort),
            multicast,
            section.Optional("interval", Duration.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(40)), DefaultInterval),
            preempt,
            section.Optional("preempt_delay", Duration.Between(TimeSpan.Zero, TimeSpan.FromHours(1)), DefaultPreemptDelay),
            section.Optional("startup_delay", Duration.Between(TimeSpan.Zero, TimeSpan.FromMinutes(10)), TimeSpan.Zero),
            KeyFile(section))
        { TakebackDelay = section.Optional("takeback_delay", Duration.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)), DefaultTakebackDelay), Lease = LeaseSection.Read(section) };
        section.Done();
        return election;
    }

    private static string KeyFile(Section section) => section.Broken
        ? ""
        : section.Required<string>("key_file", "the file with the cluster's key (flipagentctl keygen makes one)", SecretName.Parse, "");

    private static string? Transport(string text, out string value)
    {
        value = text;
        return text switch
        {
            "udp" => null,
            "vrrp" => "is not built into this version; expected udp",
            _ => "is no transport; expected udp",
        };
    }

    private static string? Group(string text, out IPAddress? value)
    {
        var complaint = Scalars.MulticastGroup(text, out var group);
        value = group;
        return complaint;
    }
}
