using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What is announced of a peer once, and again after it had been well.</summary>
public sealed class PeerNoticeTests
{
    [Fact]
    public void A_configuration_that_differs_is_told_once_and_again_when_it_had_been_the_same()
    {
        var state = Alone();
        var sequence = 0u;
        List<Event> Hears(ulong hash, double second) =>
            Announced(state, new Input.AdvertHeard(0, Make(state, Role.Backup, 1, peer: 0) with { Sequence = ++sequence, ConfigHash = hash }), second).FindAll(e => e.Kind == EventKind.ConfigDrift);
        Assert.Single(Hears(2, 0.1));
        Assert.Empty(Hears(2, 0.2));
        Assert.Empty(Hears(2, 0.3));
        Assert.Empty(Hears(1, 0.4));
        Assert.Single(Hears(2, 0.5));
    }
}
