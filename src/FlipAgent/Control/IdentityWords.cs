using FlipAgent.Core;
using FlipAgent.Naming;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>How the status says which droplet this machine is (docs/rules.md, S2).</summary>
internal static class IdentityWords
{
    /// <summary>So long after a start nothing is said of what is not proven yet.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static IdentityReport Report(ElectionState s) =>
        new(Of(Election.IdentityOf(s)), s.Settings.Self.DropletId, s.Identity.Proven == 0 ? null : s.Identity.Proven);

    /// <summary>What a node of another number than the file says has proven to be; null: nothing.</summary>
    public static long? ProvenBy(ElectionState s, int node) =>
        (node == s.Settings.Me ? s.Identity.Proven : s.Peers[node].Advert?.Identity) is { } droplet and not 0 ? droplet : null;

    /// <summary>What is wrong with the number in the file, so that the address may go elsewhere. Empty where the node is not fit for it, which is said already.</summary>
    public static IEnumerable<string> Warnings(ElectionState s, CloudVendor vendor)
    {
        var (name, file, proven) = (s.Settings.Self.Name, s.Settings.Self.DropletId, s.Identity.Proven);
        switch (Election.IdentityOf(s))
        {
            case IdentityState.Swapped:
                yield return $"{name} is {vendor.Server} {proven}, which the file has for {s.Settings.Nodes[s.Settings.IndexOfDroplet(proven)].Name}; for {name} it says {file}";
                break;
            case IdentityState.Unknown:
                yield return $"{name} is {vendor.Server} {proven}, which the file has for no node; for {name} it says {file}";
                break;
            case IdentityState.Shared:
                yield return $"{name} and another node both say that they are {vendor.Server} {proven}";
                break;
            default:
                break;
        }
    }

    /// <summary>What is no fault of the cluster.</summary>
    public static IEnumerable<string> Notes(ElectionState s, TimeSpan now, CloudVendor vendor)
    {
        if (vendor.IdPath is not null && Election.IdentityOf(s) == IdentityState.Unproven && now - s.Lifecycle.StartedAt > s_patience)
            yield return $"which {vendor.Server} {s.Settings.Self.Name} is was not proven: the metadata service does not say it, so {vendor.IdKey} {s.Settings.Self.DropletId} is believed";
    }

    private static string Of(IdentityState state) => state switch
    {
        IdentityState.Unproven => "unproven",
        IdentityState.Right => "right",
        IdentityState.Swapped => "swapped",
        IdentityState.Unknown => "unknown",
        IdentityState.Shared => "shared",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
