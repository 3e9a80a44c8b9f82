using FlipAgent.Core;
using FlipAgent.Events;
using FlipAgent.Naming;

namespace FlipAgent.Tests.Events;

/// <summary>Sentences speak of the cloud that is configured, and of the address where there are several.</summary>
public class VendorWordsTests
{
    [Theory]
    [InlineData("hetzner")]
    [InlineData("exec")]
    public void No_sentence_of_another_cloud_speaks_of_DigitalOcean(string name)
    {
        var vendor = CloudVendor.All.Single(v => v.Name == name);
        Assert.All(EventExamples.All, e =>
        {
            // What the cloud itself said is not ours.
            var said = Announcement.Of(e with { Detail = e.Detail is null ? null : "words" }, vendor);
            foreach (var text in new[] { said.Text, said.Next, Headline.Of(said, ["203.0.113.10"]) }.OfType<string>().Select(t => t.Replace("422 The droplet is off", "422")))
            {
                Assert.DoesNotContain("droplet", text);
                Assert.DoesNotContain("digitalocean", text);
                Assert.DoesNotContain("reserved", text);
            }
        });
    }

    [Fact]
    public void A_server_is_called_by_its_name()
    {
        var id = ServerId.NumberOf("i-0abc");
        var said = Announcement.Of(new Event(EventKind.ForeignHolder, Severity.Critical) { Node = "haproxy-1", DropletId = id, Holder = "other" }, CloudVendor.Exec);

        Assert.Equal("the floating IP is at server i-0abc, which is not a node of this cluster: nobody claims it", said.Text);
    }

    [Fact]
    public void Where_there_are_several_addresses_the_sentence_says_which()
    {
        var lost = new Event(EventKind.ClaimLost, Severity.Warning) { Node = "haproxy-1", Holder = "haproxy-2" };

        Assert.Equal("the floating IP 2001:db8::1 left haproxy-1 and is at haproxy-2", Announcement.Of(lost, address: "2001:db8::1").Text);
        Assert.Equal("the floating IP left haproxy-1 and is at haproxy-2", Announcement.Of(lost).Text);
    }
}
