using System.Diagnostics;
using FlipAgent.Cloud;
using FlipAgent.Cloud.Exec;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Naming;
using static FlipAgent.Tests.CloudFixtures;

namespace FlipAgent.Tests;

/// <summary><c>provider: exec</c> with real programs: what they print, how they end, and that they end at all.</summary>
public sealed class ExecProviderTests : IDisposable
{
    private readonly string _directory = TempDir();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("echo i-0abc", ApiStatus.Ok, "i-0abc", true)]
    [InlineData("echo 3164445", ApiStatus.Ok, "3164445", true)]
    [InlineData("printf 4ef66e9d-61a4-4d65-8f2d-b1a8d5a4d2b1", ApiStatus.Ok, "4ef66e9d-61a4-4d65-8f2d-b1a8d5a4d2b1", true)]
    [InlineData("echo none", ApiStatus.Ok, null, true)]
    [InlineData("true", ApiStatus.Ok, null, false)]
    [InlineData("echo; echo", ApiStatus.Ok, null, false)]
    [InlineData("echo two words", ApiStatus.Failed, null, false)]
    [InlineData("echo '<html>oops'", ApiStatus.Failed, null, false)]
    [InlineData("head -c 100000 /dev/zero", ApiStatus.Failed, null, false)]
    [InlineData("yes i-0abc | head -c 300000", ApiStatus.Failed, null, false)]
    [InlineData("exit 3", ApiStatus.Forbidden, null, false)]
    [InlineData("exit 4", ApiStatus.NotFound, null, false)]
    [InlineData("exit 6", ApiStatus.RateLimited, null, false)]
    [InlineData("echo i-0abc; exit 1", ApiStatus.Failed, null, false)]
    [InlineData("kill -9 $$", ApiStatus.Failed, null, false)]
    public async Task What_it_prints_is_the_holder(string script, ApiStatus status, string? holder, bool proven)
    {
        using var provider = Provider(script);

        var read = await provider.ReadHolder();

        Assert.Equal((status, holder, proven), (read.Status, read.DropletId is { } id ? ServerId.NameOf(id) : null, read.ScopeProven));
    }

    [Fact]
    public async Task It_gets_the_address_the_server_and_the_path_of_the_token_and_nothing_else()
    {
        using var provider = Provider("""echo "$@" >>"$HOME/asked"; env | sed 's/=.*//' | grep -v '^_$\|^PWD$\|^SHLVL$' | sort | tr '\n' ' ' >"$HOME/env"; cat "$FLIPAGENT_TOKEN_FILE" >/dev/null && echo i-0abc""",
            tokenFile: File("token", Token));

        await provider.ReadHolder();
        await provider.Assign(1, ServerId.NumberOf("i-0abc"), () => true);

        Assert.Equal([$"holder {Ip}", $"assign {Ip} i-0abc", $"holder {Ip}"], System.IO.File.ReadLines(Path.Combine(_directory, "asked")));
        var variables = System.IO.File.ReadAllText(Path.Combine(_directory, "env")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] known = ["FLIPAGENT_TOKEN_FILE", "HOME", "LANG", "PATH", FlipAgent.Kernel.RunMark.Variable];
        Assert.Equal(known.Order(), variables.Order());
    }

    [Fact]
    public async Task Accepted_and_seen_there_is_completed_at_once()
    {
        using var provider = Provider("""[ "$1" = assign ] && { echo "$3" >"$HOME/at"; exit 0; }; cat "$HOME/at" """);

        var answer = await provider.Assign(4, ServerId.NumberOf("i-0abc"), () => true);

        Assert.Equal((4u, true, ActionStatus.Completed), (answer.Term, answer.Accepted, answer.Action));
    }

    [Fact]
    public async Task Accepted_and_not_there_yet_is_in_progress_until_it_is_seen()
    {
        using var provider = Provider("""[ "$1" = assign ] && exit 0; cat "$HOME/at" 2>/dev/null || echo none""");

        var answer = await provider.Assign(4, ServerId.NumberOf("i-0abc"), () => true);
        var before = await provider.ReadAction(answer.ActionId);
        File("at", "i-0abc");
        var after = await provider.ReadAction(answer.ActionId);

        Assert.Equal((true, ActionStatus.InProgress, ActionStatus.InProgress, ActionStatus.Completed), (answer.Accepted, answer.Action, before.Action, after.Action));
        Assert.Equal(ApiStatus.NotFound, (await provider.ReadAction(answer.ActionId)).Status);
    }

    [Theory]
    [InlineData(3, ApiStatus.Forbidden)]
    [InlineData(4, ApiStatus.NotFound)]
    [InlineData(5, ApiStatus.Refused)]
    [InlineData(6, ApiStatus.RateLimited)]
    [InlineData(1, ApiStatus.Failed)]
    public async Task How_it_ends_says_what_became_of_the_assign(int status, ApiStatus expected)
    {
        using var provider = Provider($"echo why it failed >&2; exit {status}");

        var answer = await provider.Assign(1, 7, () => true);

        Assert.Equal((expected, false), (answer.Status, answer.Accepted));
        Assert.Contains("why it failed", answer.Detail);
        Assert.Contains("why it failed", provider.Problem);
    }

    [Fact]
    public async Task An_assign_that_takes_longer_than_an_answer_goes_on_as_an_action()
    {
        using var provider = Provider("""[ "$1" = assign ] && { sleep 0.6; echo "$3" >"$HOME/at"; exit 0; }; cat "$HOME/at" 2>/dev/null || echo none""", limitS: 0.3);

        var answer = await provider.Assign(1, 7, () => true);

        Assert.Equal((true, ActionStatus.InProgress), (answer.Accepted, answer.Action));
        await Until.True(async () => (await provider.ReadAction(answer.ActionId)).Action == ActionStatus.Completed, "it is seen there");
    }

    /// <summary>Else the agent takes an assign that was accepted for one that got no answer, and asks again before 60 s are over.</summary>
    [Fact]
    public async Task The_look_after_an_assign_has_what_the_assign_has_left_of_the_time_for_an_answer()
    {
        using var provider = Provider("""[ "$1" = assign ] && { sleep 1.2; exit 0; }; sleep 1.6; echo 7""", limitS: 2);
        var began = Stopwatch.GetTimestamp();

        var answer = await provider.Assign(1, 7, () => true);

        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 1.2, 2.5);
        Assert.Equal((true, ActionStatus.InProgress, null), (answer.Accepted, answer.Action, provider.Problem));
        await Until.True(async () => (await provider.ReadAction(answer.ActionId)).Action == ActionStatus.Completed, "it is seen there");
    }

    [Fact]
    public async Task A_read_that_takes_longer_than_an_answer_is_the_answer_to_the_next()
    {
        using var provider = Provider("""echo x >>"$HOME/runs"; until [ -e "$HOME/go" ]; do sleep 0.02; done; echo 7""", limitS: 1);

        var first = await provider.ReadHolder();
        await System.IO.File.WriteAllTextAsync(Path.Combine(_directory, "go"), "");
        var second = await provider.ReadHolder();

        Assert.Equal((ApiStatus.Failed, ApiStatus.Ok, 7L), (first.Status, second.Status, second.DropletId));
        Assert.Equal(first.SentAt, second.SentAt);
        Assert.Single(System.IO.File.ReadLines(Path.Combine(_directory, "runs")));
    }

    [Theory]
    [InlineData("sleep 60")]
    [InlineData("sleep 60 & echo $! >>\"$HOME/pid\"; wait")]
    [InlineData("setsid sleep 60 & echo $! >>\"$HOME/pid\"; trap '' TERM; sleep 60")]
    [InlineData("(setsid sh -c 'echo $$ >>\"$HOME/pid\"; sleep 60' &); sleep 60")]
    public async Task What_hangs_is_killed_with_all_that_it_started(string script)
    {
        using var provider = Provider($"echo $$ >\"$HOME/pid\"; {script}", timeoutS: 1);

        var started = Stopwatch.GetTimestamp();
        var read = await provider.ReadHolder();

        Assert.Equal(ApiStatus.Failed, read.Status);
        Assert.Contains("was killed", read.Detail);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0.9, 4);
        foreach (var pid in System.IO.File.ReadAllLines(Path.Combine(_directory, "pid")))
            await Until.True(() => Task.FromResult(!Directory.Exists($"/proc/{pid}") || System.IO.File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal)), $"process {pid} is gone", 3);
    }

    [Fact]
    public async Task What_it_leaves_in_the_background_with_its_output_open_delays_nothing()
    {
        using var provider = Provider("sleep 5 & echo 7");

        var (read, took) = await Timed(provider.ReadHolder());

        Assert.Equal(7, read.DropletId);
        Assert.InRange(took.TotalSeconds, 0, 3);
    }

    [Theory]
    [InlineData("echo 'Authorization: Bearer abc123secret' >&2; exit 1")]
    [InlineData("echo '{\"token\": \"abc123secret\"}' >&2; exit 1")]
    [InlineData("echo 'password=abc123secret' >&2; exit 1")]
    [InlineData("echo 'api-key: abc123secret' >&2; exit 3")]
    [InlineData("echo abc123secret two")]
    [InlineData("echo 'cannot open https://user:abc123secret@h/x' >&2; exit 1")]
    [InlineData("echo 'passphrase abc123secret' >&2; exit 3")]
    public async Task What_looks_like_a_secret_in_its_words_is_not_shown(string script)
    {
        using var provider = Provider(script);

        Assert.DoesNotContain("abc123secret", (await provider.ReadHolder()).ToString());
        Assert.DoesNotContain("abc123secret", $"{provider.Problem}");
    }

    [Theory]
    [InlineData("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f1", "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f1")]
    [InlineData("[default]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYcanary14", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYcanary14")]
    public async Task A_credential_that_could_be_the_name_of_a_server_is_not_taken_for_the_holder(string file, string printed)
    {
        FlipAgent.Redaction.Redactor.Register(file);
        using var provider = Provider($"echo {printed}");

        var read = await provider.ReadHolder();

        Assert.Equal((ApiStatus.Failed, null), (read.Status, read.DropletId));
        Assert.DoesNotContain(printed, $"{read} {provider.Problem}");
    }

    /// <summary>As everywhere: a name without a slash is that of a credential of systemd, where there is one.</summary>
    [Fact]
    public async Task The_path_of_the_token_is_that_of_the_credential()
    {
        const string Variable = "CREDENTIALS_DIRECTORY";
        var before = Environment.GetEnvironmentVariable(Variable);
        var program = File("program", "#!/bin/sh\necho \"$FLIPAGENT_TOKEN_FILE\" >\"$HOME/path\"; echo none\n");
        System.IO.File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var config = Config.Sample.Valid($$"""
            cluster: web-lb
            nodes:
              - {name: haproxy-1, address: 10.110.0.2, server_id: i-0abc, priority: 150}
              - {name: haproxy-2, address: 10.110.0.3, server_id: i-0abd, priority: 100}
            election: {key_file: /etc/flipagent/cluster.key}
            floating_ip: {provider: exec, command: [{{program}}], address: 203.0.113.10, token_file: token-of-exec-14}
            checks:
              - {name: haproxy, process: {unit: haproxy.service} }
            """);
        File("token-of-exec-14", Token);
        Environment.SetEnvironmentVariable(Variable, _directory);
        try
        {
            using var provider = CloudProviders.Make(config, 1, Ground(stateDir: _directory));
            await provider.ReadHolder();
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
        Assert.Equal(Path.Combine(_directory, "token-of-exec-14"), System.IO.File.ReadAllText(Path.Combine(_directory, "path")).Trim());
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_said_by_its_path()
    {
        using var provider = new ExecProvider(FloatingIp(new("http://127.0.0.1:1")) with { Vendor = CloudVendor.Exec, Command = new(["/nonexistent/x"]), CommandTimeout = TimeSpan.FromSeconds(1) }, null, Ground());

        var read = await provider.ReadHolder();

        Assert.Equal(ApiStatus.Failed, read.Status);
        Assert.Contains("/nonexistent/x cannot be started", read.Detail);
    }

    [Fact]
    public async Task What_is_not_wanted_any_more_is_not_run()
    {
        using var provider = Provider("touch \"$HOME/ran\"");

        var answer = await provider.Assign(1, 7, () => false);

        Assert.True(answer.NotSent);
        Assert.False(System.IO.File.Exists(Path.Combine(_directory, "ran")));
    }

    private ExecProvider Provider(string script, string? tokenFile = null, double limitS = 5, double timeoutS = 10)
    {
        var program = File("program", $"#!/bin/sh\n{script}\n");
        System.IO.File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var config = FloatingIp(new("http://127.0.0.1:1")) with { Vendor = CloudVendor.Exec, Command = new([program]), CommandTimeout = TimeSpan.FromSeconds(timeoutS) };
        return new ExecProvider(config, tokenFile, Ground(limitS: limitS, stateDir: _directory));
    }

    private string File(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }
}
