using FlipAgent.Config.Keepalived;

namespace FlipAgent.Tests.Config.Keepalived;

/// <summary>Shapes of files that people really have, of which the import said something that is not so.</summary>
public sealed class KeepalivedWildTests
{
    private const string Assign = "curl -X POST -d '{\"type\":\"assign\",\"droplet_id\":3333}' https://api.digitalocean.com/v2/reserved_ips/203.0.113.7/actions\n";

    [Theory]
    [InlineData("notify_master", Assign, true)]
    [InlineData("notify", Assign, true)]
    [InlineData("notify", "case $3 in\nMASTER) SERVER_ID=3333; hcloud floating-ip assign 7 $SERVER_ID;;\nBACKUP) logger x;;\nesac\n", true)]
    [InlineData("notify_fault", Assign, false)]
    [InlineData("notify_backup", "SERVER_ID=3333\nhcloud floating-ip assign 7 $SERVER_ID\n", false)]
    [InlineData("notify", "case $3 in\nMASTER) hcloud floating-ip assign 7 $(hostname);;\nBACKUP) SERVER_ID=3333; hcloud floating-ip assign 7 $SERVER_ID;;\nesac\n", false)]
    public void The_server_of_a_script_is_this_node_only_where_it_runs_on_the_master(string keyword, string script, bool isOwn)
    {
        var yaml = Import($"{keyword} /s.sh", ("/s.sh", script)).Yaml;
        Assert.Equal(isOwn, yaml.Contains("_id: 3333", StringComparison.Ordinal));
        Assert.Equal(isOwn ? 1 : 2, yaml.Split('\n').Count(l => l.Contains("  - {name: ", StringComparison.Ordinal) && l.Contains("_id", StringComparison.Ordinal) && l.Contains("FILL IN", StringComparison.Ordinal)
            && l[l.IndexOf("FILL IN", StringComparison.Ordinal)..].Contains("_id", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("vrrp_script chk {\n script /bin/true\n}\nvrrp_instance V {\n{\n virtual_router_id 5\n priority 150\n unicast_src_ip 10.0.0.1\n track_script {\n chk\n }\n notify_master \"/usr/bin/hcloud floating-ip assign 4711 lb-1\"\n}\n}\n")]
    [InlineData("vrrp_script chk {\n script /bin/true\n}\nvrrp_instance {{ name }} {\n virtual_router_id 5\n priority 150\n unicast_src_ip 10.0.0.1\n track_script {\n chk\n }\n {{ notify }}\n}\n")]
    public void What_a_brace_hides_is_not_said_to_be_missing(string text)
    {
        var result = KeepalivedImport.Convert(text, "k.conf", KeepalivedFiles.None());
        Assert.Contains("FILL IN: keepalived's file could not be read whole, and nothing in what was read moves a floating IP", result.Yaml);
        Assert.DoesNotContain("assumed: nothing", result.Yaml);
        Assert.DoesNotContain("tracks no script and no process", result.Yaml);
        Assert.DoesNotContain(result.Notes, n => n.Text.Contains("by multicast") || n.Text.EndsWith("does not track it", StringComparison.Ordinal)
            || n.Text.StartsWith("there is no unicast_src_ip;", StringComparison.Ordinal));
        Assert.Contains(result.Notes, n => n.Text.StartsWith("track_script: not imported: it belongs into a vrrp_instance", StringComparison.Ordinal));
    }

    [Fact]
    public void A_peer_in_a_template_is_not_said_to_be_missing() =>
        Assert.Contains(Import("x", "{{ peer }}").Notes, n => n.Text == "there is no unicast_peer in what could be read; fill in the other node");

    [Theory]
    [InlineData("notify_master /srv/load-balancers/f.sh", "hcloud floating-ip assign 1234 web-1")]
    [InlineData("notify_master /f.sh", "hcloud floating-ip assign 1234 $HOSTNAME.$DOMAIN")]
    [InlineData("notify_master /f.sh", "HCLOUD_TOKEN=$(cat /mnt/volume/token) hcloud floating-ip assign 1234 web-1")]
    public void A_word_in_a_path_or_a_name_is_no_other_call_of_the_cloud(string notify, string script)
    {
        var result = Import(notify, ("/f.sh", script), ("/srv/load-balancers/f.sh", script));
        Assert.Contains(result.Notes, n => n.Text.Contains("moves a floating IP at Hetzner; became floating_ip") && !n.Text.Contains("what it does with"));
        Assert.Contains("provider: hetzner\n", result.Yaml);
    }

    [Theory]
    [InlineData("curl -X PUT https://api.digitalocean.com/v2/domains/example.org/records/7 -d x", "domains")]
    [InlineData("aws ec2 attach-volume --volume-id v", "volume")]
    [InlineData("aws --region eu ec2 detach-volume --volume-id v", "volume")]
    [InlineData("import digitalocean\ndigitalocean.Domain(name='example.org')", "Domain")]
    [InlineData("import hcloud\nclient.load_balancers.get_all()", "load_balancers")]
    public void What_a_tool_or_an_interface_takes_is_one(string script, string what) =>
        Assert.Contains($"({what} does something else)", NotifyScript.Look($"/x.sh\n{script}", _ => false).Doubt);

    [Fact]
    public void A_directory_calls_no_cloud()
    {
        var check = Check("/y/hcloud-failover/check.sh", ("/y/hcloud-failover/check.sh", "curl -fsS -m 1 http://127.0.0.1/ >/dev/null && pidof haproxy\n"));
        Assert.DoesNotContain(check.Notes, n => n.Text.Contains("Hetzner"));
        var mail = Import("notify_master /q/hcloud/mail.sh", ("/q/hcloud/mail.sh", "echo master | mail -s x root\n"));
        Assert.DoesNotContain(mail.Notes, n => n.Text.Contains("Hetzner"));
        Assert.DoesNotContain("provider: hetzner", mail.Yaml);
    }

    [Theory]
    [InlineData("/usr/local/bin/hcloud floating-ip assign 7 lb-1", "hetzner")]
    [InlineData("\"/opt/hcloud\" floating-ip assign 7 lb-1", "hetzner")]
    [InlineData("/opt/doctl compute reserved-ip-action assign 203.0.113.7 5", "digitalocean")]
    [InlineData("/x.py\nfrom hcloud import Client\nclient.floating_ips.get_by_id(1).assign(s)", "hetzner")]
    [InlineData("/x.sh\nsource /etc/hcloud/env\nlogger x", null)]
    public void A_tool_is_called_and_a_directory_is_not(string text, string? provider) => Assert.Equal(provider, NotifyScript.Look(text, _ => false).Provider);

    [Fact]
    public void A_check_with_the_cloud_in_a_file_that_it_reads_is_not_said_to_ask_it_for_sure() =>
        Assert.Contains(
            Check("/c.sh", ("/c.sh", ". /opt/u.sh\nmyprobe --deep 127.0.0.1\n"), ("/opt/u.sh", "move() { curl https://api.hetzner.cloud/v1/floating_ips/7/actions/assign; }\n")).Notes,
            n => n.Text.StartsWith("/c.sh seems to ask Hetzner: if it does, leave that out", StringComparison.Ordinal));

    [Fact]
    public void A_brace_is_named_with_its_own_line()
    {
        Assert.Contains(Import("advert_int 1 {\n}").Notes, n => n.Text.StartsWith("advert_int: keepalived ignores the { in this line", StringComparison.Ordinal));
        Assert.Contains(Import("advert_int 1\n{ nopreempt }").Notes, n => n.Text.StartsWith("advert_int: keepalived ignores the { in line 8, so", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("10.0.0.2\n lb3.example.com", 3)]
    [InlineData("10.0.0.2\n <%= @third %>", 3)]
    [InlineData("<% peers.each do |p| -%>\n <%= p %>\n <% end -%>", 2)]
    public void A_peer_that_is_no_address_has_a_place_in_the_draft(string peers, int nodes)
    {
        var yaml = Import("nopreempt", peers).Yaml;
        Assert.Equal(nodes, yaml.Split('\n').Count(l => l.StartsWith("  - {name: ", StringComparison.Ordinal) && l.Contains("priority")));
        Assert.Contains("address: 0.0.0.0", yaml);
    }

    [Theory]
    [InlineData("/scripts/check-http.sh <public-ip>", "<public-ip>")]
    [InlineData("/usr/bin/curl http://<your server>:80/", "<your server>")]
    public void A_name_in_angle_brackets_is_no_redirection(string script, string shown)
    {
        var result = Check(script);
        Assert.Contains(result.Notes, n => n.Text.StartsWith($"script: left out; {shown} stands in place of a value", StringComparison.Ordinal));
        Assert.DoesNotContain("exec:", result.Yaml);
    }

    [Theory]
    [InlineData("/bin/sh -c 'grep -q x </run/state'")]
    [InlineData("/bin/sh -c 'grep -q x <state >out'")]
    public void A_redirection_is_none_either(string script) => Assert.Contains("exec:", Check(script).Yaml);

    [Theory]
    [InlineData("ROBOT_PASS='p4ss-w0rd-very'", true)]
    [InlineData("curl -u 'user:p4ss-w0rd-very' https://robot-ws.your-server.de/failover/203.0.113.7", true)]
    [InlineData("curl -u \"$USER:$PASS\" https://robot-ws.your-server.de/failover/203.0.113.7", false)]
    [InlineData("PASS=$(cat /etc/robot)", false)]
    [InlineData("PASSWD=/etc/robot.passwd", false)]
    public void A_password_in_a_notify_script_is_said(string script, bool isOne)
    {
        var result = Import("notify_master /s.sh", ("/s.sh", script + "\n"));
        Assert.Equal(isOne, result.Notes.Any(n => n.Text.StartsWith("a token or password stands in /s.sh", StringComparison.Ordinal)));
        Assert.DoesNotContain("p4ss", result.Yaml + string.Concat(result.Notes.Select(n => n.Text)));
    }

    [Fact]
    public void An_address_that_is_left_out_is_not_the_one_that_is_asked() =>
        Assert.DoesNotContain(Check("/opt/chk.sh --allow-replica-except-from 10.0.0.2").Notes, n => n.Text.Contains("is another node"));

    [Fact]
    public void Exit_is_a_word_of_the_shell() => Assert.Contains("exec: [/bin/sh, \"-c\", \"exit 0\"]", Check("exit 0").Yaml);

    [Theory]
    [InlineData("su - postgres -c pg_isready")]
    [InlineData("runuser -u postgres -- pg_isready")]
    public void Who_becomes_another_user_needs_root(string script) => Assert.Contains(Check(script).Notes, n => n.Text.Contains("asks for what only root may"));

    private static ImportResult Check(string script, params (string Path, string Text)[] files) =>
        Convert($"vrrp_script chk {{\n script \"{script}\"\n}}\n{Instance("track_script {\n chk\n }", "10.0.0.2")}", files);

    private static ImportResult Import(string more, params (string Path, string Text)[] files) => Convert(Instance(more, "10.0.0.2"), files);

    private static ImportResult Import(string more, string peers) => Convert(Instance(more, peers), []);

    private static string Instance(string more, string peers) =>
        $"vrrp_instance V {{\n virtual_router_id 5\n unicast_src_ip 10.0.0.1\n unicast_peer {{\n{peers}\n}}\n{more}\n}}\n";

    private static ImportResult Convert(string text, (string Path, string Text)[] files) =>
        KeepalivedImport.Convert(text, "k.conf", KeepalivedFiles.None() with { Read = path => files.FirstOrDefault(f => f.Path == path).Text });
}
