using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>Sentences for which droplet a machine is (docs/rules.md, S2), always with both numbers.</summary>
internal static class IdentityText
{
    public static (string Text, string? Next) Of(Event e) => e.Kind switch
    {
        EventKind.DropletUnknown => (
            $"{e.Node} is droplet {e.DropletId}, but the configuration says {e.FileDropletId}, and no node has {e.DropletId}: {e.Node} is not fit, since the floating IP would go elsewhere",
            $"Set droplet_id of {e.Node} to {e.DropletId} in the file, on all nodes, then flipagentctl reload on each."),
        EventKind.DropletSwapped => (
            $"{e.Node} is droplet {e.DropletId}, which the configuration has for {e.Peer}; for {e.Node} it says {e.FileDropletId}. The proven number is used",
            $"Set droplet_id of {e.Node} to {e.DropletId}, and that of {e.Peer} to its own, in the file, on all nodes, then flipagentctl reload on each."),
        EventKind.DropletShared => (
            $"{e.Node} and {e.Peer} both say that they are droplet {e.DropletId}; neither is believed, and the configuration decides",
            $"On both: curl -s http://169.254.169.254/metadata/v1/id. Does floating_ip.metadata_url lead both to the same service?"),
        EventKind.DropletRight => ($"{e.Node} is droplet {e.DropletId}, as the configuration says", null),
        EventKind.DropletNotFound => (
            $"the cloud does not know droplet {e.DropletId}, which the floating IP is to go to: {e.Detail}",
            $"Is droplet_id of {e.Node} right, and does the token belong to the team that has this droplet?"),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };
}
