namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Programs and words of a shell that move nothing at a cloud, whatever they are given: their arguments are data. Of any other program that cannot be looked into
/// nobody knows what it does, and that is said. A program of a cloud's is recognised by its call before this is asked.
/// </summary>
internal static class SystemPrograms
{
    public static bool AreHarmless(string name) => s_harmless.Contains(name);

    private static readonly HashSet<string> s_harmless = new(
        (
            // A shell's own.
            ": [ [[ alias break case cd continue declare done echo esac exit export false fi for function getopts if in kill let local mapfile printf pwd read readonly " +
            "return select set shift shopt test true type ulimit umask unset wait while until } { " +
            // Files and text.
            "awk base64 basename cat chgrp chmod chown cmp cp cut date dd diff dirname egrep expr fgrep find gawk grep gzip head hostname id install jq ln logrotate ls " +
            "md5sum mkdir mkfifo mktemp mv nproc od readlink realpath rm rmdir rsync sed seq sha256sum sleep sort stat sync tac tail tar tee touch tr truncate uname uniq " +
            "uptime wc which who whoami yes " +
            // Messages.
            "logger mail mailx msmtp mutt nail sendmail sendEmail snmptrap swaks wall write zabbix_sender systemd-notify nsca send_nsca " +
            // The network of this machine, and questions to others. What curl and wget are sent to stands in the line.
            "arp arping bridge brctl conntrack conntrackd curl dig ethtool ebtables firewall-cmd fping host ifconfig ifdown ifup ip ip6tables ipset iptables ipvsadm nc " +
            "ncat ndisc6 netcat netplan netstat networkctl nft nmcli nslookup ping ping6 route socat ss sysctl tc telnet ufw wget birdc birdcl vtysh exabgpcli gobgp " +
            // Processes and services.
            "apache2ctl apachectl at chkconfig crond free haproxy httpd initctl killall lsof modprobe nginx pgrep pidof pkill ps rabbitmqctl rc-service rc-update " +
            "reboot service shutdown skill start stop restart supervisorctl svc systemctl invoke-rc.d update-rc.d monit pm2 " +
            // Data bases and other servers.
            "asterisk createdb drbdadm exportfs memcached mongo mongosh mount mysql mysqladmin mariadb mariadb-admin pg_ctl pg_isready pg_promote postfix psql " +
            "rabbitmqadmin redis-cli repmgr rndc sqlplus umount unbound-control valkey-cli varnishadm")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);
}
