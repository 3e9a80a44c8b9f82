using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Why a keyword of keepalived's is not in the draft. Three kinds: not needed any more, done in another way, or really gone; only the last should
/// make a reader stop.
/// </summary>
internal static class NotImported
{
    private const string Interface = "not needed: the cloud moves the address, so nothing is set up on the interface";
    private const string Network = "not imported: keepalived takes it away when it ends; what is still needed belongs into the network configuration of every node";
    private const string Mail = "not imported: no mail is sent; see alerts in docs/configuration.md";
    private const string Ipvs = "not imported: FlipAgent has no IPVS load balancer";
    private const string Hook = "not imported: for actions of your own, alerts: - exec: [PROGRAM] is run for every event";
    private const string Process = "not needed: the systemd unit sets priority, memory and limits of the agent";
    private const string Wire = "not needed: adverts are FlipAgent's own, over UDP, signed and numbered";
    private const string Source = "not needed: only configured nodes are listened to";
    private const string Multicast = "not imported: adverts go from node to node; see election.multicast for other networks";
    private const string Late = "not needed: a node that woke up late always listens before it acts";
    private const string Bfd = "not imported: the guard through the floating IP is the second opinion";
    private const string File = "not imported: no check reads a number from a file; for maintenance use flipagentctl maintenance on; where a file takes the node " +
        "out of service by being there, exec: [/usr/bin/test, \"!\", -e, /PATH]";
    private const string Reload = "not needed: a reload checks the file first, and changes nothing when it is not valid";
    private const string Status = "not imported: see flipagentctl status --json and the metrics in docs/cli.md";
    private const string Two = "not imported: FlipAgent settles two masters by term and rank, and says so in an event";
    private const string Namespace = "not imported: set NetworkNamespacePath= in a drop-in of the unit";
    private const string Several = "not imported: see flipagent@.service for several agents on one host";
    private const string Members =
        "not imported: a node that others do not hear, or that cannot reach the API, is ranked last anyway; an exec check can look at an interface";

    /// <summary>By keyword; a keyword that ends in * stands for all that begin so. The first that fits counts.</summary>
    private static readonly (string Keyword, string Reason)[] s_reasons =
    [
        ("interface", "not needed: adverts go to the nodes' addresses by the routing table"),
        ("vrf", "not imported: adverts go by the routing table; set the VRF by a drop-in of the unit (ip vrf exec)"),
        ("default_interface", Interface), ("unicast_ttl", Wire), ("check_unicast_src", Source), ("vrrp_check_unicast_src", Source),
        ("unicast_fault_no_peer", Source), ("version", Wire), ("vrrp_version", Wire), ("native_ipv6", Wire), ("old_unicast_checksum", Wire),
        ("v3_checksum_as_v2", Wire), ("skip_check_adv_addr", Wire), ("vrrp_skip_check_adv_addr", Wire), ("strict_mode", Wire), ("vrrp_strict", Wire),
        ("log_unknown_vrids", "not needed: adverts that are refused are counted and shown in flipagentctl status, with the reason"),
        ("mcast_src_ip", Multicast), ("mcast_dst_ip", Multicast), ("vrrp_mcast_group*", Multicast), ("disable_local_igmp", Multicast),
        ("track_src_ip", Members), ("timer_expired_backup", Late), ("thread_timer_expired", Late),
        ("down_timer_adverts", "not imported: silence is three adverts and a skew, on every node"),
        ("vrrp_down_timer_adverts", "not imported: silence is three adverts and a skew, on every node"),
        ("lower_prio_no_advert", Two), ("higher_prio_send_advert", Two), ("owner_ignore_adverts", Two), ("vrrp_lower_prio_no_advert", Two),
        ("vrrp_higher_prio_send_advert", Two), ("vrrp_owner_ignore_adverts", Two),
        ("vrrp_startup_delay", "not imported: no time in seconds; see election.startup_delay"),
        ("vrrp_delay_after_boot", "not imported: see election.startup_delay, which counts from the agent's start"),
        ("virtual_routes", Network), ("virtual_rules", Network), ("no_virtual_ipaddress", Interface),
        ("use_vmac*", Interface), ("vmac_*", Interface), ("use_ipvlan", Interface), ("garp_*", Interface), ("vrrp_garp*", Interface),
        ("vrrp_gna*", Interface), ("gna_interval", Interface), ("interfaces", Interface),
        ("vrrp_min_garp", Interface), ("vrrp_vmac*", Interface), ("promote_secondaries", Interface), ("accept", Interface),
        ("no_accept", Interface), ("nftables*", Interface), ("vrrp_nftables*", Interface), ("vrrp_iptables", Interface), ("vrrp_ipsets", Interface),
        ("namespace_with_ipsets", Interface), ("static_*", Network), ("track_group", Interface), ("iproute_*", Interface),
        ("dont_track_primary", Members), ("track_interface", Members), ("linkbeat_*", Members), ("interface_up_down_delays", Members),
        ("notification_email*", Mail), ("smtp_*", Mail), ("no_email_faults", Mail), ("email_faults", Mail), ("no_checker_emails", Mail),
        ("user", "not needed: no script is run"), ("script_security", "not needed: no script is run"),
        ("virtual_server*", Ipvs), ("lvs_*", Ipvs), ("checker*", Ipvs), ("SSL", Ipvs), ("rs_init_notifies", Ipvs), ("nftables_ipvs*", Ipvs),
        ("snmp_*", Status), ("enable_snmp*", Status), ("enable_traps", Status), ("enable_dbus", Status), ("dbus_*", Status), ("json_*", Status),
        ("data_use_instance", Status), ("state_dump_file", Status), ("stats_dump_file", Status),
        ("track_file", File), ("vrrp_track_file", File), ("track_bfd", Bfd), ("bfd_instance", Bfd), ("bfd_*", Bfd),
        ("global_tracking", "not needed: what a group tracks counts for the imported instance"),
        ("sync_group_tracking_weight", "not needed: weights of the imported instance are kept"),
        ("notify*", Hook), ("vrrp_notify*", Hook), ("fifo_write_*", Hook), ("startup_script*", Hook), ("shutdown_script*", Hook),
        ("dynamic_interfaces", "not needed: no interface is named"), ("process_name*", "not needed: the agent's process is called flipagent"),
        ("vrrp_process_name", "not needed: the agent's process is called flipagent"), ("debug", "not needed: see docs/cli.md for the log's level"),
        ("vrrp_rt_priority", Process), ("vrrp_priority", Process), ("vrrp_no_swap", Process), ("vrrp_cpu_affinity", Process), ("vrrp_rlimit_*", Process),
        ("max_auto_priority", Process), ("min_auto_priority_delay", Process), ("kernel_rx_buf_size", Process), ("vrrp_rx_bufs_*", Process),
        ("vrrp_netlink_*", Process), ("process_monitor_*", Process), ("child_wait_time", Process), ("umask", Process), ("set_supplementary_groups", Process),
        ("random_seed", Process), ("reload_*", Reload), ("config_save_dir", Reload), ("tmp_config_directory", Reload),
        ("include_check", "not needed: an include that is not there is named in a note"),
        ("use_symlink_paths", "not needed: no script is run by keepalived's rules"), ("use_pid_dir", Several),
        ("net_namespace*", Namespace), ("instance", Several),
    ];

