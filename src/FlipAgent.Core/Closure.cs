namespace FlipAgent.Core;

/// <summary>Which event ends what which other one began: the one table of it. A kind that has both is told apart by <see cref="Event.Ended"/>.</summary>
public static class Closure
{
    /// <summary>What <paramref name="earlier"/> says is over with <paramref name="later"/>.</summary>
    public static bool Ends(Event later, Event earlier)
    {
        ArgumentNullException.ThrowIfNull(later);
        ArgumentNullException.ThrowIfNull(earlier);
        return later.Kind switch
        {
            EventKind.PeerHeard => later.Ended && later.Peer == earlier.Peer
                && earlier is { Ended: false, Kind: EventKind.PeerSilent or EventKind.HoldExpired or EventKind.ServiceAliveMasterSilent or EventKind.PeerRejected },
            EventKind.BecameBackup => later.Cause is Cause.FitAgain && earlier is { Kind: EventKind.BecameFault } or { Kind: EventKind.Released, Severity: Severity.Critical },
            // One cloud and one token for all addresses.
            EventKind.ApiRecovered => earlier.Kind is EventKind.ApiFailing or EventKind.TokenRefused or EventKind.AddressNotFound,
            EventKind.GuardPathMended => (later.Ended && earlier.Kind is EventKind.GuardIsLocal or EventKind.GuardPathBroken)
                || earlier.Kind == (later.Blind ? EventKind.GuardIsLocal : EventKind.GuardPathBroken),
            EventKind.DropletRight => earlier.Kind is EventKind.DropletUnknown or EventKind.DropletSwapped or EventKind.DropletShared,
            EventKind.SecretRestored => earlier.Kind == EventKind.SecretMissing && later.Subject == earlier.Subject,
            EventKind.NetworkRestored => earlier.Kind == EventKind.NetworkFault,
            EventKind.StoreAnswers => earlier.Kind == EventKind.StoreFailing,
            EventKind.Reloaded => earlier.Kind == EventKind.ReloadFailed,
            _ => later.Address == earlier.Address && EndsOfAddress(later, earlier),
        };
    }

    private static bool EndsOfAddress(Event later, Event earlier) => later.Kind switch
    {
        EventKind.SupersededEnded => earlier.Kind == EventKind.Superseded,
        EventKind.ClaimHeld => IsOfClaim(earlier.Kind),
        EventKind.Followed => earlier.Kind == EventKind.ClaimLost,
        EventKind.ForeignHolderEnded => earlier.Kind == EventKind.ForeignHolder,
        EventKind.FlapHoldEnded => earlier.Kind == EventKind.FlapHold,
        EventKind.ServiceAnswers or EventKind.ServiceUnwatched => earlier.Kind is EventKind.ServiceDead or EventKind.ServiceNeverSeen,
        _ => later.Ended && !earlier.Ended && later.Kind == earlier.Kind && later.Peer == earlier.Peer && later.Subject == earlier.Subject,
    };

    /// <summary>It is about one address, and its end too; other kinds are told of the cluster or of the node, with the first address.</summary>
    internal static bool IsOfAddress(EventKind kind) => IsOfClaim(kind)
        || kind is EventKind.Superseded or EventKind.ForeignHolder or EventKind.FlapHold or EventKind.MetadataDisagrees or EventKind.ApiFailing or EventKind.TokenRefused or EventKind.AddressNotFound;

    /// <summary>It is over when the master holds the address.</summary>
    internal static bool IsOfClaim(EventKind kind) =>
        kind is EventKind.ClaimSlow or EventKind.ClaimLost or EventKind.ActionErrored or EventKind.DropletNotFound or EventKind.LeaseLost;

    /// <summary>People are alerted to something that another event will end.</summary>
    public static bool Begins(Event e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e.Severity >= Severity.Warning && (IsOfClaim(e.Kind) || e.Kind switch
        {
            // In maintenance a node is out of service on purpose.
            EventKind.BecameFault => e.Cause is not Cause.InMaintenance,
            EventKind.Released => e.Severity == Severity.Critical,
            EventKind.Superseded or EventKind.ServiceAliveMasterSilent or EventKind.HoldExpired or EventKind.PeerSilent or EventKind.PeerRejected or EventKind.DuplicateNode
                or EventKind.OneWayLink or EventKind.ConfigDrift or EventKind.UnitFailed or EventKind.ForeignHolder or EventKind.FlapHold or EventKind.ApiFailing
                or EventKind.TokenRefused or EventKind.AddressNotFound or EventKind.MetadataDisagrees or EventKind.GuardPathBroken or EventKind.GuardIsLocal
                or EventKind.ServiceDead or EventKind.ServiceNeverSeen or EventKind.DropletUnknown or EventKind.DropletSwapped or EventKind.DropletShared
                or EventKind.ApiLimited or EventKind.ApiQuotaLow or EventKind.NoStandby or EventKind.SecretMissing or EventKind.StateNotSaved
                or EventKind.NetworkFault or EventKind.StoreFailing or EventKind.ReloadFailed => true,
            _ => false,
        });
    }
}
