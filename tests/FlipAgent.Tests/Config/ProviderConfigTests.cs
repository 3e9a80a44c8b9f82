using System.Net;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Naming;

namespace FlipAgent.Tests.Config;

/// <summary><c>floating_ip</c> for each cloud, and for several addresses.</summary>
public class ProviderConfigTests
{
    private const string Hetzner =
        """
        cluster: web-lb
        nodes:
          - {name: haproxy-1, address: 10.110.0.2, server_id: 4711, priority: 150}
          - {name: haproxy-2, address: 10.110.0.3, server_id: 4712, priority: 100}
        election: {key_file: /etc/flipagent/cluster.key}
        floating_ip: {provider: hetzner, address: 203.0.113.10, token_file: /etc/flipagent/hcloud-token}
        checks:
          - {name: haproxy, process: {unit: haproxy.service}}
          - {name: site, http: "http://127.0.0.1:8001/haproxy_check"}
        """;

    private const string Exec =
        """
        cluster: web-lb
        nodes:
          - {name: haproxy-1, address: 10.110.0.2, server_id: i-0abc, priority: 150}
          - {name: haproxy-2, address: 10.110.0.3, server_id: 4ef66e9d-61a4-4d65-8f2d-b1a8d5a4d2b1, priority: 100}
        election: {key_file: /etc/flipagent/cluster.key}
        floating_ip: {provider: exec, command: [/usr/lib/flipagent/providers/aws, -v], address: 203.0.113.10}
        checks:
          - {name: haproxy, process: {unit: haproxy.service}}
        """;

    [Fact]
    public void A_file_for_hetzner()
    {
        var config = Sample.Valid(Hetzner);

        Assert.Equal((CloudVendor.Hetzner, new Uri("https://api.hetzner.cloud"), 4711L), (config.FloatingIp.Vendor, config.FloatingIp.ApiUrl, config.Nodes[0].DropletId));
        Assert.Contains(config.Warnings, w => w.Contains("203.0.113.10 is not on this machine", StringComparison.Ordinal));
        Again(config);
    }

