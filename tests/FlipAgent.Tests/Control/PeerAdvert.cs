using FlipAgent.Core;

namespace FlipAgent.Tests.Control;

/// <summary>What haproxy-1 of <see cref="Config.Sample.Minimal"/> says when it is well, and master of term 1; a test changes what it is about.</summary>
internal static class PeerAdvert
{
    /// <param name="state">Of the node that hears it, and is heard.</param>
    /// <param name="sequence">Higher with each.</param>
    public static Advert To(ElectionState state, uint sequence) => new()
    {
        Cluster = "web-lb",
        Node = "haproxy-1",
        Session = 1_800_000_000_000,
        Sequence = sequence + 10,
        Term = 1,
        Role = Role.Master,
        Fit = true,
        ApiReachable = true,
        Priority = 150,
        EffectivePriority = 150,
        AgentVersion = new Version(1, 0, 0),
        Peers =
        [
            new PeerReport(
                state.Settings.Self.Id, state.Adverts.Session, TimeSpan.Zero, TimeSpan.Zero, Role.Backup, Fit: true, ApiReachable: true, HoldDown: false,
                Maintenance: false, EffectivePriority: 100),
        ],
    };
}
