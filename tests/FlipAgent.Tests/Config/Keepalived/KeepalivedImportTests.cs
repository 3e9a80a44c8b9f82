using System.Runtime.CompilerServices;
using System.Text;
using FlipAgent.Config;
using FlipAgent.Config.Keepalived;

namespace FlipAgent.Tests.Config.Keepalived;

/// <summary>
/// From keepalived.conf to flipagent.yaml. The files beside this one are our own samples; each .conf has its draft and its notes in a .expected
/// (REWRITE=1 writes them; read the difference).
/// </summary>
public sealed class KeepalivedImportTests
{
    private const string Marks = "{}\"'$!#@\\\n \0\u00e9>&1:";

    [Theory]
    [InlineData("tutorial")]
    [InlineData("everything")]
    public void A_file_becomes_a_draft_and_a_note_on_every_line_that_is_not_in_it(string sample)
    {
        var result = Import(File.ReadAllText(Beside($"{sample}.conf")), $"{sample}.conf");
        var said = $"{result.Yaml}\n==== notes\n{string.Join('\n', result.Notes)}\n";
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(Beside($"{sample}.expected"), said);
        Assert.Equal(File.ReadAllText(Beside($"{sample}.expected")), said);
        Assert.DoesNotContain("canary", said);
        Assert.DoesNotContain("00112233", said);
    }

    [Fact]
    public void The_draft_of_the_tutorial_is_valid_once_its_blanks_are_filled_in()
    {
        var draft = Import(File.ReadAllText(Beside("tutorial.conf")), "tutorial.conf").Yaml;
        var errors = Sample.Errors(draft);
        Assert.Equal(2, errors.Length);
        Assert.All(errors, e => Assert.Contains("nodes.droplet_id: \"0\" is no number of a droplet", e));

        var filled = draft.Replace("10.110.0.2, droplet_id: 0", "10.110.0.2, droplet_id: 11").Replace("droplet_id: 0", "droplet_id: 12");
        var config = Sample.Valid(filled);
        Assert.Equal(["lb-a", "node-2"], config.Nodes.Select(n => n.Name).ToArray());
        Assert.Equal([200, 100], config.Nodes.Select(n => n.Priority).ToArray());
        Assert.Equal(("203.0.113.10", true), (config.FloatingIp.Address.ToString(), config.Election.Preempt));
        var check = Assert.IsType<CheckConfig.ProcessName>(Assert.Single(config.Checks));
        Assert.Equal(("chk_haproxy", "haproxy", TimeSpan.FromSeconds(2)), (check.Name, check.Comm, check.Interval));
        Assert.IsType<SinkConfig.Slack>(Assert.Single(config.Alerts));
    }