    [Theory]
    [InlineData("2001:db8:1::", true)]
    [InlineData("2001:db8:1::1", false)]
    [InlineData("2001:db8:1:1::1:0", false)]
    public void The_name_of_a_network_is_seldom_the_address_that_is_meant(string address, bool warned)
    {
        var config = Sample.Valid(Hetzner.Replace("address: 203.0.113.10,", $"addresses: [203.0.113.10, \"{address}\", \"2001:db8:2::1\"],"));

        Assert.Equal(warned, config.Warnings.Any(w => w.Contains($"{address} is the name of a /64 and seldom the address that clients connect to; expected that one, such as {address}1", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_for_a_program()
    {
        var config = Sample.Valid(Exec);

        Assert.Equal(["/usr/lib/flipagent/providers/aws", "-v"], config.FloatingIp.Command);
        Assert.Equal(("i-0abc", TimeSpan.FromSeconds(30), ""), (config.Nodes[0].Server, config.FloatingIp.CommandTimeout, config.FloatingIp.TokenFile));
        Assert.Equal(config.Nodes[1].DropletId, ServerId.NumberOf("4ef66e9d-61a4-4d65-8f2d-b1a8d5a4d2b1"));
        Again(config);
    }

    [Fact]
    public void Two_families_of_one_droplet_are_two_addresses_that_move_together()
    {
        var config = Sample.Valid(Sample.Minimal.Replace("address: 203.0.113.10", "addresses: [203.0.113.10, \"2001:db8::1\"]"));

        Assert.Equal([IPAddress.Parse("203.0.113.10"), IPAddress.Parse("2001:db8::1")], config.FloatingIp.Addresses.AsEnumerable());
        Again(config);
    }

    [Fact]
    public void A_list_of_blocks_is_the_same_as_a_list_of_addresses()
    {
        var blocks = Hetzner.Replace("floating_ip: {provider: hetzner, address: 203.0.113.10, token_file: /etc/flipagent/hcloud-token}",
            "floating_ips:\n  - {provider: hetzner, address: 203.0.113.10, token_file: /etc/flipagent/hcloud-token}\n  - {address: 203.0.113.11, provider: hetzner}\n  - {address: \"2001:db8::1\"}");
        var list = Hetzner.Replace("address: 203.0.113.10,", "addresses: [203.0.113.10, 203.0.113.11, \"2001:db8::1\"],");

        Assert.Equal(Sample.Valid(list).FloatingIp, Sample.Valid(blocks).FloatingIp);
        Assert.Equal(Sample.Valid(list).Hash, Sample.Valid(blocks).Hash);
        Assert.NotEqual(Sample.Valid(Hetzner).Hash, Sample.Valid(list).Hash);
    }

    [Fact]
    public void An_IPv6_address_may_lead()
    {
        var config = Sample.Valid(Hetzner.Replace("address: 203.0.113.10,", "address: \"2001:db8::1\","));

        Assert.Equal("http://[2001:db8::1]:8001/haproxy_check", config.FloatingIp.Guard!.ToString());
        Assert.DoesNotContain(config.Warnings, w => w.Contains("guard asks", StringComparison.Ordinal));
        Again(config);
    }

    [Theory]
    [InlineData("provider: hetzner", "provider: hetzer", "floating_ip.provider: \"hetzer\" is no provider; expected digitalocean, hetzner, exec")]
    [InlineData("provider: hetzner", "provider: vultr", "is not built in; expected digitalocean, hetzner, exec: exec runs a program for any other cloud")]
    [InlineData("server_id: 4711", "server_id: web-1", "nodes.server_id: \"web-1\" is no number of a server; expected 1 or more (curl http://169.254.169.254/hetzner/v1/metadata/instance-id on that node)")]
    [InlineData("server_id: 4711", "server_id: 4712", "4712 is also that of haproxy-1; expected another server for each node")]
    [InlineData("server_id: 4711, ", "", "server_id is missing; expected the server's number")]
    [InlineData("server_id: 4711", "server_id: 4711, droplet_id: 4711", "droplet_id is there too; expected one of them")]
    [InlineData("address: 203.0.113.10,", "address: \"2001:db8::/64\",", "is a network; expected the one address in it that clients connect to, such as 2001:db8::1")]
    [InlineData("address: 203.0.113.10,", "addresses: [203.0.113.10, 203.0.113.10],", "203.0.113.10 is there twice")]
    [InlineData("address: 203.0.113.10,", "addresses: [\"2001:db8:1::1\", 203.0.113.10, \"2001:db8:1::2\"],", "2001:db8:1::1 and 2001:db8:1::2 are in one /64, which is one floating IP of Hetzner Cloud and moves as a whole; expected one address of it")]
    [InlineData("address: 203.0.113.10,", "addresses: [203.0.113.10, 10.110.0.3],", "10.110.0.3 is the address of haproxy-2")]
    [InlineData("address: 203.0.113.10,", "addresses: [],", "floating_ip.addresses: is empty; expected the floating IP")]
    [InlineData("address: 203.0.113.10,", "addresses: [203.0.113.10], address: 203.0.113.10,", "address is there too; expected one of them")]
    [InlineData("token_file: /etc/flipagent/hcloud-token", "token_file: /t, command: [/bin/true]", "floating_ip.command goes with provider exec only")]
    [InlineData("token_file: /etc/flipagent/hcloud-token", "token_file: /t, api_url: \"https://api.hetzner.cloud/v1\"", "ends with the version of the API; expected it without /v1, such as https://api.hetzner.cloud")]
    [InlineData(", token_file: /etc/flipagent/hcloud-token", "", "token_file is missing")]
    public void What_is_wrong_is_said(string old, string @new, string expected) => Says(Hetzner.Replace(old, @new), expected);

    [Theory]
    [InlineData("command: [/usr/lib/flipagent/providers/aws, -v], ", "", "floating_ip.command is missing; expected the program that asks the cloud")]
    [InlineData("command: [/usr/lib/flipagent/providers/aws, -v]", "command: aws", "expected a list of the program and its arguments")]
    [InlineData("command: [/usr/lib/flipagent/providers/aws, -v]", "command: [aws]", "is not an absolute path")]
    [InlineData("provider: exec", "provider: exec, api_url: \"https://x.example\"", "floating_ip.api_url goes with provider digitalocean or hetzner only")]
    [InlineData("provider: exec", "provider: exec, command_timeout: 2m", "floating_ip.command_timeout")]
    [InlineData("server_id: i-0abc", "server_id: \"i 0abc\"", "is no server id; expected 1 to 64 letters")]
    [InlineData("server_id: i-0abc", "server_id: \"-rf\"", "is no server id")]
    public void What_is_wrong_with_a_program_is_said(string old, string @new, string expected) => Says(Exec.Replace(old, @new), expected);

    [Theory]
    [InlineData("addresses: [203.0.113.10, 203.0.113.11]", "a droplet can have one reserved IP of each; expected one IPv4 address and one IPv6 address at most")]
    [InlineData("addresses: [203.0.113.10, \"2001:db8::1\", \"2001:db8::2\"]", "a droplet can have one reserved IP of each")]
    public void A_droplet_has_one_address_of_a_family(string addresses, string expected) => Says(Sample.Minimal.Replace("address: 203.0.113.10", addresses), expected);

    [Theory]
    [InlineData("{address: 203.0.113.11, provider: digitalocean}", "floating_ips.provider: is not what the first block says; expected the same, or the key left out")]
    [InlineData("{address: 203.0.113.11, token_file: /other}", "floating_ips.token_file: is not what the first block says")]
    [InlineData("{provider: hetzner}", "floating_ips: address is missing")]
    [InlineData("{address: 203.0.113.11, adress: 1}", "adress")]
    public void Blocks_differ_in_their_address_alone(string block, string expected) => Says(
        Hetzner.Replace("floating_ip: {provider", "floating_ips:\n  - {provider").Replace("\nchecks:", $"\n  - {block}\nchecks:"), expected);

    private static void Again(AgentConfig config)
    {
        var again = Sample.Valid(ConfigText.Render(config));
        Assert.Equal(config.FloatingIp, again.FloatingIp);
        Assert.Equal(config.Nodes.AsEnumerable(), again.Nodes);
        Assert.Equal(config.Hash, again.Hash);
    }

    private static void Says(string file, string expected)
    {
        var errors = Assert.IsType<ConfigResult.Invalid>(ConfigReader.ReadText(file, "f.yaml", "haproxy-1")).Errors;
        Assert.True(errors.Any(e => e.ToString().Contains(expected, StringComparison.Ordinal)), $"{string.Join('\n', errors)}\nhas no: {expected}");
    }
}
