namespace FlipAgent.Core.Tests.Owners;

/// <summary>What a peer says of itself for people comes in pieces, and is one whole of one configuration or is not there.</summary>
public sealed class PeerParticularsTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(1000);
    private readonly PeerParticulars _peer = new();

    [Fact]
    public void The_prints_are_there_when_every_page_has_come()
    {
        Assert.Null(_peer.Prints);
        Hear(Page(1, 3));
        Hear(null);
        Hear(Page(2, 3));
        Assert.Null(_peer.Prints);
        Hear(Page(0, 3));
        Assert.Equal([0u, 1u, 2u], _peer.Prints!.Select(print => print.Key));
        Hear(null);
        Assert.Equal(3, _peer.Prints!.Count());
    }

    [Fact]
    public void Pages_of_another_configuration_key_or_session_are_not_mixed()
    {
        Whole();
        Hear(Page(0, 2), hash: 2);
        Assert.Null(_peer.Prints);
        Whole();
        Hear(Page(0, 2) with { KeyId = 2 });
        Assert.Equal((null, (byte)2), (_peer.Prints, _peer.KeyId));
        Whole();
        Hear(Page(0, 3));
        Assert.Null(_peer.Prints);
        Whole();
        Hear(null, isNew: true);
        Assert.Equal((null, null), (_peer.Prints, _peer.Last));
        Whole();
        Hear(new Particulars { Write = WriteState.Refused });
        Assert.Equal((null, WriteState.Refused), (_peer.Prints, _peer.Last!.Write));
    }

    [Fact]
    public void Of_a_maintenance_it_is_known_who_began_it_and_until_when_for_as_long_as_it_is_on()
    {
        var said = new Particulars { MaintenanceLeft = TimeSpan.FromSeconds(60), MaintenanceBy = "alice" };
        Hear(null, maintenance: true);
        Assert.Equal((null, null), (_peer.MaintenanceUntil, _peer.MaintenanceBy));
        Hear(said, maintenance: true);
        Hear(null, maintenance: true);
        Assert.Equal((s_now + TimeSpan.FromSeconds(60), "alice"), (_peer.MaintenanceUntil, _peer.MaintenanceBy));
        Hear(said with { MaintenanceLeft = null, MaintenanceBy = "" }, maintenance: true);
        Assert.Equal((Moment.Forever, null), (_peer.MaintenanceUntil, _peer.MaintenanceBy));
        Hear(said, maintenance: true);
        Hear(null);
        Assert.Equal((null, null), (_peer.MaintenanceUntil, _peer.MaintenanceBy));
        // What is still said of one that is over does not count.
        Hear(said);
        Assert.Equal((null, null), (_peer.MaintenanceUntil, _peer.MaintenanceBy));
    }

    private void Whole()
    {
        Hear(Page(0, 2), isNew: true);
        Hear(Page(1, 2));
        Assert.NotNull(_peer.Prints);
    }

    private static Particulars Page(byte page, byte pages) => new() { KeyId = 1, Page = page, Pages = pages, Prints = [new KeyPrint(page, 7)] };

    private void Hear(Particulars? said, ulong hash = 1, bool isNew = false, bool maintenance = false) =>
        _peer.Take(Adverts.Simple with { ConfigHash = hash, Maintenance = maintenance, Particulars = said }, isNew, s_now);
}
