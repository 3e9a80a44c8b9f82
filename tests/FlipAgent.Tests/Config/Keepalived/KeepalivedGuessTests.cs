using FlipAgent.Config.Keepalived;

namespace FlipAgent.Tests.Config.Keepalived;

/// <summary>What the import cannot know: it guesses on the safe side, or says that it does not know.</summary>
public sealed class KeepalivedGuessTests
{
    [Theory]
    [InlineData(100, 1, true, "100 90")]
    [InlineData(101, 2, true, "101 100,99")]
    [InlineData(200, 1, true, "200 100")]
    [InlineData(5, 3, true, "5 3,2,1")]
    [InlineData(2, 1, true, "2 1")]
    [InlineData(1, 2, true, "3 2,1")]
    [InlineData(100, 1, false, "100 150")]
    [InlineData(90, 2, false, "90 150,149")]
    [InlineData(150, 1, false, "150 100")]
    [InlineData(101, 1, false, "101 100")]
    [InlineData(254, 1, false, "254 100")]
    public void A_peer_ranks_below_a_master(int own, int peers, bool isMaster, string expected)
    {
        var ranking = Ranking.Of(own, peers, isMaster);
        Assert.Equal(expected, $"{ranking.Own} {string.Join(',', ranking.Peers)}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_two_priorities_of_a_draft_are_equal_and_all_are_allowed(bool isMaster)
    {
        for (var own = 1; own <= 254; own++)
            for (var peers = 1; peers <= 15; peers++)
            {
                var ranking = Ranking.Of(own, peers, isMaster);
                int[] all = [ranking.Own, .. ranking.Peers];
                Assert.Equal(peers + 1, all.Distinct().Count());
                Assert.All(all, p => Assert.InRange(p, 1, 254));
                Assert.True(!isMaster || ranking.Peers.Max() < ranking.Own);
            }
    }

    [Theory]
    [InlineData("/usr/bin/flock -n -w 5 /run/l /x.sh a", "/x.sh a")]
    [InlineData("flock /run/l -c '/x.sh a; true'", "/x.sh a; true")]
    [InlineData("/usr/bin/env -i -u B A=1 C='d e' /x.sh", "/x.sh")]
    [InlineData("su - d -c '/x.sh a'", "/x.sh a")]
    [InlineData("runuser -u d -- /x.sh", "/x.sh")]
    [InlineData("runuser d -c /x.sh", "/x.sh")]
    [InlineData("sudo -nu d LANG=C timeout -k 1 5s nice -n 5 ionice -c2 -n 7 /x.sh", "/x.sh")]
    [InlineData("systemd-run --unit=x -p Nice=5 --uid d /x.sh", "/x.sh")]
    [InlineData("systemd-cat -t x /x.sh", "/x.sh")]
    [InlineData("chrt -f 50 taskset -c 0,1 /x.sh", "/x.sh")]
    [InlineData("ip netns exec blue /x.sh", "/x.sh")]
    [InlineData("command -v haproxy", "command -v haproxy")]
    [InlineData("timeout never /x.sh", "timeout never /x.sh")]
    [InlineData("flock -n 9 || exit 1", "flock -n 9 || exit 1")]
    [InlineData("env", "env")]
    [InlineData("sudo -u", "sudo -u")]
    public void What_is_only_around_a_command_is_taken_off(string command, string text) => Assert.Equal(text, Peeled.Of(command).Text);

    [Theory]
    [InlineData("a x; b && c || d | e & f", "a x|b|c|d|e|f")]
    [InlineData("if ! a; then b; else c; fi", "a|b|c|fi")]
    [InlineData("X=$(a \"$(b c)\") D=1 e >/dev/null 2>&1", "a \"$|b c|e >/dev/null 2>&1")]
    [InlineData("echo 'a; b' \"c; d\" e\\;f", "echo 'a; b' \"c; d\" e\\;f")]
    [InlineData("(a; `b`)", "a|b")]
    public void The_commands_of_a_line_are_found(string line, string commands) => Assert.Equal(commands, string.Join('|', ShellCommands.Of(line)));

    [Theory]
    [InlineData("/etc/ka/a.sh", "/etc/ka/a.sh could not be read")]
    [InlineData("/usr/bin/flock /run/l /etc/ka/a.sh", "/etc/ka/a.sh could not be read")]
    [InlineData("/usr/bin/unheard-of --run /etc/ka/a.sh", "/etc/ka/a.sh could not be read")]
    [InlineData("/usr/bin/ssh lb-b /etc/ka/a.sh x", "/etc/ka/a.sh could not be read")]
    [InlineData("/usr/bin/unheard-of --now", "/usr/bin/unheard-of is a program, not a script")]
    [InlineData("uv run a.py", "uv stands there without its directory, and was not looked into")]
    [InlineData("/usr/bin/python3 a.py", "a.py stands there without its directory, and was not looked into")]
    [InlineData("pwsh x.ps1", "x.ps1 stands there without its directory, and was not looked into")]
    [InlineData("/bin/sh -c 'logger x; /etc/ka/$STATE.sh'", "/etc/ka/$STATE.sh has a variable in its name")]
    [InlineData("/bin/sh -c 'cd /etc/ka && ./a.sh'", "./a.sh stands there without its directory, and was not looked into")]
    public void What_a_notify_script_runs_and_nobody_can_look_into_is_said(string command, string why)
    {
        var result = Import($"vrrp_instance A {{\n notify_master \"{command}\"\n}}\n");
        Assert.Contains(result.Notes, n => n.Text.StartsWith($"{why}, so what notify_master does is not known", StringComparison.Ordinal));
        Assert.Contains("provider: digitalocean   # FILL IN: a script that may move the floating IP could not be read or understood", result.Yaml);
    }

    [Theory]
    [InlineData("/usr/bin/logger -t ka master")]
    [InlineData("/bin/touch /var/lib/ka/master")]
    [InlineData("/bin/sh -c 'echo master > /etc/ka/state; systemctl restart haproxy'")]
    [InlineData("/usr/bin/systemd-cat -t ka /bin/echo master")]
    [InlineData("/usr/bin/docker restart haproxy")]
    [InlineData("/bin/sh -c 'if [ -e /etc/ka/x ]; then rm /etc/ka/x; fi'")]
    public void What_moves_nothing_for_sure_leaves_no_doubt(string command) =>
        Assert.Contains("assumed: nothing in keepalived's file moves", Import($"vrrp_instance A {{\n notify_master \"{command}\"\n}}\n").Yaml);

    [Theory]
    [InlineData("/usr/bin/az network nic ip-config update", "azure")]
    [InlineData("'/opt/az' --only-show-errors network public-ip update", "azure")]
    [InlineData("[\"az\", \"network\", \"nic\"]", "azure")]
    [InlineData("/usr/bin/yc compute instance add-one-to-one-nat", "yandex")]
    [InlineData("\"$HOME/bin/yc\" --profile x vpc address update", "yandex")]
    [InlineData("\"/usr/bin/aliyun\" vpc AssociateEipAddress", "alibaba")]
    [InlineData("echo lb-az network", null)]
    public void A_tool_of_a_cloud_is_known_by_its_path_as_well(string command, string? provider) =>
        Assert.Equal(provider, NotifyScript.Look(command, _ => false).Provider);

    [Theory]
    [InlineData("")]
    [InlineData("global\n    maxconn 1000\nfrontend web\n    bind :80\n")]
    [InlineData("cluster: web-lb\nnodes:\n  - {name: a, address: 10.0.0.1}\n")]
    public void A_file_that_is_none_of_keepalived_s_says_so_in_the_draft(string text) =>
        Assert.StartsWith(
            "# Made from k.conf by flipagentctl import-keepalived. Look for FILL IN, then run: flipagentctl config check\n" +
            "# There is no vrrp_instance in it; expected keepalived's configuration of one node. What follows is an empty form.\n\n",
            Import(text).Yaml);

    private static ImportResult Import(string text) => KeepalivedImport.Convert(text, "k.conf", KeepalivedFiles.None());
}
