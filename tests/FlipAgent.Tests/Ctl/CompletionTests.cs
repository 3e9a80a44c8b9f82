using FlipAgent.Ctl;
using FlipAgent.Harness;
using FlipAgent.Reporting;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>The scripts are run by the shells that they are for.</summary>
public class CompletionTests
{
    [Theory]
    [InlineData("flipagentctl st", "status")]
    [InlineData("flipagentctl re", "release reload realtime")]
    [InlineData("flipagentctl --socket /x prom", "promote")]
    [InlineData("flipagentctl maintenance ", "off on --for --reason --yes --help")]
    [InlineData("flipagentctl maintenance on --f", "--for")]
    [InlineData("flipagentctl maintenance on --for ", "")]
    [InlineData("flipagentctl config ", "check show schema --help")]
    [InlineData("flipagentctl config check --", "--node --help")]
    [InlineData("flipagentctl config check /etc/nsswit", "/etc/nsswitch.conf")]
    [InlineData("flipagentctl --socket /etc/nsswit", "/etc/nsswitch.conf")]
    [InlineData("flipagentctl completion ", "bash fish zsh --help")]
    [InlineData("flipagentctl status --", "--json --watch --help")]
    [InlineData("flipagentctl join ", "--key-file --force --help")]
    [InlineData("flipagentctl keygen --key-file /etc/nsswit", "/etc/nsswitch.conf")]
    [InlineData("flipagentctl init --provider ", "digitalocean hetzner")]
    [InlineData("flipagentctl init --token-file /etc/nsswit", "/etc/nsswitch.conf")]
    [InlineData("flipagentctl release --to h", "haproxy-1 haproxy-2")]
    public async Task Bash_offers(string line, string offers) => Assert.Equal(offers, await Bash(line, Reports.Healthy));

    [Theory]
    [InlineData("flipagentctl release --to ")]
    [InlineData("flipagentctl release --to h")]
    [InlineData("flipagentctl release --to $")]
    public async Task What_is_no_name_of_a_node_is_neither_run_nor_offered_by_bash(string line)
    {
        using var proof = new Proof();
        Assert.Equal(line.EndsWith('$') ? "" : "haproxy-2", await Bash(line, proof.Hostile));
        Assert.False(proof.WasRun);
    }

    [NeedsFact("fish")]
    public async Task What_is_no_name_of_a_node_is_neither_run_nor_offered_by_fish()
    {
        using var proof = new Proof();
        var fish = Shell.Run("fish", ["--no-config"], $"{(await CtlRun.Of("completion", "fish")).Out}\nfunction flipagentctl; echo '{Table(proof.Hostile)}'; end\ncomplete -C 'flipagentctl release --to '\n");
        Assert.Equal((0, ""), (fish.Code, fish.Error));
        Assert.Matches(@"\Ahaproxy-2\t.*\n\z", fish.Out);
        Assert.False(proof.WasRun);
    }

    [NeedsFact("zsh")]
    public async Task What_is_no_name_of_a_node_is_neither_run_nor_offered_by_zsh()
    {
        using var proof = new Proof();
        var script = (await CtlRun.Of("completion", "zsh")).Out;
        var zsh = Shell.Run("zsh", ["-f"], $"compdef() {{ }}\ncompadd() {{ print -r -- ${{(P)2}} }}\n{script}\nflipagentctl() {{ echo '{Table(proof.Hostile)}' }}\n_flipagentctl_nodes\n");
        Assert.Equal((0, "haproxy-2\n", ""), (zsh.Code, zsh.Out, zsh.Error));
        Assert.False(proof.WasRun);
    }

    /// <summary>Whatever listens on a socket may say that a node has a name that a shell runs.</summary>
    private sealed class Proof : IDisposable
    {
        private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        public bool WasRun => File.Exists(_file);

        public StatusReport Hostile => Reports.Healthy with { Nodes = [Reports.Healthy.Nodes[0] with { Name = $"h$(id>{_file})" }, .. Reports.Healthy.Nodes.Skip(1)] };

        public void Dispose() => File.Delete(_file);
    }

    private static string Table(StatusReport status)
    {
        var table = CtlRun.Plain();
        StatusView.Write(status, table, Reports.Noon);
        return $"{table.Out}";
    }

    /// <summary>What it offers, on one line.</summary>
    private static async Task<string> Bash(string line, StatusReport status)
    {
        var script = (await CtlRun.Of("completion", "bash")).Out;
        // flipagentctl itself is played by its own recorded output; COMP_WORDS is filled in as bash does.
        var program = $$"""
            {{script}}
            flipagentctl() { cat <<'END'
            {{Table(status)}}
            END
            }
            line='{{line}}'
            read -ra COMP_WORDS <<< "$line"
            if [[ $line == *' ' ]]; then COMP_WORDS+=(''); fi
            COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _flipagentctl
            echo "${COMPREPLY[*]}"
            """;

        var bash = Shell.Run("bash", ["--norc"], program);

        Assert.Equal((0, ""), (bash.Code, bash.Error));
        return bash.Out.TrimEnd('\n');
    }

    [NeedsFact("fish")]
    public async Task Fish_takes_the_script_and_offers_verbs()
    {
        var fish = Shell.Run("fish", ["--no-config"], (await CtlRun.Of("completion", "fish")).Out + "\ncomplete -C 'flipagentctl rel'\n");
        Assert.Equal((0, ""), (fish.Code, fish.Error));
        Assert.StartsWith("release\t", fish.Out);
        Assert.Contains("reload\t", fish.Out);
    }

    [NeedsFact("zsh")]
    public async Task Zsh_takes_the_script()
    {
        var script = (await CtlRun.Of("completion", "zsh")).Out;
        Assert.StartsWith("#compdef flipagentctl\n", script);
        Assert.Equal(new ProgramResult(0, "", ""), Shell.Run("zsh", ["-f", "-n"], script));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Every_verb_and_option_is_in_every_script(string shell)
    {
        var script = (await CtlRun.Of("completion", shell)).Out;
        string[] words =
        [
            "status", "events", "explain", "check", "promote", "release", "maintenance", "reload", "prepare-restart", "realtime", "config", "show", "schema", "init", "keygen", "join", "doctor",
            "drill", "import-keepalived", "test-alert", "metrics", "version", "completion", "json", "watch", "follow", "yes", "to", "for", "reason", "back", "socket", "install", "force", "key-file", "token-file", "tag",
        ];
        Assert.All(words, word => Assert.Matches($@"(?<![a-z]){word}(?![a-z])", script));
    }
}
