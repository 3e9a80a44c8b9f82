using FlipAgent.Core;

namespace FlipAgent.Events;

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
                && earlier.Kind is EventKind.PeerSilent or EventKind.HoldExpired or EventKind.ServiceAliveMasterSilent,
            EventKind.BecameBackup => later.Cause is Cause.FitAgain && earlier.Kind == EventKind.BecameFault,
            // One cloud and one token for all addresses.
            EventKind.ApiRecovered => earlier.Kind is EventKind.ApiFailing or EventKind.TokenRefused or EventKind.AddressNotFound,
            EventKind.GuardPathMended => earlier.Kind == (later.Blind ? EventKind.GuardIsLocal : EventKind.GuardPathBroken),
            EventKind.DropletRight => earlier.Kind is EventKind.DropletUnknown or EventKind.DropletSwapped or EventKind.DropletShared,
            EventKind.SecretRestored => earlier.Kind == EventKind.SecretMissing && later.Subject == earlier.Subject,
            EventKind.NetworkRestored => earlier.Kind == EventKind.NetworkFault,
            EventKind.StoreAnswers => earlier.Kind == EventKind.StoreFailing,
            _ => later.Address == earlier.Address && EndsOfAddress(later, earlier),
        };
    }

    private static bool EndsOfAddress(Event later, Event earlier) => later.Kind switch
    {
        EventKind.SupersededEnded => earlier.Kind == EventKind.Superseded,
        EventKind.ClaimHeld => earlier.Kind is EventKind.ClaimSlow or EventKind.ClaimLost or EventKind.ActionErrored or EventKind.DropletNotFound,
        EventKind.ForeignHolderEnded => earlier.Kind == EventKind.ForeignHolder,
        EventKind.FlapHoldEnded => earlier.Kind == EventKind.FlapHold,
        EventKind.ServiceAnswers or EventKind.ServiceUnwatched => earlier.Kind is EventKind.ServiceDead or EventKind.ServiceNeverSeen,
        _ => later.Ended && !earlier.Ended && later.Kind == earlier.Kind && later.Peer == earlier.Peer && later.Subject == earlier.Subject,
    };
}
