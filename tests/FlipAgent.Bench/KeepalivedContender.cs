using System.Globalization;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>
/// Real keepalived, set up as the well-known tutorial for HAProxy and a floating IP does it: unicast, a script that looks for the process, and a notify script that
/// asks the metadata service whether the address is here and otherwise assigns it, ten times with 3 s between. Better than there: the process is looked at each
/// second and not each 2 s, and a second script asks HAProxy for a page, which alone sees a hang.
/// </summary>
internal sealed class KeepalivedContender(int advertMs) : Contender("keepalived", advertMs)
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<int, OwnedProcess> _daemons = [];

    public override void Prepare(Ground ground, int nodes)
    {
        _nodes.AddRange(Enumerable.Range(1, nodes).Select(n => ground[n]));
        foreach (var node in _nodes)
            Prepare(node);
    }

    public override void Start(int node)
    {
        var n = _nodes[node - 1];
        File.Delete(PidFile(n));
        _daemons[node] = new(new() { Network = n.Network, Log = Path.Combine(n.Folder, "keepalived.log") }, "keepalived", "--dont-fork", "--vrrp", "--log-console", "--log-detail",
            "--use-file", Path.Combine(n.Folder, "keepalived.conf"), "--pid", Path.Combine(n.Folder, "keepalived.pid"), "--vrrp_pid", PidFile(n));
    }

    public override Task<bool> IsFormed() => Task.FromResult(_nodes.All(n => State(n) == (n.Number == 1 ? "MASTER" : "BACKUP")));

    public override async Task Stop(int node)
    {
        if (!_daemons.Remove(node, out var daemon))
            return;
        // The parent stops its child; killed, it would leave it behind.
        daemon.Send(Signal.Term);
        await daemon.WaitForExitAsync(TimeSpan.FromSeconds(10));
        daemon.Dispose();
    }

    public override void Kill(int node)
    {
        if (!_daemons.Remove(node, out var daemon))
            return;
        var pids = Pids(daemon, _nodes[node - 1]);
        // The parent must not start the child again, nor the child say goodbye for the parent.
        daemon.Send(Signal.Stop);
        foreach (var pid in pids.Skip(1))
            Signals.TrySend(pid, Signal.Kill);
        daemon.Dispose();
    }

    public override void Send(int node, Signal signal)
    {
        foreach (var pid in Pids(node))
            Signals.TrySend(pid, signal);
    }

    public override IReadOnlyList<int> Pids(int node) => _daemons.TryGetValue(node, out var daemon) ? Pids(daemon, _nodes[node - 1]) : [];

    public override Task<bool> IsReady(int node) => Task.FromResult(Log(node).Contains("Entering BACKUP STATE", StringComparison.Ordinal));

    public override string Log(int node) => Path.Combine(_nodes[node - 1].Folder, "keepalived.log") is var log && File.Exists(log) ? File.ReadAllText(log) : "";

    public override void Dispose()
    {
        foreach (var node in _daemons.Keys.ToArray())
            Kill(node);
        base.Dispose();
    }

    private static string PidFile(Node node) => Path.Combine(node.Folder, "vrrp.pid");

    private static List<int> Pids(OwnedProcess daemon, Node node) =>
        File.Exists(PidFile(node)) && int.TryParse(File.ReadAllText(PidFile(node)), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var child)
            ? [daemon.Id, child]
            : [daemon.Id];

    private static string State(Node node) =>
        Path.Combine(node.Folder, "states") is var states && File.Exists(states) ? File.ReadLines(states).LastOrDefault() ?? "" : "";

    private void Prepare(Node node)
    {
        var token = Path.Combine(node.Folder, "do-token");
        File.WriteAllText(token, Ground.Token);
        var states = Path.Combine(node.Folder, "states");
        Script(node, "state.sh", $"echo \"$1\" >>{states}\n");
        Script(node, "process.sh", $"kill -0 \"$(cat {node.PidFile})\"\n");
        Script(node, "page.sh", $"exec curl -sf -m 0.4 -o /dev/null http://127.0.0.1:{NamespaceNetwork.ServicePort}/haproxy_check\n");
        Script(node, "master.sh", KeepalivedScript.Master(node, states, token));
        File.WriteAllText(Path.Combine(node.Folder, "keepalived.conf"), Config(node));
    }

    private string Config(Node node) => $$"""
        global_defs {
            router_id {{node.Name}}
            script_user root
            {{(AdvertMs < 1000 ? "vrrp_version 3" : "")}}
        }
        vrrp_script process {
            script {{Path.Combine(node.Folder, "process.sh")}}
            interval 1
        }
        vrrp_script page {
            script {{Path.Combine(node.Folder, "page.sh")}}
            interval 1
            fall 2
        }
        vrrp_instance VI_1 {
            interface eth1
            state {{(node.Number == 1 ? "MASTER" : "BACKUP")}}
            priority {{(node.Number == 1 ? 200 : 100)}}
            virtual_router_id 33
            advert_int {{string.Create(CultureInfo.InvariantCulture, $"{AdvertMs / 1000.0:0.##}")}}
            unicast_src_ip {{node.Address}}
            unicast_peer {
                {{string.Join("\n        ", _nodes.Where(n => n != node).Select(n => n.Address))}}
            }
            # keepalived wants one; the floating IP itself is on no interface.
            virtual_ipaddress {
                10.78.0.100/32 dev lo
            }
            track_script {
                process
                page
            }
            notify_master {{Path.Combine(node.Folder, "master.sh")}}
            notify_backup "{{Path.Combine(node.Folder, "state.sh")}} BACKUP"
            notify_fault "{{Path.Combine(node.Folder, "state.sh")}} FAULT"
        }

        """;

    private static void Script(Node node, string name, string body)
    {
        var path = Path.Combine(node.Folder, name);
        File.WriteAllText(path, "#!/bin/sh\n" + body);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_000_000);
    }
}
