using System.Diagnostics;
using System.Globalization;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>
/// The story that made FlipAgent: a partition, a move, a heal. The same script against FlipAgent and against keepalived with a notify script; one
/// ends with the address at the master, the other with the address on the wrong side of a mended bridge. docs/stranded-ip.md tells both.
/// </summary>
[Collection(OneAfterTheOther.Name)]
public class StrandedAddressTests(TestGround ground)
{
    private readonly Stopwatch _clock = new();
    private readonly List<string> _timeline = [];

    [NetFact]
    public async Task F22_After_a_partition_FlipAgent_has_role_and_holder_agree_within_5_s_of_the_heal()
    {
        // The defaults of the configuration file: T is 1 s. No guard, so that the address does move.
        await using var cluster = await NamespaceCluster.Start(ground, new() { Guard = false, IntervalMs = 1000 });
        Begin("haproxy-1 is master and holds the address");
        cluster.Partition();
        Note("partition: the nodes do not hear each other, both reach the cloud");
        await Until.True(async () => await cluster.Lab.Holder() == cluster[2].Droplet, cluster.Describe);
        Note("the address is at haproxy-2, which took over");
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "backup", cluster.Describe);
        Note("haproxy-1 saw the address leave and is backup");
        await Task.Delay(TimeSpan.FromSeconds(3));

        var before = await cluster.Assigns();
        cluster.Heal();
        Note("the partition heals");
        await cluster.Settled(2, seconds: 5);
        Note("both say that haproxy-2 is master, and it holds the address");
        await Until.Stays(() => cluster.IsSettled(2), "role and holder agree", 5);
        Note($"still so 5 s later; assigns since the heal: {await cluster.Assigns() - before}");
        await cluster.CheckAssigns(before + 1);
        await cluster.Audit(2, most: before + 1, least: 1);
        Publish("flipagent");
    }

    [NetFact]
    public async Task F22_After_a_partition_keepalived_leaves_the_address_stranded_on_the_backup()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        using var first = new KeepalivedNode(cluster, cluster[1], cluster[2], 150);
        using var second = new KeepalivedNode(cluster, cluster[2], cluster[1], 100);
        await Until.True(() => Task.FromResult(first.State == "MASTER" && second.State == "BACKUP"), () => Task.FromResult(first.Log + second.Log));
        Begin("haproxy-1 is MASTER and holds the address");
        cluster.Partition();
        Note("partition: the nodes do not hear each other, both reach the cloud");
        await Until.True(() => Task.FromResult(second.State == "MASTER"), () => Task.FromResult(second.Log));
        Note($"haproxy-2 is MASTER and runs its notify script; haproxy-1 is still {first.State}");
        await Until.True(async () => await cluster.Lab.Holder() == cluster[2].Droplet, cluster.Describe);
        Note("the address is at haproxy-2");
        await Task.Delay(TimeSpan.FromSeconds(3));

        var before = await cluster.Assigns();
        cluster.Heal();
        Note("the partition heals");
        await Until.True(() => Task.FromResult(second.State == "BACKUP"), () => Task.FromResult(second.Log));
        Note($"haproxy-2 hears the higher priority and is BACKUP; haproxy-1 is {first.State}, and was all the time: no edge, no script");
        await Until.Stays(async () => await cluster.Lab.Holder() == cluster[2].Droplet, "the address is stranded", 10);
        Note($"10 s later: MASTER is haproxy-1, the address is at haproxy-2; assigns since the heal: {await cluster.Assigns() - before}");
        Assert.Equal(("MASTER", "BACKUP", cluster[2].Droplet), (first.State, second.State, await cluster.Lab.Holder()));
        Publish("keepalived");
    }

    private void Begin(string what)
    {
        _clock.Restart();
        Note(what);
    }

    private void Note(string what) => _timeline.Add(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {what}"));

    private void Publish(string who)
    {
        var folder = Directory.CreateDirectory(Repository.PathOf("out/test")).FullName;
        File.WriteAllLines(Path.Combine(folder, $"stranded-{who}.txt"), _timeline);
    }
}

/// <summary>
/// Real keepalived on one node, set up as the well-known tutorial does it (unicast, a process check, a notify script that asks the metadata service
/// and then the API): what FlipAgent is compared with.
/// </summary>
internal sealed class KeepalivedNode : IDisposable
{
    private readonly OwnedProcess _daemon;
    private readonly string _states;

    public KeepalivedNode(NamespaceCluster cluster, Node node, Node peer, int priority)
    {
        var folder = node.Folder;
        _states = Path.Combine(folder, "states");
        var token = Path.Combine(folder, "do-token");
        Script(Path.Combine(folder, "state.sh"), $"echo \"$1\" >>{_states}\n");
        Script(Path.Combine(folder, "check.sh"), $"kill -0 \"$(cat {node.PidFile})\"\n");
        Script(Path.Combine(folder, "master.sh"), KeepalivedScript.Master(node, _states, token));
        var config = Path.Combine(folder, "keepalived.conf");
        File.WriteAllText(config, $$"""
            global_defs {
                router_id {{node.Name}}
                script_user root
            }
            vrrp_script chk_haproxy {
                script {{Path.Combine(folder, "check.sh")}}
                interval 2
            }
            vrrp_instance VI_1 {
                interface eth1
                state {{(priority > 100 ? "MASTER" : "BACKUP")}}
                priority {{priority}}
                virtual_router_id 33
                advert_int 1
                unicast_src_ip {{node.Address}}
                unicast_peer {
                    {{peer.Address}}
                }
                authentication {
                    auth_type PASS
                    auth_pass password
                }
                track_script {
                    chk_haproxy
                }
                notify_master {{Path.Combine(folder, "master.sh")}}
                notify_backup "{{Path.Combine(folder, "state.sh")}} BACKUP"
                notify_fault "{{Path.Combine(folder, "state.sh")}} FAULT"
            }

            """);
        _daemon = new(new() { Network = node.Network, Log = Path.Combine(folder, "keepalived.log") }, "keepalived", "--dont-fork", "--vrrp", "--log-console", "--log-detail", "--use-file", config,
            "--pid", Path.Combine(folder, "keepalived.pid"), "--vrrp_pid", Path.Combine(folder, "vrrp.pid"));
    }

    /// <summary>The last state that keepalived told its scripts.</summary>
    public string State => File.Exists(_states) ? File.ReadLines(_states).LastOrDefault() ?? "" : "";

    public string Log => _daemon.Output;

    public void Dispose()
    {
        // The parent stops its child; killed, it would leave it behind.
        _daemon.Send(Signal.Term);
        _ = _daemon.WaitForExit(TimeSpan.FromSeconds(10));
        _daemon.Dispose();
    }

    private static void Script(string path, string body)
    {
        File.WriteAllText(path, "#!/bin/sh\n" + body);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_000_000);
    }
}
