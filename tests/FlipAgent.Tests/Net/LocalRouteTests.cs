using System.Net;
using FlipAgent.Cloud;
using FlipAgent.Ctl;
using FlipAgent.Harness;
using FlipAgent.Net;
using FlipAgent.Tests.Config;
using FlipAgent.Tests.Ctl;

namespace FlipAgent.Tests.Net;

/// <summary>Whether the kernel would deliver a packet here, and what that means for the guard: a probe that never leaves the machine sees no other node.</summary>
public sealed class LocalRouteTests
{
    private static readonly IPAddress s_floatingIp = IPAddress.Parse("203.0.113.10");

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.0.2.1", false)]
    public void Loopback_is_here_and_a_documentation_address_is_not(string address, bool here) => Assert.Equal(here, LocalRoute.Leads(IPAddress.Parse(address)));

    [NamespaceFact]
    public void Addresses_of_interfaces_and_whole_networks_that_are_routed_to_lo_are_here_while_they_are() => NetworkNamespace.RunInNew(() =>
    {
        Shell.Must("ip", "link", "add", "near", "type", "veth", "peer", "name", "far");
        Shell.Must("ip", "addr", "add", "10.9.0.1/24", "dev", "near");
        Shell.Must("ip", "-6", "addr", "add", "fd00:5112::1/64", "dev", "near", "nodad");
        Shell.Must("ip", "link", "set", "far", "up");
        Shell.Must("ip", "link", "set", "near", "up");
        Assert.Equal([true, false, false], Here("10.9.0.1", "10.9.0.2", "203.0.113.10"));
        Assert.Equal([true, true, false, false], Here("::1", "fd00:5112::1", "fd00:5112::2", "2001:db8::1"));
        Shell.Must("ip", "route", "add", "default", "via", "10.9.0.2");
        Assert.Equal([false], Here("203.0.113.10"));
        Shell.Must("ip", "addr", "add", "203.0.113.10/32", "dev", "lo");
        Assert.Equal([true, false], Here("203.0.113.10", "203.0.113.11"));
        Shell.Must("ip", "addr", "del", "203.0.113.10/32", "dev", "lo");
        Assert.Equal([false], Here("203.0.113.10"));
        Shell.Must("ip", "route", "add", "local", "203.0.113.0/24", "dev", "lo");
        Assert.Equal([true, true], Here("203.0.113.10", "203.0.113.11"));
    });

    [NamespaceFact]
    public void A_target_on_this_machine_is_no_witness() => NetworkNamespace.RunInNew(() =>
    {
        Assert.Null(GuardTarget.Blindness(s_floatingIp, s_floatingIp));
        Shell.Must("ip", "addr", "add", "203.0.113.10/32", "dev", "lo");
        Assert.Equal("it asks 203.0.113.10, which is an address of this machine", GuardTarget.Blindness(s_floatingIp, s_floatingIp));
    });

    /// <summary>The demo: a floating IP in 127.0.0.0/8 means that all nodes are on one machine. Elsewhere a loopback target is a mistake.</summary>
    [Theory]
    [InlineData("127.0.0.1", "203.0.113.10", true)]
    [InlineData("::1", "203.0.113.10", true)]
    [InlineData("127.77.0.100", "127.77.0.100", false)]
    [InlineData("127.0.0.1", "127.77.0.100", false)]
    public void Loopback_is_a_witness_only_of_a_cluster_on_loopback(string target, string floatingIp, bool blind) =>
        Assert.Equal(blind, GuardTarget.Blindness(IPAddress.Parse(target), IPAddress.Parse(floatingIp)) is not null);

    [NamespaceFact]
    public void Config_check_warns_on_the_machine_that_has_the_address_and_only_there() => NetworkNamespace.RunInNew(() =>
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("flipagent-check-").FullName, "flipagent.yaml");
        File.WriteAllText(file, Sample.Minimal);
        const string warning = "warning: floating_ip.guard counts as off on this machine, because it asks 203.0.113.10, which is an address of this machine: "
            + "it would reach the own HAProxy and not the master's\n";
        Assert.DoesNotContain("guard", Check());
        Shell.Must("ip", "addr", "add", "203.0.113.10/32", "dev", "lo");
        Assert.Contains(warning, Check());
        File.WriteAllText(file, Sample.Minimal.Replace("  provider", "  guard: off\n  provider"));
        Assert.DoesNotContain("counts as off", Check());
        File.WriteAllText(file, Sample.Minimal.Replace("  provider", "  guard: http://127.0.0.1:8001/x\n  provider"));
        Assert.Single(Check().Split('\n'), line => line.Contains("guard"));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

        string Check()
        {
            var terminal = CtlRun.Plain();
            new FileVerbs(terminal).ConfigCheck(file, "haproxy-1");
            return terminal.Error.ToString()!;
        }
    });

    private static List<bool?> Here(params string[] addresses) => [.. addresses.Select(address => LocalRoute.Leads(IPAddress.Parse(address)))];
}
