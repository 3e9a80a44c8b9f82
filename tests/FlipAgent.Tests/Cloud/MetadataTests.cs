using System.Collections.Concurrent;
using System.Net;
using FlipAgent.Cloud;
using FlipAgent.Cloud.DigitalOcean;
using FlipAgent.Core;
using FlipAgent.Harness;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary>The metadata service as a witness: only exact words count.</summary>
public class MetadataTests
{
    private const string Active = "/metadata/v1/reserved_ip/ipv4/active";
    private const string Address = "/metadata/v1/reserved_ip/ipv4/ip_address";

    [Theory]
    [InlineData("true", Ip, Witness.Here)]
    [InlineData("true\n", Ip + "\n", Witness.Here)]
    [InlineData("true", "203.0.113.99", Witness.NotHere)]
    [InlineData("true", "", Witness.Unknown)]
    [InlineData("true", "nonsense", Witness.Unknown)]
    [InlineData("false", Ip, Witness.NotHere)]
    [InlineData("false", "", Witness.NotHere)]
    [InlineData("True", Ip, Witness.Unknown)]
    [InlineData(" true", Ip, Witness.Unknown)]
    [InlineData("true false", Ip, Witness.Unknown)]
    [InlineData("", Ip, Witness.Unknown)]
    [InlineData("null", Ip, Witness.Unknown)]
    [InlineData("<html>true</html>", Ip, Witness.Unknown)]
    public async Task Only_true_and_false_count_and_the_address_must_be_ours(string active, string address, Witness expected)
    {
        using var service = new HttpScript((request, wire) => wire.Reply(200, request.Path == Active ? active : address, "text/plain"));
        using var client = NewClient(service.Url);
        Assert.Equal(expected, (await client.ReadOnce()).Witness);
        Assert.All(service.Requests, r => Assert.Contains(r.Path, new[] { Active, Address }));
    }

    [Fact]
    public async Task The_old_name_is_asked_where_the_new_one_is_not_known()
    {
        using var service = new HttpScript((request, wire) => request.Path switch
        {
            "/metadata/v1/floating_ip/ipv4/active" => wire.Reply(200, "true", "text/plain"),
            "/metadata/v1/floating_ip/ipv4/ip_address" => wire.Reply(200, Ip, "text/plain"),
            _ => wire.Reply(404, "not found", "text/plain"),
        });
        using var client = NewClient(service.Url);
        Assert.Equal(Witness.Here, (await client.ReadOnce()).Witness);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(301)]
    public async Task F42_a_service_that_does_not_know_is_unknown_and_never_not_here(int code)
    {
        using var service = HttpScript.Always(code, "false", "text/plain");
        using var client = NewClient(service.Url);
        var read = await client.ReadOnce();
        Assert.Equal(Witness.Unknown, read.Witness);
        Assert.Contains(code.ToString(), read.Detail);
    }

    [Theory]
    [InlineData(200, "3164444", 3164444L)]
    [InlineData(200, "9223372036854775807\n", 9223372036854775807L)]
    [InlineData(200, "9223372036854775808", null)]
    [InlineData(200, "0", null)]
    [InlineData(200, "03164444", null)]
    [InlineData(200, "-3", null)]
    [InlineData(200, " 3164444", null)]
    [InlineData(200, "3164444 3164445", null)]
    [InlineData(200, "3e6", null)]
    [InlineData(200, "", null)]
    [InlineData(200, "<html>3164444</html>", null)]
    [InlineData(404, "3164444", null)]
    [InlineData(500, "3164444", null)]
    public async Task Only_digits_are_the_id_of_a_droplet(int code, string text, long? expected)
    {
        using var service = new HttpScript((request, wire) => wire.Reply(request.Path == "/metadata/v1/id" ? code : 404, text, "text/plain"));
        using var client = NewClient(service.Url);
        Assert.Equal(expected, await client.ReadId());
    }

    [Fact]
    public async Task The_watch_says_which_droplet_this_is_often_at_the_start_and_seldom_later()
    {
        using var service = new HttpScript((request, wire) => wire.Reply(200, request.Path == "/metadata/v1/id" ? "42" : "false", "text/plain"));
        using var client = NewClient(service.Url);
        var seen = new ConcurrentQueue<Input>();
        using (new MetadataWatch(client, [IPAddress.Parse(Ip)], seen.Enqueue, TimeSpan.FromMilliseconds(5)))
            await Until.TrueAsync(() => seen.Count >= 40, "forty looks");
        var ids = seen.Take(40).Select(i => ((Input.MetadataRead)i).DropletId).ToList();
        Assert.Equal(Enumerable.Repeat<long?>(42, 10), ids.Take(10));
        Assert.Equal(6, ids.Skip(10).Count(id => id == 42));
    }

