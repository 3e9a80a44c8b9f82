using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Why a keyword of keepalived's is not in the draft. Three kinds: not needed any more, done in another way, or really gone; only the last should
/// make a reader stop.
/// </summary>
internal static class NotImported
{
    private const string Interface = "not needed: the cloud moves the address, so nothing is set up on the interface";
    private const string Mail = "not imported: no mail is sent; see alerts in docs/configuration.md";
    private const string Security = "not needed: checks run as the agent's user and without a shell";
    private const string Ipvs = "not imported: FlipAgent has no IPVS load balancer";
    private const string Hook = "not imported: for actions of your own, alerts: - exec: [PROGRAM] is run for every event";

    /// <summary>By keyword; a keyword that ends in * stands for all that begin so.</summary>
    private static readonly (string Keyword, string Reason)[] Reasons =
    [
        ("interface", "not needed: adverts go to the nodes' addresses by the routing table"),
        ("unicast_ttl", "not needed: every advert is signed, with the sender's address in it"),
        ("check_unicast_src", "not needed: only configured nodes are listened to"),
        ("vrrp_check_unicast_src", "not needed: only configured nodes are listened to"),
        ("version", "not needed: adverts are FlipAgent's own, over UDP"),
        ("vrrp_version", "not needed: adverts are FlipAgent's own, over UDP"),
        ("mcast_src_ip", "not imported: adverts go from node to node; see election.multicast for other networks"),
        ("vrrp_mcast_group*", "not imported: adverts go from node to node; see election.multicast for other networks"),
        ("timer_expired_backup", "not needed: a node that woke up late always listens before it acts"),
        ("thread_timer_expired", "not needed: a node that woke up late always listens before it acts"),
        ("down_timer_adverts", "not imported: silence is three adverts and a skew, on every node"),
        ("virtual_routes", Interface), ("virtual_rules", Interface), ("virtual_ipaddress_excluded", Interface), ("no_virtual_ipaddress", Interface),
        ("use_vmac*", Interface), ("vmac_*", Interface), ("use_ipvlan", Interface), ("garp_*", Interface), ("vrrp_garp*", Interface),
        ("vrrp_gna*", Interface), ("vrrp_min_garp", Interface), ("promote_secondaries", Interface), ("accept", Interface), ("no_accept", Interface),
        ("nftables*", Interface), ("vrrp_iptables", Interface), ("vrrp_ipsets", Interface), ("static_*", Interface),
        ("notification_email*", Mail), ("smtp_*", Mail), ("no_email_faults", Mail), ("email_faults", Mail),
        ("script_user", Security), ("enable_script_security", Security), ("user", Security), ("script_security", Security),
        ("virtual_server*", Ipvs), ("lvs_*", Ipvs), ("checker*", Ipvs), ("SSL", Ipvs),
        ("vrrp_sync_group", "not imported: an agent looks after one floating IP; a second one needs a second agent (flipagent@.service)"),
        ("track_interface", "not imported: a node that others do not hear, or that cannot reach the API, is ranked last anyway"),
        ("track_file", "not imported: for maintenance use flipagentctl maintenance on; for anything else an exec check"),
        ("vrrp_track_file", "not imported: for maintenance use flipagentctl maintenance on; for anything else an exec check"),
        ("track_bfd", "not imported: the guard through the floating IP is the second opinion"),
        ("bfd_instance", "not imported: the guard through the floating IP is the second opinion"),
        ("notify*", Hook), ("vrrp_notify*", Hook), ("startup_script", Hook), ("shutdown_script", Hook),
        ("vrrp_strict", "not needed"), ("strict_mode", "not needed"), ("vrrp_skip_check_adv_addr", "not needed"),
        ("dont_track_primary", "not needed"),
        ("dynamic_interfaces", "not needed"), ("process_names", "not needed"), ("debug", "not needed"), ("skip_check_adv_addr", "not needed"),
        ("vrrp_rt_priority", "not needed: the systemd unit sets it"), ("vrrp_priority", "not needed: the systemd unit sets it"),
        ("vrrp_no_swap", "not needed: the systemd unit sets it"), ("vrrp_cpu_affinity", "not needed: the systemd unit sets it"),
        ("net_namespace*", "not imported: set NetworkNamespacePath= in a drop-in of the unit"),
        ("instance", "not imported: see flipagent@.service for several agents on one host"),
    ];

    public static void Note(Statement statement, Notes notes, string where = "")
    {
        // Nothing behind the keyword is repeated: it may be a password.
        var shown = Echo.Mask(statement.Keyword.Length > 40 ? statement.Keyword[..40] : statement.Keyword);
        notes.Add(statement, $"{where}{shown}: {ReasonFor(statement.Keyword)}");
    }

    private static string ReasonFor(string keyword)
    {
        foreach (var (known, reason) in Reasons)
            if (known == keyword || (known.EndsWith('*') && keyword.StartsWith(known[..^1], StringComparison.Ordinal)))
                return reason;
        return "not imported: FlipAgent has nothing like it";
    }
}