    private static readonly string[] s_blocks = ["vrrp_script", "vrrp_instance", "vrrp_track_process", "vrrp_sync_group", "global_defs"];

    /// <summary>What is read where it belongs, and means nothing elsewhere: a brace too many or too few has put it there.</summary>
    private static readonly (string Block, string Keywords)[] s_homes =
    [
        ("vrrp_instance", " state virtual_router_id priority advert_int nopreempt preempt preempt_delay authentication auth_type auth_pass unicast_src_ip unicast_peer " +
            "virtual_ipaddress virtual_ipaddress_excluded track_script track_process notify notify_master notify_backup notify_fault notify_stop "),
        ("vrrp_script", " script interval timeout rise fall weight init_fail "),
        ("global_defs", " router_id script_user enable_script_security "),
    ];

    public static void Note(Statement statement, Notes notes, string where = "")
    {
        // Nothing behind the keyword is repeated: it may be a password.
        var shown = Echo.Mask(Visible(statement.Keyword.Length > 40 ? statement.Keyword[..40] : statement.Keyword));
        notes.Add(statement, $"{where}{shown}: {ReasonFor(statement.Keyword) ?? Unknown(statement.Keyword)}");
    }

    /// <summary>A statement outside all blocks, or in one where it is not looked for.</summary>
    public static void NoteOutside(Statement statement, Notes notes)
    {
        if (Home(statement.Keyword) is { } home)
        {
            notes.IsIncomplete = true;
            notes.Add(statement, $"{statement.Keyword}: not imported: {home}");
        }
        else
            Note(statement, notes);
    }

    /// <summary>A word of keepalived's, here or elsewhere.</summary>
    public static bool IsKnown(string keyword) => ReasonFor(keyword) is not null || Home(keyword) is not null;

    private static string? Home(string keyword)
    {
        foreach (var (block, keywords) in s_homes)
            if (keywords.Contains($" {keyword} ", StringComparison.Ordinal))
                return $"it belongs into a {block}, and keepalived does not know it where it stands; see whether a brace is missing, or one too many";
        return null;
    }

    /// <summary>Up to what nobody sees in it, unless it begins with that: who took it for a space wrote the value behind it.</summary>
    private static string Visible(string keyword)
    {
        if (Characters.Unseen(keyword) is not { } unseen)
            return keyword;
        var at = keyword.IndexOf(unseen.ToString(), StringComparison.Ordinal);
        return at > 0 ? $"{keyword[..at]}<{Invisible.Code(unseen)}>..." : $"<{Invisible.Code(unseen)}>{Visible(keyword[unseen.Utf16SequenceLength..])}";
    }

    private static string Unknown(string keyword) =>
        keyword.StartsWith('$') ? "not imported: neither a definition (keepalived wants no white space before the =) nor one that is known"
        : s_blocks.Contains(keyword) ? "not imported: it stands inside another block, where keepalived does not know it"
        : Home(keyword) is { } home ? $"not imported: {home}"
        : Characters.Unseen(keyword) is { } unseen ? $"not imported: keepalived does not know it, because of {Invisible.Name(unseen)} in it"
        : "not imported: no keyword of keepalived's that is known; keepalived -t says whether it has it";

    /// <summary>Null for a word that keepalived does not have, or not yet.</summary>
    internal static string? ReasonFor(string keyword)
    {
        foreach (var (known, reason) in s_reasons)
            if (known == keyword || (known.EndsWith('*') && keyword.StartsWith(known[..^1], StringComparison.Ordinal)))
                return reason;
        return null;
    }
}
