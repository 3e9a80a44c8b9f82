using System.Security.Cryptography;
using FlipAgent.Config;
using FlipAgent.Core;

namespace FlipAgent.Tests.Config;

/// <summary>In which keys two configurations differ, told from what goes over the network.</summary>
public sealed class ConfigPrintsTests
{
    private static readonly KeyRing s_keys = Ring("1:" + Hex());

    [Theory]
    [InlineData("priority: 100", "priority: 90", "nodes.haproxy-2.priority")]
    [InlineData("droplet_id: 3164444", "droplet_id: 7", "nodes.haproxy-1.server_id")]
    [InlineData("10.110.0.3,", "10.110.0.4,", "nodes.haproxy-2.address")]
    [InlineData("election:", "election:\n  interval: 2s", "election.interval")]
    [InlineData("election:", "election:\n  preempt: true", "election.preempt")]
    [InlineData("203.0.113.10", "203.0.113.11", "floating_ip.address", "floating_ip.guard")]
    [InlineData("name: site,", "name: site, interval: 3s,", "checks.site.interval")]
    [InlineData("name: site,", "name: site, fall: 9,", "checks.site.fall")]
    [InlineData("{name: haproxy, process: {unit: haproxy.service}}", "{name: haproxy, process: {unit: haproxy.service}, restart_grace: 9s}", "checks.haproxy.restart_grace")]
    [InlineData("/haproxy_check", "/elsewhere", "floating_ip.guard")]
    [InlineData("/etc/flipagent/do-token", "/other/token")]
    public void The_keys_that_differ_are_named(string from, string to, params string[] keys)
    {
        Assert.Contains(from, Sample.Minimal);
        var (ours, theirs) = (Prints(Sample.Minimal), Prints(Sample.Minimal.Replace(from, to)));
        var found = ours.Differing(1, All(theirs))!.Value;
        Assert.Equal((string.Join(' ', keys), 0), (string.Join(' ', found.Keys), found.OnlyThere));
    }

    [Fact]
    public void A_check_that_only_one_of_them_has_is_named_there_and_counted_here()
    {
        var (few, more) = (Prints(Sample.Minimal), Prints(Sample.Minimal + "\n  - {name: own, exec: [/bin/true]}"));
        var missing = few.Differing(1, All(more))!.Value;
        Assert.Equal(("checks", 6), (string.Join(' ', missing.Keys), missing.OnlyThere));
        var there = more.Differing(1, All(few))!.Value;
        Assert.Equal((7, 0), (there.Keys.Length, there.OnlyThere));
        Assert.Contains("checks.own.interval", there.Keys);
    }

    [Fact]
    public void Whatever_the_cluster_key_is_that_both_have_and_not_by_another()
    {
        var hex = Hex();
        var (ours, theirs) = (new ConfigPrints(Sample.Valid(Sample.Minimal), Ring("1:" + Hex(), "2:" + hex)), new ConfigPrints(Sample.Valid(Sample.Minimal.Replace("priority: 100", "priority: 9")), Ring("2:" + hex)));
        Assert.Equal(2, theirs.ActiveId);
        Assert.Equal("nodes.haproxy-2.priority", Assert.Single(ours.Differing(2, All(theirs))!.Value.Keys));
        Assert.Null(ours.Differing(3, All(theirs)));
    }

    [Fact]
    public void All_of_it_is_in_the_pages_up_to_what_goes_over_the_network()
    {
        var prints = Prints(Sample.Complete, "lb.two");
        Assert.Equal(ConfigKeys.Of(Sample.Valid(Sample.Complete, "lb.two")).Count, All(prints).Count());
        Assert.InRange(prints.Pages, 4, 8);
        var checks = string.Concat(Enumerable.Range(0, 80).Select(i => $"\n  - {{name: own{i}, exec: [/bin/true]}}"));
        var many = Prints(Sample.Minimal + checks);
        Assert.Equal(Particulars.MaxPages, many.Pages);
        // What is beyond the last page is not taken for missing.
        Assert.Empty(many.Differing(1, All(many))!.Value.Keys);
    }

    [Fact]
    public void No_two_keys_have_one_name() =>
        Assert.Distinct(ConfigKeys.Of(Sample.Valid(Sample.Complete, "lb.two")).Select(one => one.Key));

    private static ConfigPrints Prints(string text, string? node = "haproxy-1") => new(Sample.Valid(text, node), s_keys);

    private static IEnumerable<KeyPrint> All(ConfigPrints prints) => Enumerable.Range(0, prints.Pages).SelectMany(page => prints.Page(page));

    private static KeyRing Ring(params string[] lines) => KeyRing.Parse(string.Join('\n', lines)).Keys!;

    private static string Hex() => RandomNumberGenerator.GetHexString(64, lowercase: true);
}