    [Fact]
    public async Task One_connection_serves_one_question_after_the_other_and_one_that_was_closed_is_replaced_at_once()
    {
        var count = 0;
        using var service = new HttpScript(async (_, wire) =>
        {
            var number = Interlocked.Increment(ref count);
            await wire.Reply(200, "false", "text/plain", number == 4 ? "Connection: close\r\n" : "");
            if (number == 6)
                wire.Close();
            if (number == 9)
                wire.Reset();
        });
        using var client = NewClient(service.Url);
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(Witness.NotHere, (await client.ReadOnce()).Witness);
            // What the server does to the connection afterwards has come by then.
            await Task.Delay(50);
        }
        Assert.Equal([4, 2, 3, 3], service.Requests.GroupBy(r => r.From.Port).Select(g => g.Count()));
    }

    [Fact]
    public async Task What_came_unasked_is_no_answer_to_the_next_question()
    {
        using var more = new SemaphoreSlim(0);
        using var sent = new SemaphoreSlim(0);
        using var service = new HttpScript(async (request, wire) =>
        {
            await wire.Reply(200, request.Path == "/metadata/v1/id" ? "42" : "false", "text/plain");
            await more.WaitAsync();
            await wire.Reply(200, "4711", "text/plain");
            sent.Release();
        });
        using var client = NewClient(service.Url);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(42, await client.ReadId());
            more.Release();
            Assert.True(await sent.WaitAsync(TimeSpan.FromSeconds(20)));
        }
    }

    [Fact]
    public async Task A_connection_that_has_gone_silent_costs_one_question()
    {
        var count = 0;
        using var service = new HttpScript((_, wire) => Interlocked.Increment(ref count) == 2 ? wire.Hang() : wire.Reply(200, "false", "text/plain"));
        using var client = NewClient(service.Url);
        Assert.Equal(Witness.NotHere, (await client.ReadOnce()).Witness);
        Assert.Equal("reserved_ip active: no answer in time", (await client.ReadOnce()).Detail);
        Assert.Equal(Witness.NotHere, (await client.ReadOnce()).Witness);
        Assert.Equal(2, service.Connections);
    }

    [Fact]
    public async Task F42_a_service_that_hangs_is_unknown_within_its_second()
    {
        using var service = new HttpScript((_, wire) => wire.Hang());
        using var client = NewClient(service.Url);
        var (read, took) = await Timed(client.ReadOnce());
        Assert.Equal(Witness.Unknown, read.Witness);
        Assert.InRange(took.TotalSeconds, 0.5, 3);
    }

    [Fact]
    public async Task F42_a_service_that_is_not_there_is_unknown()
    {
        using var client = NewClient(new Uri("http://127.41.5.9:9"));
        Assert.Equal(Witness.Unknown, (await client.ReadOnce()).Witness);
    }

    [Fact]
    public async Task On_loopback_it_is_asked_from_this_nodes_own_address()
    {
        using var service = HttpScript.Always(200, "false", "text/plain");
        using var client = new DigitalOceanMetadata(service.Url, IPAddress.Parse("127.41.5.2"));
        Assert.Equal(Witness.NotHere, (await client.ReadOnce()).Witness);
        Assert.Equal(IPAddress.Parse("127.41.5.2"), Assert.Single(service.Requests).From.Address);
    }

    [Fact]
    public async Task The_watch_asks_again_and_again_and_at_once_when_nudged()
    {
        using var service = HttpScript.Always(200, "false", "text/plain");
        using var client = NewClient(service.Url);
        var seen = new ConcurrentQueue<Input>();
        using (new MetadataWatch(client, [IPAddress.Parse(Ip)], seen.Enqueue, TimeSpan.FromMilliseconds(20)))
            await Until.TrueAsync(() => seen.Count >= 3, "three looks");
        var nudged = new ConcurrentQueue<Input>();
        using (var watch = new MetadataWatch(client, [IPAddress.Parse(Ip)], nudged.Enqueue, TimeSpan.FromMinutes(5)))
        {
            await Until.TrueAsync(() => nudged.Count == 1, "the first look comes at once");
            watch.Nudge();
            watch.Nudge();
            await Until.TrueAsync(() => nudged.Count >= 2, "the nudge is obeyed");
        }
        Assert.All(seen, i => Assert.Equal(Witness.NotHere, Assert.IsType<Input.MetadataRead>(i).Witness));
    }

    private static DigitalOceanMetadata NewClient(Uri url) => new(url, IPAddress.Loopback);
}