    [Theory]
    [InlineData("pidof haproxy", "process haproxy")]
    [InlineData("/usr/bin/killall -0 haproxy", "process haproxy")]
    [InlineData("killall -0 /usr/sbin/haproxy", "process haproxy")]
    [InlineData("/bin/pidof -x haproxy > /dev/null 2>&1", "process haproxy")]
    [InlineData("pgrep -x haproxy || exit 1", "process haproxy")]
    [InlineData("systemctl is-active --quiet haproxy", "unit haproxy.service")]
    [InlineData("service haproxy status", "unit haproxy.service")]
    [InlineData("kill -0 $(cat /run/haproxy.pid)", "pid_file /run/haproxy.pid")]
    [InlineData("</dev/tcp/127.0.0.1/80", "tcp 127.0.0.1:80")]
    [InlineData("/bin/bash -c '</dev/tcp/127.0.0.1/80'", "tcp 127.0.0.1:80")]
    [InlineData("timeout 1 bash -c \"echo > /dev/tcp/localhost/443\"", "tcp localhost:443")]
    [InlineData("nc -z 10.0.0.1 8080", "tcp 10.0.0.1:8080")]
    [InlineData("/bin/nc -z -w 1 10.0.0.1 8080", "tcp 10.0.0.1:8080")]
    [InlineData("/usr/bin/nc -zv -w2 localhost 80 2>/dev/null", "tcp localhost:80")]
    [InlineData("curl -sf -o /dev/null http://127.0.0.1:8001/haproxy_check", "http http://127.0.0.1:8001/haproxy_check verify")]
    [InlineData("/usr/bin/curl -k https://127.0.0.1/x?a=1", "http https://127.0.0.1/x?a=1")]
    [InlineData("wget -q --no-check-certificate \"https://localhost/\"", "http https://localhost/")]
    [InlineData("/usr/local/bin/check --fast a", "exec /usr/local/bin/check|--fast|a")]
    [InlineData("/usr/local/bin/check | grep ok", "exec /bin/sh|-c|/usr/local/bin/check | grep ok")]
    [InlineData("check.sh", "exec /usr/bin/env|check.sh")]
    [InlineData("curl $URL", "exec /bin/sh|-c|curl $URL")]
    [InlineData("pidof haproxy && test ! -f /etc/maintenance", "exec /bin/sh|-c|pidof haproxy && test ! -f /etc/maintenance")]
    [InlineData("nc -z 10.0.0.1 99999", "exec /usr/bin/env|nc|-z|10.0.0.1|99999")]
    [InlineData("/usr/bin/timeout 2 /usr/bin/killall -0 haproxy", "process haproxy")]
    [InlineData("/usr/bin/sudo -n /usr/bin/timeout -s KILL 2 nice -n 5 /bin/pidof haproxy", "process haproxy")]
    [InlineData("/usr/bin/env sh -c 'timeout 1 pidof haproxy >/dev/null || exit 1'", "process haproxy")]
    [InlineData("/bin/ps -C haproxy --no-headers", "process haproxy")]
    [InlineData("/usr/bin/pgrep haproxy", "process haproxy")]
    [InlineData("/usr/bin/pgrep -f 'haproxy -W'", "exec /usr/bin/pgrep|-f|haproxy -W")]
    [InlineData("/usr/bin/killall -9 haproxy", "exec /usr/bin/killall|-9|haproxy")]
    [InlineData("/etc/init.d/haproxy status", "unit haproxy.service")]
    [InlineData("/bin/sh -c 'curl -s http://127.0.0.1/ | grep ok'", "exec /bin/sh|-c|curl -s http://127.0.0.1/ | grep ok")]
    [InlineData("curl localhost:8080/health", "http http://localhost:8080/health verify")]
    [InlineData("/usr/bin/curl -sI http://127.0.0.1/", "exec /usr/bin/curl|-sI|http://127.0.0.1/")]
    [InlineData("/usr/bin/curl -X POST http://127.0.0.1/", "exec /usr/bin/curl|-X|POST|http://127.0.0.1/")]
    [InlineData("/usr/bin/test ! -f /etc/maintenance", "exec /usr/bin/test|!|-f|/etc/maintenance")]
    [InlineData("systemctl is-active drain && exit 1 || exit 0", "exec /bin/sh|-c|systemctl is-active drain && exit 1 || exit 0")]
    [InlineData("/bin/sh -c 'nc -z 127.0.0.1 9 && exit 1 || exit 0'", "exec /bin/sh|-c|nc -z 127.0.0.1 9 && exit 1 || exit 0")]
    [InlineData("/bin/sh -c 'curl -sf http://127.0.0.1/drain && exit 1'", "exec /bin/sh|-c|curl -sf http://127.0.0.1/drain && exit 1")]
    [InlineData("/bin/sh -c 'pidof haproxy || true'", "exec /bin/sh|-c|pidof haproxy || true")]
    [InlineData("/bin/sh -c 'pidof haproxy; exit 1'", "exec /bin/sh|-c|pidof haproxy; exit 1")]
    [InlineData("/bin/sh -c 'pidof haproxy &'", "exec /bin/sh|-c|pidof haproxy &")]
    [InlineData("/bin/sh -c 'pidof haproxy >/dev/null 2>&1 && exit 0 || exit 1'", "process haproxy")]
    [InlineData("pidof haproxy && exit 0; exit 2", "process haproxy")]
    [InlineData("pidof haproxy &>/dev/null || exit", "process haproxy")]
    [InlineData("pidof haproxy > /dev/null ; exit $?", "process haproxy")]
    [InlineData("curl -f http://127.0.0.1:8404/haproxy?stats;csv", "http http://127.0.0.1:8404/haproxy?stats;csv verify")]
    [InlineData("/bin/sh -c 'curl -f http://127.0.0.1/x;true'", "exec /bin/sh|-c|curl -f http://127.0.0.1/x;true")]
    [InlineData("/usr/bin/pgrep -f api.py", "exec /usr/bin/pgrep|-f|api.py")]
    [InlineData("/usr/bin/pgrep -f /etc/haproxy/haproxy.cfg", "exec /usr/bin/pgrep|-f|/etc/haproxy/haproxy.cfg")]
    [InlineData("/usr/bin/pkill -0 -f haproxy.cfg", "exec /usr/bin/pkill|-0|-f|haproxy.cfg")]
    [InlineData("/usr/bin/pgrep -f haproxy", "process haproxy")]
    [InlineData("/bin/nc -zu 127.0.0.1 53", "exec /bin/nc|-zu|127.0.0.1|53")]
    [InlineData("/bin/nc -z -u 127.0.0.1 53", "exec /bin/nc|-z|-u|127.0.0.1|53")]
    [InlineData("/bin/nc -z ::: 80", "exec /bin/nc|-z|:::|80")]
    [InlineData("/bin/systemctl is-active haproxy.socket", "exec /bin/systemctl|is-active|haproxy.socket")]
    [InlineData("systemctl is-active haproxy.service", "unit haproxy.service")]
    [InlineData("[[ ! -f /etc/down ]]", "exec /bin/bash|-c|[[ ! -f /etc/down ]]")]
    [InlineData("mysqladmin ping &> /dev/null", "exec /bin/bash|-c|mysqladmin ping &> /dev/null")]
    [InlineData("cat <(ss -ltn)", "exec /bin/bash|-c|cat <(ss -ltn)")]
    [InlineData("! test -f /etc/down", "exec /bin/sh|-c|! test -f /etc/down")]
    [InlineData("/usr/bin/printf '[[ &> %s'", "exec /usr/bin/printf|[[ &> %s")]
    [InlineData("/bin/sh -c pidof haproxy", "exec /bin/sh|-c|pidof|haproxy")]
    public void A_one_liner_becomes_the_check_that_asks_the_same(string command, string expected) =>
        Assert.Equal(expected, Text(ScriptGuess.Of(command, _ => null).Check));

