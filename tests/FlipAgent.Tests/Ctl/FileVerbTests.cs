using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Core;
using FlipAgent.Ctl;
using FlipAgent.Kernel;

namespace FlipAgent.Tests.Ctl;

public sealed class FileVerbTests : IDisposable
{
    private const string Canary = "dop_v1_canary0123456789abcdef";

    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-files-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Init_writes_a_file_that_is_valid_once_its_secrets_are_there()
    {
        var file = Path.Combine(_directory, "flipagent.yaml");

        var init = await CtlRun.Of("init", file);

        Assert.Equal((0, ""), (init.Exit, init.Error));
        Assert.IsType<ConfigResult.Valid>(ConfigReader.Read(file, "haproxy-1"));
    }

    [Fact]
    public async Task Init_never_touches_an_existing_file()
    {
        var file = Write("flipagent.yaml", "mine");
        var again = await CtlRun.Of("init", file);
        Assert.Equal((1, $"flipagentctl: {file} exists already and is left as it is\n"), (again.Exit, again.Error));
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public async Task Init_into_a_directory_that_is_not_there_says_so()
    {
        var run = await CtlRun.Of("init", Path.Combine(_directory, "no", "flipagent.yaml"));
        Assert.Equal(1, run.Exit);
        Assert.Contains("cannot be written", run.Error);
    }

    [Theory]
    [InlineData("init", "--yes")]
    [InlineData("init", "-y")]
    [InlineData("import-keepalived", "--force")]
    [InlineData("doctor", "--verbose")]
    public async Task An_option_that_does_not_exist_is_no_name_of_a_file(string verb, string option)
    {
        var run = await CtlRun.Of("--socket", "/nonexistent", verb, option);
        Assert.Equal((2, ""), (run.Exit, run.Out));
        Assert.Contains($"there is no option {option}; expected a file", run.Error);
        Assert.False(File.Exists(option));
    }

    [Fact]
    public async Task Init_says_what_is_in_its_way()
    {
        var folder = await CtlRun.Of("init", _directory);
        Assert.Contains("is a directory; expected the name of a new file", folder.Error);
        var missing = await CtlRun.Of("init", Path.Combine(_directory, "no", "such", "f.yaml"));
        Assert.Contains($"there is no directory {Path.Combine(_directory, "no", "such")}", missing.Error);
        Assert.Equal((1, 1), (folder.Exit, missing.Exit));
    }

    [Fact]
    public async Task A_dash_is_the_standard_input_and_for_init_the_output()
    {
        var text = File.ReadAllText(Config());
        var check = await CtlRun.With(CtlRun.Plain() with { ReadSome = _ => "\uFEFF" + text }, CancellationToken.None, "config", "check", "-", "--node", "haproxy-1");
        Assert.Equal((0, "(standard input): valid; cluster web-lb, 2 nodes, this is haproxy-1\n"), (check.Exit, check.Out));
        var empty = await CtlRun.With(CtlRun.Plain(), CancellationToken.None, "config", "check", "-");
        Assert.Equal(8, empty.Exit);
        Assert.Contains("(standard input):1:1: the file is empty", empty.Error);
        var import = await CtlRun.With(CtlRun.Plain() with { ReadSome = _ => "vrrp_instance A {\n  priority 7\n}\n" }, CancellationToken.None, "import-keepalived", "-");
        Assert.Equal(0, import.Exit);
        Assert.Contains("nodes:", import.Out);
        Assert.Contains("nodes:", (await CtlRun.Of("init", "-")).Out);
        static Terminal Endless() => CtlRun.Plain() with { ReadSome = most => new string('x', most + 1) };
        Assert.Equal((8, "(standard input): is longer than 1 MiB; expected the configuration\n"),
            (await CtlRun.With(Endless(), CancellationToken.None, "config", "check", "-")) is var tooLong ? (tooLong.Exit, tooLong.Error) : default);
        Assert.Equal("flipagentctl: the standard input is longer than 1 MiB; expected a keepalived.conf\n", (await CtlRun.With(Endless(), CancellationToken.None, "import-keepalived", "-")).Error);
    }

    [Fact]
    public async Task A_missing_and_a_wrong_kind_of_file_say_which()
    {
        Assert.Contains("is not there", (await CtlRun.Of("import-keepalived", Path.Combine(_directory, "none"))).Error);
        Assert.Contains("is not a file: it is a directory", (await CtlRun.Of("import-keepalived", _directory)).Error);
        Assert.Contains("is not a file (it is a directory)", (await CtlRun.Of("config", "check", _directory)).Error);
        Assert.Contains("it is a device", (await CtlRun.Of("config", "check", "/dev/null")).Error);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_warning()
    {
        var file = Config(text => text.Replace("checks:", "checks:\n  - {name: own, exec: [/nonexistent/check]}"));
        var run = await CtlRun.Of("config", "check", file, "--node", "haproxy-1");
        Assert.Equal(0, run.Exit);
        Assert.Contains("warning: check own: /nonexistent/check is not there", run.Error);
    }

    [Fact]
    public async Task A_key_is_a_line_that_the_agent_accepts_and_each_is_another()
    {
        var first = await CtlRun.Of("keygen");
        var second = await CtlRun.Of("keygen", "--id", "2");

        var keys = KeyRing.Parse(first.Out + second.Out).Keys;
        Assert.Equal([1, 2], keys!.Ids.ToArray().Select(id => (int)id));
        Assert.NotEqual(first.Out[2..], second.Out[2..]);
        Assert.Equal("", first.Error);
    }

    [Fact]
    public async Task A_valid_configuration_with_its_secrets_is_valid()
    {
        var run = await CtlRun.Of("config", "check", Config(), "--node", "haproxy-1");
        Assert.Equal(0, run.Exit);
        Assert.EndsWith("flipagent.yaml: valid; cluster web-lb, 2 nodes, this is haproxy-1\n", run.Out);
    }

    [Fact]
    public async Task An_invalid_one_shows_every_error_and_ends_with_8()
    {
        var file = Config(text => text.Replace("address: 203.0.113.10", "adress: 203.0.113.10").Replace("priority: 150", "priority: 999"));
        var run = await CtlRun.Of("config", "check", file, "--node", "haproxy-1");
        Assert.Equal((8, ""), (run.Exit, run.Out));
        Assert.Contains($"{file}:", run.Error);
        Assert.Contains("adress", run.Error);
        Assert.Contains("999", run.Error);
    }

    [Fact]
    public async Task A_missing_file_ends_with_8()
    {
        var run = await CtlRun.Of("config", "check", Path.Combine(_directory, "none.yaml"));
        Assert.Equal(8, run.Exit);
        Assert.Contains("there is no such file", run.Error);
    }

    [Fact]
    public async Task Secrets_that_the_agent_would_refuse_end_with_8_and_are_not_shown()
    {
        var file = Config();
        File.SetUnixFileMode(Path.Combine(_directory, "do-token"), (UnixFileMode)0b110_100_100);
        File.WriteAllText(Path.Combine(_directory, "cluster.key"), "1:abcd1234canary");
        File.Delete(Path.Combine(_directory, "slack-webhook"));

        var run = await CtlRun.Of("config", "check", file, "--node", "haproxy-1");

        Assert.Equal((8, ""), (run.Exit, run.Out));
        Assert.Contains("token_file: ", run.Error);
        Assert.Contains("can be read by others (mode 0644)", run.Error);
        Assert.Contains("key_file: ", run.Error);
        Assert.Contains("webhook_url_file: ", run.Error);
        Assert.Contains("is missing", run.Error);
        Assert.DoesNotContain("canary", run.Error);
    }

    [Theory]
    [InlineData("DO_TOKEN=dop_v1_canary", "it begins with a name and an equals sign, as in a shell")]
    [InlineData("export TOKEN = dop_v1_canary", "it begins with a name and an equals sign, as in a shell")]
    [InlineData("\"dop_v1_canary\"", "it is in quotes")]
    [InlineData("'dop_v1_canary'\n", "it is in quotes")]
    [InlineData("DO_TOKEN=\"dop_v1_canary\"", "it is in quotes")]
    [InlineData("Bearer dop_v1_canary", "it begins with the word Bearer")]
    [InlineData("YOUR_DO_TOKEN", "it stands in place of one, as instructions write it")]
    [InlineData("7:00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF", "it is a key of the cluster, as flipagentctl keygen makes them")]
    [InlineData("dop_v1_canary\ndop_v1_canary2", "it has spaces, line breaks or characters that no token has")]
    public async Task A_token_that_is_written_as_for_a_shell_is_refused_with_the_reason(string content, string reason)
    {
        var file = Config();
        Secret("do-token", content);
        var run = await CtlRun.Of("config", "check", file, "--node", "haproxy-1");
        Assert.Equal(8, run.Exit);
        Assert.Contains($"token_file: {Path.Combine(_directory, "do-token")} holds no API token: {reason}; expected the token alone", run.Error);
        Assert.DoesNotContain("canary", run.Error);
    }

    [Theory]
    [InlineData("dop_v1_canary\n")]
    [InlineData("dop_v1_canary\r\n")]
    [InlineData("\uFEFF  dop_v1_canary \n\n")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("Y2FuYXJ5Y2FuYXJ5Cg==\n")]
    [InlineData("a.b-c_d~e+f/g=")]
    public async Task A_token_with_white_space_around_it_or_base64_is_one(string content)
    {
        var file = Config();
        Secret("do-token", content);
        Assert.DoesNotContain("token_file", (await CtlRun.Of("config", "check", file, "--node", "haproxy-1")).Error);
    }

    [Fact]
    public async Task What_is_in_the_token_file_of_a_program_is_the_programs_affair()
    {
        var file = Config(text => text.Replace("provider: digitalocean", "provider: exec\n  command: [/bin/true]"));
        Secret("do-token", "[default]\naws_access_key_id = canary\naws_secret_access_key = canary\n");
        Assert.DoesNotContain("token_file", (await CtlRun.Of("config", "check", file, "--node", "haproxy-1")).Error);
    }

    [Theory]
    [InlineData(0b110_000_000, 0, 0, false)] // root:root 0600, as an editor leaves it
    [InlineData(0b110_100_000, 0, 0, false)] // root:root 0640
    [InlineData(0b110_100_000, 0, 990, true)] // root:flipagent 0640
    [InlineData(0b110_100_000, 0, 121, true)] // another group that the user is in
    [InlineData(0b110_000_000, 995, 995, true)] // its own
    [InlineData(0b000_100_000, 995, 990, false)] // the owner's rights come first
    public void Whether_the_agents_user_can_read_a_secret_is_asked_for_that_user(int mode, uint owner, uint group, bool may)
    {
        var passwd = Write("passwd", "root:x:0:0:root:/root:/bin/bash\nflipagent:x:995:990::/var/lib/flipagent:/usr/sbin/nologin\n");
        var user = AgentUser.Find(passwd, Write("group", "root:x:0:\nhaproxy:x:121:someone,flipagent\nflipagent:x:990:\n"))!;
        Assert.Equal(may, user.MayRead(new RegularFile.Found(null, null, (UnixFileMode)mode, owner, group)));
        Assert.Null(AgentUser.Find(Write("passwd", "root:x:0:0:root:/root:/bin/bash\n"), passwd));
    }

    [Fact]
    public void A_secret_that_only_root_can_read_is_a_problem_although_root_looks()
    {
        var config = Assert.IsType<ConfigResult.Valid>(ConfigReader.Read(Config(), "haproxy-1")).Config;
        var problems = SecretFiles.Problems(config, new AgentUser(4_000_000, new HashSet<uint> { 4_000_000 })).ToList();
        Assert.Equal(["key_file", "token_file", "webhook_url_file"], problems.Select(p => p[..p.IndexOf(':')]).Order());
        Assert.All(problems, p => Assert.Matches("cannot be read by the user flipagent \\(mode 0600, uid [0-9]+, gid [0-9]+\\); expected chgrp flipagent .* and chmod 0640 ", p));
        Assert.Empty(SecretFiles.Problems(config, null));
    }

    [Fact]
    public async Task A_web_hook_over_http_is_a_warning_that_does_not_show_it()
    {
        var file = Config();
        Secret("slack-webhook", "http://hooks.example.com/services/T0/B0/canary");
        var run = await CtlRun.Of("config", "check", file, "--node", "haproxy-1");
        Assert.Equal(0, run.Exit);
        Assert.Contains($"warning: webhook_url_file: the URL in {_directory}/slack-webhook is http:// to hooks.example.com: it can be read on the way", run.Error);
        Assert.DoesNotContain("canary", run.Error + run.Out);
    }

    [Fact]
    public async Task A_keepalived_conf_becomes_a_draft_on_the_output_and_notes_beside_it()
    {
        var file = Write("keepalived.conf", """
            vrrp_instance VI_1 {
                interface eth1
                virtual_router_id 51
                priority 150
                unicast_src_ip 10.110.0.2
                unicast_peer { 10.110.0.3 }
                authentication { auth_type PASS auth_pass canary12 }
            }
            """);

        var run = await CtlRun.Of("import-keepalived", file);

        Assert.Equal(0, run.Exit);
        Assert.Contains("nodes:", run.Out);
        Assert.Contains("10.110.0.3", run.Out);
        Assert.Contains("priority: 150", run.Out);
        Assert.Contains($"{file}:", run.Error);
        Assert.DoesNotContain("canary12", run.Out + run.Error);
        var none = await CtlRun.Of("import-keepalived", file + ".none");
        Assert.Equal((1, true), (none.Exit, none.Error.Contains("keepalived.conf.none is not there; expected a keepalived.conf")));
        Assert.Contains("is not a file: it is a directory (the standard input is -); expected a keepalived.conf", (await CtlRun.Of("import-keepalived", _directory)).Error);
    }

    [Fact]
    public async Task The_lines_for_a_host_are_those_of_the_config_id()
    {
        var file = Write("keepalived.conf", "vrrp_instance VI_1 {\n@lb-b priority 90\n@^lb-b priority 150\n}\n");
        Assert.Contains("priority: 90}", (await CtlRun.Of("import-keepalived", file, "--config-id", "lb-b")).Out);
        Assert.Contains("priority: 150}", (await CtlRun.Of("import-keepalived", file, "-i", "lb-c")).Out);
    }

    private string Config(Func<string, string>? change = null)
    {
        var text = ConfigTemplate.Text().Replace("/etc/flipagent/", _directory + "/");
        Secret("cluster.key", KeyGen.Line());
        Secret("do-token", Canary);
        Secret("slack-webhook", "https://hooks.slack.com/services/T0/B0/canary");
        return Write("flipagent.yaml", change?.Invoke(text) ?? text);
    }

    private void Secret(string name, string text) => File.SetUnixFileMode(Write(name, text), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }
}
