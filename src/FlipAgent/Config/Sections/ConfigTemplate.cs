using System.Collections.Immutable;
using System.Net;
using System.Text;
using FlipAgent.Config.Yaml;
using FlipAgent.Naming;

namespace FlipAgent.Config.Sections;

/// <summary>
/// A first configuration file, with every key in it and what each is for, the optional ones behind a #. <c>flipagentctl init</c> writes it, and the
/// package ships it as the example.
/// </summary>
public static class ConfigTemplate
{
    public static readonly ImmutableArray<NodeConfig> ReferenceNodes =
    [
        new("haproxy-1", IPAddress.Parse("10.110.0.2"), 3164444, 150),
        new("haproxy-2", IPAddress.Parse("10.110.0.3"), 3164445, 100),
    ];

    /// <summary>The file for these nodes; without arguments, for the reference cluster.</summary>
    /// <param name="nodes">In order of preference; at least one.</param>
    /// <param name="cloud">Whose machines they are; null: DigitalOcean.</param>
    /// <param name="lease">With the section for a lease in etcd, whose members are to be filled in.</param>
    public static string Text(
        string cluster = "web-lb", ImmutableArray<NodeConfig>? nodes = null, string floatingIp = "203.0.113.10", CloudVendor? cloud = null, bool lease = false)
    {
        var all = nodes ?? ReferenceNodes;
        var vendor = cloud ?? CloudVendor.DigitalOcean;
        ArgumentOutOfRangeException.ThrowIfZero(all.Length);
        var lines = new StringBuilder();
        foreach (var n in all)
            lines.Append($"  - {ConfigText.Node(n, vendor)}\n");
        return Form
            .Replace("@CLUSTER@", YamlText.Quote(cluster))
            .Replace("@NODES@\n", lines.ToString())
            .Replace("@LEASE@", lease ? Lease : NoLease)
            .Replace("@NODE@", YamlText.Quote(all[0].Name))
            .Replace("@IP@", YamlText.Quote(floatingIp))
            .Replace("@PROVIDER@", vendor.Name)
            .Replace("@TOKEN@", $"{vendor.TokenFile,-16} # {vendor.TokenNote}")
            .Replace("@API@", vendor.Api?.GetLeftPart(UriPartial.Authority) ?? "");
    }

    private const string NoLease =
        """
          # lease: {etcd: ["https://10.110.0.5:2379"]}   # a node is master only while it holds a lease there: flipagentctl init --lease etcd, docs/lease.md
        """;

    private const string Lease =
        """
          lease:                        # a node is master only while it holds this: docs/lease.md
            etcd: []                    # FILL IN: every member, such as ["https://10.110.0.5:2379", "https://10.110.0.6:2379", "https://10.110.0.7:2379"]
            ttl: 5s                     # 2s .. 60s without a renewal
            prefix: /flipagent
            ca_file: /etc/flipagent/etcd-ca.pem              # the authority of etcd's certificates
            # cert_file: /etc/flipagent/etcd-client.pem      # where etcd wants a client certificate
            # cert_key_file: /etc/flipagent/etcd-client.key
            username: flipagent         # with the right to read and write below the prefix
            password_file: /etc/flipagent/etcd-password
        """;

    private const string Form =
        """
        # FlipAgent. The same file on every node; check it with: flipagentctl config check
        # Times are 800ms, 1s, 2m, 1h. ${NAME} and ${NAME:-default} take a value from the environment, $$ is a dollar.
        # All keys, defaults and ranges: man flipagent.yaml

        cluster: @CLUSTER@                 # the same on all nodes; adverts of other clusters are dropped

        nodes:                          # all nodes, in order of preference
        @NODES@
        # node: @NODE@               # who am I; default: the node whose address is on this machine, else the host name

        election:
          # transport: udp
          # port: 5112                  # let UDP at this port pass between the nodes
          # multicast: 239.255.51.12    # default: unicast to the addresses above (DigitalOcean carries no multicast)
          # interval: 1s                # 10ms .. 40s between two adverts
          # preempt: false              # true: a recovered node of higher priority takes over again, one more move
          # preempt_delay: 30s          # how long it must have been better, without a break
          # startup_delay: 0s           # listen at least this long after a start
          key_file: /etc/flipagent/cluster.key        # flipagentctl keygen; the same on all nodes
        @LEASE@

        floating_ip:
          provider: @PROVIDER@      # digitalocean | hetzner | exec (a program asks any other cloud)
          address: @IP@
          #                             # or addresses: [@IP@, "2001:db8::1"], which move together
          token_file: /etc/flipagent/@TOKEN@
          # guard: http://@IP@:8001/haproxy_check   # or tcp://@IP@:8001, or off
          #                             # default: the first http or tcp check, asked through the floating IP
          # guard_timeout: 400ms
          #                             # with exec: command: [/usr/lib/flipagent/providers/aws]
          # api_url: @API@
          # metadata_url: http://169.254.169.254
          # https_proxy: http://proxy.example.com:3128   # default: none; a proxy of the environment is not used
          # on_foreign_move: alert      # alert | reclaim: somebody moved the floating IP to a droplet that is none of the nodes

        checks:                         # a node is fit while all of them are up
          - {name: haproxy, process: {unit: haproxy.service}}
          - {name: site, http: "http://127.0.0.1:8001/haproxy_check"}
          # - {name: stats, haproxy: {socket: /run/haproxy/admin.sock}}
          # - {name: port, tcp: "127.0.0.1:8001"}                # does not see a HAProxy that hangs
          # - {name: own, exec: [/usr/local/bin/check-site, --fast]}
          # Each may have: interval: 1s, timeout: 800ms, rise: 2, fall: 2, weight: 0
          # all but process: fast_interval: 250ms, between two looks after a failure while it is up
          # process: restart_grace: 1s, standby: hot | cold
          # http:    expect: 200, host: NAME, sni: NAME, tls_verify: true, proxy_protocol: v2

        alerts:
          - slack: {webhook_url_file: /etc/flipagent/slack-webhook}
          # - webhook: {url: "https://alerts.example.com/flipagent", hmac_key_file: /etc/flipagent/webhook.key}
          # - webhook: {url_file: /etc/flipagent/webhook-url}    # when the URL is a secret
          # - exec: [/usr/local/bin/page-me]
          #   timeout: 5s
          # - heartbeat: {url_file: /etc/flipagent/heartbeat-url, every: 1m}   # fetched while the cluster is well
          # - email: {to: ops@example.com, program: /usr/bin/msmtp}  # why not sendmail: docs/alerts.md
          # any of them: runbook_url: "https://wiki.example.com/flipagent#{event}"

        # control:
        #   socket: /run/flipagent/control.sock   # default: RUNTIME_DIR/control.sock
        #   http: 127.0.0.1:9166        # status page, /metrics, /healthz; off by default
        # runtime_dir: /run/flipagent
        # state_dir: /var/lib/flipagent

        """;
}