    [Fact]
    public void A_script_with_one_line_in_it_is_read()
    {
        Assert.Equal("process haproxy", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "#!/bin/sh\n# alive?\npidof haproxy\nexit $?\n").Check));
        Assert.Equal("exec /etc/keepalived/chk.sh", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "pidof haproxy\npidof varnish\n").Check));
        Assert.Equal("exec /etc/keepalived/chk.sh", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "pidof haproxy\nexit 0\n").Check));
        Assert.Equal("exec /etc/keepalived/chk.sh", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "pidof haproxy && exit 1\nexit 0\n").Check));
        Assert.Equal("exec /etc/keepalived/chk.sh", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "pidof haproxy\nexit 1\n").Check));
        Assert.Equal("process haproxy", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "pidof haproxy && exit 0\nexit 1\n").Check));
        Assert.Equal("process haproxy", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "set -e\npidof haproxy\nexit 0\n").Check));
        Assert.Equal("exec /etc/keepalived/chk.sh", Text(ScriptGuess.Of("/etc/keepalived/chk.sh", _ => "curl -f http://127.0.0.1/?token=canary\n").Check));
    }

    [Theory]
    [InlineData("x || exit 1", Verdict.Same)]
    [InlineData("x && exit 0 || exit 1", Verdict.Same)]
    [InlineData("x && true", Verdict.Same)]
    [InlineData("x && exit 1 || exit 0", Verdict.Opposite)]
    [InlineData("x && exit 1; exit 0", Verdict.Opposite)]
    [InlineData("x || exit 0", Verdict.AlwaysUp)]
    [InlineData("x; true", Verdict.AlwaysUp)]
    [InlineData("x && exit 1", Verdict.AlwaysDown)]
    [InlineData("x; exit 256", Verdict.AlwaysUp)]
    public void What_follows_a_command_decides_what_its_answer_means(string line, object verdict) =>
        Assert.Equal((Verdict)verdict, ShellLine.Of(line)?.Verdict);

    [Fact]
    public void Lines_made_to_take_long_take_no_time()
    {
        string[] lines =
        [
            $"pidof haproxy {string.Concat(Enumerable.Repeat(">11", 300))} |",
            $"x {string.Concat(Enumerable.Repeat("keepalived |", 400))}",
            $"nc {string.Concat(Enumerable.Repeat("-w 1 ", 180))}x",
            $"pgrep {string.Concat(Enumerable.Repeat("-f -x ", 150))}",
            string.Concat(Enumerable.Repeat("mysql -", 3000)),
            "oci " + string.Concat(Enumerable.Repeat("-a ", 5000)),
            "hcloud " + string.Concat(Enumerable.Repeat("aws nova ", 5000)),
            new string('\n', 50_000),
            string.Concat(Enumerable.Repeat("IP=$IP ", 8000)) + "assign $IP",
            string.Concat(Enumerable.Repeat("az -a b ", 4000)),
            string.Concat(Enumerable.Repeat("sudo -u ", 200)),
            string.Concat(Enumerable.Repeat("X=$(", 4000)),
        ];
        var clock = System.Diagnostics.Stopwatch.StartNew();
        foreach (var line in lines)
        {
            var files = KeepalivedFiles.None() with { Read = _ => line };
            ScriptGuess.Of("/etc/keepalived/x.sh", _ => line);
            if (line.Trim().Length > 0)
                ScriptGuess.Of(line, _ => line);
            NotifyScript.Look(ScriptFiles.Behind("/etc/keepalived/x.sh", files).Text, _ => false);
            ScriptActs.StopsKeepalived(line);
            ScriptActs.Other(line);
            ScriptActs.Process(line);
            CommandSecrets.AreIn(line);
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
    }

    [Theory]
    [InlineData("curl -su admin:secret http://127.0.0.1/", true)]
    [InlineData("curl -sfuadmin:secret http://127.0.0.1/", true)]
    [InlineData("wget --http-password=secret http://127.0.0.1/", true)]
    [InlineData("mysql -u root -psecret -e 'select 1'", true)]
    [InlineData("mariadb -uroot -psecret -e 'select 1'", true)]
    [InlineData("sh -c 'redis-cli -a secret ping'", true)]
    [InlineData("smbclient -U user%secret //x/y", true)]
    [InlineData("vault status --token secret", true)]
    [InlineData("curl -sSo /dev/null -H 'Host: x' http://127.0.0.1:80/", false)]
    [InlineData("mysqladmin -h 127.0.0.1 -P 3306 --protocol=tcp ping", false)]
    [InlineData("redis-cli -h 127.0.0.1 -p 6379 ping", false)]
    [InlineData("pg_isready -p 5432 -U postgres", false)]
    [InlineData("check_http -u http://127.0.0.1/x", false)]
    [InlineData("mysqladmin --password-file /etc/x ping", false)]
    public void A_password_on_a_command_line_is_seen(string command, bool isSecret) => Assert.Equal(isSecret, CommandSecrets.AreIn(command));

    [Theory]
    [InlineData("pgrep -x haproxy || systemctl stop keepalived", "haproxy")]
    [InlineData("if ! pidof haproxy; then systemctl stop keepalived; fi", "haproxy")]
    [InlineData("pgrep -x backup && systemctl stop keepalived", null)]
    [InlineData("if pgrep -x backup; then\n systemctl stop keepalived\nfi", null)]
    [InlineData("pgrep -f api.py || systemctl stop keepalived", null)]
    public void What_a_script_wants_to_run_is_told_from_what_it_wants_gone(string script, string? process) =>
        Assert.Equal(process, ScriptActs.Process(script));

    [Theory]
    [InlineData("doctl compute floating-ip-action assign 203.0.113.7 $ID", "digitalocean", "203.0.113.7")]
    [InlineData("IP=203.0.113.7\nME=198.51.100.1\nassign-ip $IP $ID", "digitalocean", "203.0.113.7")]
    [InlineData("curl -X POST https://api.digitalocean.com/v2/reserved_ips/203.0.113.7/actions", "digitalocean", "203.0.113.7")]
    [InlineData("doctl x 203.0.113.7 198.51.100.1", "digitalocean", null)]
    [InlineData("doctl x 10.0.0.1 169.254.169.254", "digitalocean", null)]
    [InlineData("hcloud floating-ip assign 203.0.113.7 lb-1", "hetzner", "203.0.113.7")]
    [InlineData("logger promoted 203.0.113.7", null, null)]
    [InlineData("ping -c1 198.51.100.1\nhcloud floating-ip assign web-ip lb-1", "hetzner", null)]
    [InlineData("SERVER_IP=198.51.100.1\nFIP=203.0.113.7\ndoctl compute reserved-ip-action assign $FIP 1", "digitalocean", "203.0.113.7")]
    [InlineData("/x.sh 203.0.113.7 198.51.100.1\nhcloud floating-ip assign $1 $2", "hetzner", "203.0.113.7")]
    [InlineData("curl https://robot-ws.your-server.de/failover/203.0.113.7 -d active_server_ip=198.51.100.3", "hetzner-robot", "203.0.113.7")]
    [InlineData("oci network vnic assign-private-ip --vnic-id x --ip-address 10.0.0.7", "oracle", null)]
    [InlineData("hcloud VPC AssignThing --cli-region=x", "huawei", null)]
    [InlineData("/etc/keepalived/assign-ip.sh", null, null)]
    [InlineData("LB=ovh-1\nip addr add 203.0.113.7/32 dev eth0", null, null)]
    [InlineData("hcloud floating-ip assign 2001:db8::7 lb-1", "hetzner", "2001:db8::7")]
    public void A_notify_script_tells_the_cloud_and_the_address(string script, string? provider, string? address)
    {
        var seen = NotifyScript.Look(script, _ => false);
        Assert.Equal((provider, address), (seen.Provider, seen.FloatingIp?.ToString()));
    }

    [Theory]
    [InlineData("curl -d '{\"alias_ips\":[\"10.0.0.9\"]}' https://api.hetzner.cloud/v1/servers/7/actions/change_alias_ips", "hetzner", "change_alias_ips")]
    [InlineData("curl -X POST https://api.hetzner.cloud/v1/primary_ips/7/actions/assign", "hetzner", "primary_ips")]
    [InlineData("hcloud load-balancer add-target web --server lb-1", "hetzner", "load-balancer")]
    [InlineData("doctl compute domain records update example.org --record-id 1 --record-data 203.0.113.7", "digitalocean", "domain")]
    [InlineData("doctl compute droplet tag 5 --tag-name master", "digitalocean", "")]
    [InlineData("aws ec2 assign-private-ip-addresses \\\n --allow-reassignment \\\n --private-ip-addresses 10.0.0.9", "aws", "assign-private-ip-addresses")]
    [InlineData("aws ec2 replace-route --route-table-id rtb-1 --instance-id i-0abc", "aws", "replace-route")]
    [InlineData("hcloud server change-alias-ips lb-1; hcloud floating-ip assign web lb-1", "hetzner", null)]
    [InlineData("doctl compute load-balancer list\ndoctl compute reserved-ip-action assign 203.0.113.7 5", "digitalocean", null)]
    [InlineData("aws ec2 associate-address --public-ip 203.0.113.7 --instance-id i-0abc", "aws", null)]
    public void A_call_that_moves_something_else_at_a_cloud_is_not_taken_for_a_floating_ip(string script, string provider, string? what)
    {
        var seen = NotifyScript.Look(script, _ => false);
        Assert.Equal(provider, seen.Provider);
        if (what is null)
            Assert.Null(seen.Doubt);
        else
            Assert.Contains(what.Length > 0 ? $"no call that moves a floating IP was seen, and FlipAgent moves nothing else there ({what} does" : "no call that moves", seen.Doubt);
    }

    [Fact]
    public void What_a_script_does_besides_moving_the_floating_ip_is_said()
    {
        var yaml = "vrrp_instance A {\nnotify_master \"/bin/sh -c 'aws ec2 replace-route --instance-id i; aws ec2 associate-address --public-ip 203.0.113.7 --instance-id i'\"\n}\n";
        Assert.Contains(Import(yaml, "k.conf").Notes, n => n.Text.Contains("moves a floating IP at AWS") && n.Text.EndsWith("; what it does with replace-route is not in the draft", StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_that_asks_the_cloud_is_one_to_leave_out()
    {
        var text = "vrrp_script c {\nscript \"/bin/sh -c 'curl -s https://api.hetzner.cloud/v1/floating_ips/7 | grep -q 4711'\"\n}\nvrrp_instance A {\ntrack_script {\nc\n}\n}\n";
        Assert.Contains(Import(text, "k.conf").Notes, n => n.Text.Contains("seems to ask Hetzner: if it does, leave that out, for the agent does it itself"));
    }

    [Theory]
    [InlineData("ssh root@10.0.0.9 /opt/move 203.0.113.7", "ssh")]
    [InlineData("if [ $1 = x ]; then sudo -u deploy /usr/bin/ssh -i /root/k 10.0.0.9 move; fi", "ssh")]
    [InlineData("cd /opt && ansible-playbook -i hosts move.yml", "ansible-playbook")]
    [InlineData("sshpass -p x ssh 10.0.0.9 move", "ssh")]
    [InlineData("systemctl restart ssh", null)]
    [InlineData("logger this is no ssh call", null)]
    public void What_a_script_has_done_elsewhere_is_not_known(string script, string? program) => Assert.Equal(program, ScriptActs.Elsewhere(script));

    [Theory]
    [InlineData("track_file")]
    [InlineData("vrrp_track_file")]
    public void The_check_that_a_note_advises_is_one_that_config_check_takes(string keyword)
    {
        var reason = NotImported.ReasonFor(keyword)!;
        var check = reason[reason.IndexOf("exec: ", StringComparison.Ordinal)..];
        var config = Sample.Valid(Sample.Minimal.Replace("process: {unit: haproxy.service}", check), "haproxy-1");
        Assert.Equal(["/usr/bin/test", "!", "-e", "/PATH"], Assert.IsType<CheckConfig.Exec>(config.Checks[0]).Argv.ToArray());
    }

    [Theory]
    [InlineData("state BACKUP", true)] // keepalived's default
    [InlineData("state BACKUP\nnopreempt", false)]
    public void Preemption_is_carried_over(string lines, bool preempt)
    {
        var yaml = Import($"vrrp_instance A {{\n{lines}\n}}\n", "k.conf").Yaml;
        Assert.Equal(preempt, yaml.Contains("preempt: true"));
    }

    [Fact]
    public void A_file_with_nothing_in_it_is_a_draft_of_blanks_and_a_note()
    {
        var result = Import("", "k.conf");
        Assert.Equal(["k.conf:1: there is no vrrp_instance in it; expected keepalived's configuration of one node"], result.Notes.Select(n => n.ToString()).ToArray());
        Assert.NotEmpty(Sample.Errors(result.Yaml));
    }

    [Fact]
    public void An_include_that_includes_itself_comes_to_an_end()
    {
        var files = new KeepalivedFiles("x", (pattern, _) => [pattern, pattern], _ => "include a\nvrrp_strict\n");
        Assert.NotEmpty(KeepalivedImport.Convert("include a\n", "k.conf", files).Notes);
    }

    [Fact]
    public void The_first_of_many_files_of_one_include_may_include_another()
    {
        var files = new KeepalivedFiles(
            "x",
            (pattern, _) => pattern == "d/*" ? [.. Enumerable.Range(0, 60).Select(n => $"d/{n}")] : [pattern],
            path => path switch { "d/0" => "include inner\n", "inner" => "global_defs {\n    router_id deep\n}\n", _ => "" });
        Assert.Contains("name: deep", KeepalivedImport.Convert("include d/*\n", "k.conf", files).Yaml);
    }

    [Fact]
    public void Files_are_found_beside_the_one_that_includes_them()
    {
        var files = KeepalivedFiles.OfThisMachine("x");
        Assert.Equal([Beside("extra.conf")], files.Glob("extra.*", Beside("everything.conf")));
        Assert.Empty(files.Glob("no/such/*.conf", Beside("everything.conf")));
        Assert.NotNull(files.Read(Beside("extra.conf")));
        Assert.Null(files.Read(Beside("nothing")));
    }

    [Fact]
    public void A_megabyte_of_braces_in_one_line_is_given_up_after_seconds_and_says_so()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var result = KeepalivedImport.Convert(string.Concat(Enumerable.Repeat("vrrp_instance X {", 60_000)), "k.conf", KeepalivedFiles.None());
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Assert.Contains(result.Notes, note => note.ToString().Contains("more braces in one line than can be imported; the rest is left out"));
        // A long line of the ordinary kind is read to its end.
        var peers = string.Concat(Enumerable.Repeat("group { x } ", 1000));
        Assert.Contains("name: last", KeepalivedImport.Convert($"{peers}global_defs {{ router_id last }}", "k.conf", KeepalivedFiles.None()).Yaml);
    }

    [Fact]
    public void Random_changes_never_crash_the_import_and_the_draft_stays_yaml()
    {
        var random = new Random(4);
        var sample = File.ReadAllText(Beside("everything.conf"));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var n = 0; n < 3000 && clock.Elapsed < TimeSpan.FromSeconds(3); n++)
        {
            var text = new StringBuilder(sample);
            for (var k = random.Next(1, 8); k > 0; k--)
            {
                var at = random.Next(text.Length);
                if (random.Next(2) == 0)
                    text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                else
                    text.Insert(at, Marks[random.Next(Marks.Length)]);
            }

            var yaml = Import(text.ToString(), "everything.conf").Yaml;
            Assert.DoesNotContain(Sample.Errors(yaml), e => e.Contains("not valid YAML") || e.Contains("not finished") || e.Contains("unknown key"));
        }
    }

    private static ImportResult Import(string text, string file) => KeepalivedImport.Convert(text, file, new KeepalivedFiles(
        "lb-a",
        (pattern, _) => pattern == "extra.conf" ? [pattern] : [],
        path => File.Exists(Beside(Path.GetFileName(path))) ? File.ReadAllText(Beside(Path.GetFileName(path))) : null));

    private static string Text(CheckConfig check) => check switch
    {
        CheckConfig.ProcessName p => $"process {p.Comm}",
        CheckConfig.Unit u => $"unit {u.UnitName}",
        CheckConfig.PidFile p => $"pid_file {p.File}",
        CheckConfig.Tcp t => $"tcp {t.Target.Host}:{t.Target.Port}",
        CheckConfig.Http h => $"http {h.Url}{(h.VerifyTls ? " verify" : "")}",
        CheckConfig.Exec e => $"exec {string.Join('|', e.Argv)}",
        _ => check.ToString(),
    };

    private static string Beside(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
}
