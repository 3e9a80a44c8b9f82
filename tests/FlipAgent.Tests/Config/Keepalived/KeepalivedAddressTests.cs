using FlipAgent.Config.Keepalived;

namespace FlipAgent.Tests.Config.Keepalived;

/// <summary>Which addresses the draft moves. Whatever it says, <c>config check</c> takes it once FILL IN is filled in.</summary>
public sealed class KeepalivedAddressTests
{
    private const string Hetzner = "notify_master \"/usr/bin/hcloud floating-ip assign web lb-a\"";

    [Theory]
    [InlineData("203.0.113.7", "", "", "203.0.113.7")]
    [InlineData("2001:db8::7/64", "", "", "2001:db8::7")]
    [InlineData("10.9.0.1", "203.0.113.7/32", "", "203.0.113.7")]
    [InlineData("203.0.113.7", "2001:db8::7", "", "203.0.113.7 2001:db8::7")]
    [InlineData("203.0.113.7 203.0.113.7/32", "", "", "203.0.113.7")]
    [InlineData("203.0.113.7 203.0.113.8", "2001:db8::7", Hetzner, "203.0.113.7 203.0.113.8 2001:db8::7")]
    [InlineData("203.0.113.7 10.0.0.1 10.0.0.2", "", Hetzner, "203.0.113.7")]
    [InlineData("203.0.113.7", "2001:db8::7 2001:db8::8 2001:db8:1::7", Hetzner, "203.0.113.7 2001:db8::7 2001:db8:1::7")]
    [InlineData("203.0.113.7 203.0.113.8 203.0.113.9", "", "notify_master \"/bin/sh -c 'hcloud floating-ip assign web lb-a; echo took 203.0.113.8, v203.0.113.9.'\"", "203.0.113.8 203.0.113.9")]
    [InlineData("203.0.113.7 fd00::7", "fd00::8 fe80::7 2a01:4f8::1", "", "203.0.113.7 2a01:4f8::1")]
    public void What_the_internet_can_reach_is_moved_together_where_the_provider_allows_it(string listed, string excluded, string more, string expected)
    {
        var config = Sample.Valid(Filled(Import(Instance("A", "10.0.0", listed, excluded, more)).Yaml), "lb-a");
        Assert.Equal(expected, string.Join(' ', config.FloatingIp.Addresses));
    }

    [Theory]
    [InlineData("203.0.113.7 203.0.113.8", "", "203.0.113.7 or 203.0.113.8")]
    [InlineData("203.0.113.7", "203.0.113.8 2001:db8::7", "203.0.113.7, 203.0.113.8 or 2001:db8::7")]
    public void Where_the_provider_allows_one_of_several_none_is_guessed_and_all_are_named(string listed, string excluded, string candidates)
    {
        var result = Import(Instance("A", "10.0.0", listed, excluded, ""));
        Assert.Contains($"  address: 0.0.0.0             # FILL IN: {candidates}\n", result.Yaml);
        Assert.Contains(result.Notes, n => n.Text.Contains($"fill in floating_ip.address: {candidates}"));
        Assert.Equal("203.0.113.7", Sample.Valid(Filled(result.Yaml).Replace("0.0.0.0", "203.0.113.7"), "lb-a").FloatingIp.Address.ToString());
    }

    [Fact]
    public void More_addresses_than_an_agent_moves_are_named()
    {
        var result = Import(Instance("A", "10.0.0", string.Join(' ', Enumerable.Range(1, 18).Select(n => $"203.0.113.{n}")), "", Hetzner));
        Assert.Equal(16, Sample.Valid(Filled(result.Yaml), "lb-a").FloatingIp.Addresses.Length);
        Assert.Equal(2, result.Notes.Count(n => n.Text.Contains("16 addresses at most")));
    }

    [Theory]
    [InlineData("", false, "203.0.113.7", "B", "the one with a public address (203.0.113.7)")]
    [InlineData("", true, "203.0.113.7", "B", "the one with a public address (203.0.113.7)")]
    [InlineData(Hetzner, true, "203.0.113.7", "B", "the one with a public address (203.0.113.7)")]
    [InlineData("", false, "10.8.0.1", "A", "the first one")]
    [InlineData(Hetzner, false, "203.0.113.7", "A", "whose scripts move a floating IP")]
    public void The_order_of_instances_means_nothing(string more, bool isGroup, string second, string chosen, string why)
    {
        var group = isGroup ? "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n" : "";
        var result = Import(group + Instance("A", "10.0.1", "10.9.0.1", "", more) + Instance("B", "10.0.2", second, "", ""));
        Assert.Contains($"address: 10.0.{(chosen == "A" ? 1 : 2)}.1,", result.Yaml);
        Assert.Contains(result.Notes, n => n.Text.Contains($"the draft is made of {chosen}, {why}"));
        Assert.True(second == "10.8.0.1" || (result.Yaml + string.Concat(result.Notes.Select(n => n.Text))).Contains(second), "a public address is lost");
    }

    [Fact]
    public void Addresses_of_all_members_of_a_group_move_together()
    {
        var result = Import("vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n" + Instance("A", "10.0.1", "203.0.113.7", "", Hetzner) + Instance("B", "fd00::2:", "2001:db8::7", "", ""));
        Assert.Contains("addresses: [203.0.113.7, \"2001:db8::7\"]", result.Yaml);
        Sample.Valid(Filled(result.Yaml), "lb-a");
    }

    [Fact]
    public void What_a_script_moves_leads_and_another_virtual_address_is_a_question()
    {
        var result = Import(Instance("A", "10.0.0", "203.0.113.7 203.0.113.8", "", "notify_master \"/usr/bin/hcloud floating-ip assign 203.0.113.8 lb-a\""));
        Assert.Contains("  address: 203.0.113.8   # FILL IN: 203.0.113.7 as well? Then addresses: [203.0.113.8, 203.0.113.7]\n", result.Yaml);
    }

    private static string Instance(string name, string network, string listed, string excluded, string more) => $$"""
        vrrp_instance {{name}} {
        virtual_router_id 51
        unicast_src_ip {{network}}.1
        unicast_peer {
        {{network}}.2
        }
        virtual_ipaddress {
        {{listed.Replace(' ', '\n')}}
        }
        virtual_ipaddress_excluded {
        {{excluded.Replace(' ', '\n')}}
        }
        {{more}}
        }

        """.Replace(":.", ":");

    private static ImportResult Import(string text) => KeepalivedImport.Convert(text, "k.conf", KeepalivedFiles.None("lb-a"));

    private static string Filled(string yaml)
    {
        foreach (var key in new[] { "droplet_id", "server_id" })
            yaml = yaml.Replace($"2, {key}: 0", $"2, {key}: 12").Replace($"{key}: 0", $"{key}: 11");
        return yaml;
    }
}
