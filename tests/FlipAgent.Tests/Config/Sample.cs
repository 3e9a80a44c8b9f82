using System.Net;
using FlipAgent.Config;
using FlipAgent.Config.Sections;

namespace FlipAgent.Tests.Config;

/// <summary>Configuration files for the tests, and a machine to read them on that is the same everywhere.</summary>
internal static class Sample
{
    /// <summary>Nothing but what must be there.</summary>
    public const string Minimal =
        """
        cluster: web-lb
        nodes:
          - {name: haproxy-1, address: 10.110.0.2, droplet_id: 3164444, priority: 150}
          - {name: haproxy-2, address: 10.110.0.3, droplet_id: 3164445, priority: 100}
        election:
          key_file: /etc/flipagent/cluster.key
        floating_ip:
          provider: digitalocean
          address: 203.0.113.10
          token_file: /etc/flipagent/do-token
        checks:
          - {name: haproxy, process: {unit: haproxy.service}}
          - {name: site, http: "http://127.0.0.1:8001/haproxy_check"}
        """;

    /// <summary>One of everything, nothing at its default.</summary>
    public const string Complete =
        """
        cluster: blue
        node: lb.two
        nodes:
          - {name: lb_one, address: 10.0.0.1, droplet_id: 5000000001, priority: 254}
          - name: lb.two
            address: 10.0.0.2
            droplet_id: 2
            priority: 1
        election:
          transport: udp
          port: 6000
          multicast: 239.255.51.12
          interval: 250ms
          preempt: true
          preempt_delay: 1.5m
          takeback_delay: 20s
          startup_delay: 2s
          key_file: cluster.key
          lease:
            etcd: ["https://10.0.0.5:2379", "https://etcd.example.com:443"]
            ttl: 10s
            prefix: /lb/flip
            ca_file: etcd-ca.pem
            cert_file: etcd.pem
            cert_key_file: etcd.key
            username: flip
            password_file: etcd-password
        floating_ip:
          provider: digitalocean
          address: 203.0.113.10
          token_file: do-token
          guard: https://203.0.113.10:8443/live?x=1
          guard_timeout: 250ms
          api_url: http://127.0.0.1:9000/do
          metadata_url: http://127.0.0.1:9001
          on_foreign_move: reclaim
        checks:
          - {name: unit, process: {unit: haproxy}, restart_grace: 2s, standby: cold}
          - {name: pid, process: {pid_file: /run/haproxy.pid}, interval: 100ms, timeout: 50ms, rise: 3, fall: 1, weight: -20}
          - {name: comm, process: {name: haproxy}}
          - {name: port, tcp: "[::1]:8001", weight: 5, fast_interval: 50ms}
          - name: site
            http: https://127.0.0.1:8443/haproxy_check
            expect: [200, 401]
            host: www.example.com
            sni: tls.example.com
            tls_verify: false
            proxy_protocol: v2
          - {name: stats, haproxy: {socket: /run/haproxy/admin.sock}}
          - {name: own, exec: [/usr/local/bin/check, "two words", $$HOME]}
        alerts:
          - slack: {webhook_url_file: slack-webhook}
          - webhook: {url: "https://alerts.example.com/a", hmac_key_file: hook.key}
          - webhook: {url_file: hook-url}
          - exec: [/usr/local/bin/page, "me"]
            timeout: 3s
          - heartbeat: {url_file: beat-url, every: 5m}
          - email: {to: [ops@example.com, root], from: flipagent@example.com, program: /usr/bin/msmtp}
            timeout: 20s
            runbook_url: "https://wiki.example.com/flipagent#{event}"
        control:
          socket: /tmp/flip.sock
          http: 127.0.0.1:9166
          http_hosts: [lb1.example.com, lb.example.org]
        runtime_dir: /tmp/run
        state_dir: /tmp/state
        """;

    /// <summary>haproxy-1's machine: its address, nobody's host name, no variables.</summary>
    public static Surroundings Machine(string address = "10.110.0.2", string hostName = "somewhere", params (string Name, string Value)[] variables) => new(
        name => variables.Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault(),
        a => a.Equals(IPAddress.Parse(address)) || IPAddress.IsLoopback(a),
        hostName);

    public static AgentConfig Valid(string text, string? node = null, Surroundings? machine = null) =>
        Assert.IsType<ConfigResult.Valid>(Read(text, node, machine), exactMatch: true).Config;

    public static string[] Errors(string text, string? node = null, Surroundings? machine = null) =>
        Read(text, node, machine) is ConfigResult.Invalid invalid ? [.. invalid.Errors.Select(e => e.ToString())] : [];

    private static ConfigResult Read(string text, string? node, Surroundings? machine)
    {
        var result = ConfigReader.ReadText(text, "f.yaml", node, machine ?? Machine());
        return result;
    }
}
