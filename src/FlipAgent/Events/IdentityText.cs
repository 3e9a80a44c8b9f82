using FlipAgent.Core;
using FlipAgent.Naming;

namespace FlipAgent.Events;

/// <summary>Sentences for which droplet a machine is (docs/rules.md, S2), always with both numbers.</summary>
internal static class IdentityText
{
    public static (string Text, string? Next) Of(Event e, CloudVendor v) => e.Kind switch
    {
        EventKind.DropletUnknown => (
            $"{e.Node} is {v.Server} {Id(e)}, but the configuration says {e.FileDropletId}, and no node is configured with {Id(e)}: the floating IP would go elsewhere, so {e.Node} is not fit once it does not serve any more",
            $"Set {v.IdKey} of {e.Node} to {Id(e)} in the file, on all nodes, then flipagentctl reload on each."),
        // The number in the file is right: to change it would take the address from the node that it belongs to.
        EventKind.DropletSwapped when e.Detail is { } wrongNode => (
            $"{e.Node} is {v.Server} {Id(e)}, which the configuration has for {e.Peer}: {wrongNode}",
            $"Take node: out of the file on this machine, or set it to {e.Peer} (and --node in the unit, where it is), then systemctl restart flipagent there. Change no {v.IdKey}."),
        EventKind.DropletSwapped => (
            $"{e.Node} is {v.Server} {Id(e)}, which the configuration has for {e.Peer}; for {e.Node} it says {e.FileDropletId}. The proven number is used",
            $"Set {v.IdKey} of {e.Node} to {Id(e)}, and that of {e.Peer} to its own, in the file, on all nodes, then flipagentctl reload on each."),
        EventKind.DropletShared => (
            $"{e.Node} and {e.Peer} both say that they are {v.Server} {Id(e)}; neither is believed, and the configuration decides",
            $"On both: curl -s http://169.254.169.254{v.IdPath}. Does floating_ip.metadata_url point both to the same service?"),
        EventKind.DropletRight => ($"{e.Node} is {v.Server} {Id(e)}, as the configuration says", null),
        EventKind.DropletNotFound => (
            $"the cloud does not know {v.Server} {Id(e)} of {e.Node}, which the floating IP is to go to: {e.Detail}",
            $"Is {v.IdKey} of {e.Node} right, and does the token belong to the team that has this {v.Server}?"),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static string Id(Event e) => e.DropletId is { } number ? ServerId.NameOf(number) : "";
}
