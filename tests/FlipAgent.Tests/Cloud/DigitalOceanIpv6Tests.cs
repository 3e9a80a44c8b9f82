using System.Net;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Lab;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>Reserved IPv6 addresses, and the scopes that the vendor lists beside those that the agent cannot do without.</summary>
public class DigitalOceanIpv6Tests
{
    private static readonly IPAddress s_v6 = IPAddress.Parse("2001:db8::1");

    [Theory]
    [InlineData("""{"reserved_ipv6":{"ip":"2001:db8::1","region_slug":"nyc3","droplet":{"id":7}}}""", 7L)]
    [InlineData("""{"ip":"2001:db8::1","region_slug":"nyc3","droplet":{"id":7}}""", 7L)]
    [InlineData("""{"reserved_ipv6":{"ip":"2001:0db8:0:0::1","region_slug":"nyc3","droplet":null}}""", null)]
    [InlineData("""{"reserved_ipv6":{"ip":"2001:db8::1","region_slug":"nyc3"}}""", null)]
    public async Task The_holder_is_read_with_and_without_the_wrapper(string body, long? holder)
    {
        using var api = new HttpScript((request, wire) => wire.Reply(200, request.Path.Contains("droplets", StringComparison.Ordinal) ? $$$"""{"droplet":{"id":{{{Own}}} } }""" : body));
        using var client = Client(api.Url);

        var read = await client.ReadHolder(s_v6);

        Assert.Equal((ApiStatus.Ok, holder, true), (read.Status, read.DropletId, read.ScopeProven));
        Assert.Equal("/v2/reserved_ipv6/2001:db8::1", api.Requests.First().Path);
    }

    [Theory]
    [InlineData("""{"reserved_ipv6":{"ip":"2001:db8::2","droplet":{"id":7}}}""")]
    [InlineData("""{"reserved_ip":{"ip":"2001:db8::1","droplet":{"id":7}}}""")]
    [InlineData("""{"ip":null}""")]
    public async Task An_answer_about_something_else_is_not_believed(string body)
    {
        using var api = HttpScript.Always(200, body);
        using var client = Client(api.Url);

        Assert.Equal(ApiStatus.Failed, (await client.ReadHolder(s_v6)).Status);
        Assert.Equal(ApiStatus.Failed, (await client.FindAddress(s_v6)).Status);
    }

    [Theory]
    [InlineData("""{"droplet":{"id":3164445}}""")]
    [InlineData("""{"droplet":null}""")]
    [InlineData("\"hello\"")]
    public async Task A_droplet_that_is_another_one_is_not_found(string body)
    {
        using var api = HttpScript.Always(200, body);
        using var client = Client(api.Url);

        var known = await client.FindServer(Own);
        Assert.Equal(ApiStatus.Failed, known!.Status);
        Assert.StartsWith("the answer is not about this droplet", known.Detail);
    }

    [Fact]
    public async Task A_move_at_the_stand_in_beside_the_IPv4_address()
    {
        await using var lab = await LabCloud.Start(new LabOptions
        {
            FloatingIps = [new(IPAddress.Parse(Ip), Own), new(s_v6, Own)],
            Knobs = new() { AssignLatency = TimeSpan.FromMilliseconds(50) },
        });
        using var client = Client(lab.ApiUrl, () => LabOptions.DefaultToken);
        using var metadata = new DigitalOceanMetadata(lab.MetadataUrl(3164445), IPAddress.Loopback);

        var four = await client.Assign(2, 3164445, () => true);
        // A droplet does one thing at a time.
        Assert.Equal(ApiStatus.Refused, (await client.Assign(s_v6, 3164445, 2, () => true)).Status);
        await Until.True(async () => (await client.ReadAction(four.ActionId)).Action == ActionStatus.Completed, "the action of the IPv4 address ends");
        var six = await client.Assign(s_v6, 3164445, 2, () => true);

        Assert.True(six.Accepted, six.Detail);
        await Until.True(async () => (await client.ReadAction(s_v6, six.ActionId)).Action == ActionStatus.Completed, "the action of the IPv6 address is read where all actions are");
        Assert.Equal(3164445, (await client.ReadHolder(s_v6)).DropletId);
        await Until.True(async () => (await metadata.ReadOnce(s_v6)).Witness == Witness.Here && (await metadata.ReadOnce()).Witness == Witness.Here, "the metadata service shows both");
        Assert.Equal("nyc3", (await client.FindAddress(s_v6)).Region);
        Assert.Equal("nyc3", (await client.FindAddress(IPAddress.Parse(Ip))).Region);
        Assert.Equal("nyc3", (await client.FindServer(Own))!.Region);
    }

    [Fact]
    public async Task A_token_without_the_scopes_that_the_vendor_lists_is_told_which()
    {
        await using var lab = await LabCloud.Start(new LabOptions
        {
            Tokens = [new("some", Token) { Scopes = new HashSet<string> { "reserved_ip:read", "reserved_ip:update", "droplet:read", "sizes:read", "actions:read" } }, new("all", "all-of-them")],
        });
        using var some = Client(lab.ApiUrl);
        using var all = Client(lab.ApiUrl, () => "all-of-them");

        Assert.Equal(["regions:read", "image:read"], await some.FindMissingRights());
        Assert.Empty(await all.FindMissingRights());
    }
}
