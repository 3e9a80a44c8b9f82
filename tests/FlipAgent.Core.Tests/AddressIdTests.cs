using System.Net;

namespace FlipAgent.Core.Tests;

/// <summary>One floating IP has one id, however it is written, on every node.</summary>
public sealed class AddressIdTests
{
    [Fact]
    public void The_id_is_of_the_address_and_not_of_its_spelling()
    {
        Assert.Equal(NodeId.Of("203.0.113.10"), Of("203.0.113.10"));
        Assert.Equal(Of("203.0.113.10"), Of("::ffff:203.0.113.10"));
        Assert.Equal(NodeId.Of("2001:db8::1"), Of("2001:db8::1"));
        Assert.Equal(Of("2001:db8::1"), Of("2001:DB8:0:0:0:0:0:1"));
        Assert.Equal(Of("fe80::1"), Of("fe80::1%3"));
        Assert.NotEqual(Of("203.0.113.10"), Of("203.0.113.11"));
    }

    private static uint Of(string address) => AddressId.Of(IPAddress.Parse(address));
}
