using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Core;
using FlipAgent.Ctl;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>The cluster's key is put in place whole, for its readers alone, and is seen nowhere on its way.</summary>
public sealed class KeyVerbTests : IDisposable
{
    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private static readonly string s_line = KeyGen.Line(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-key-").FullName;

    private string KeyFile => Path.Combine(_directory, "cluster.key");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_new_key_is_in_place_and_not_on_the_screen()
    {
        var run = Install();

        Assert.Equal((0, ""), (run.Exit, run.Error));
        var text = File.ReadAllText(KeyFile);
        Assert.Equal([1], KeyRing.Parse(text).Keys!.Ids.ToArray());
        Assert.Equal(Closed, File.GetUnixFileMode(KeyFile));
        Assert.Contains($"ssh {Environment.MachineName} sudo cat {KeyFile} | ssh NODE sudo flipagentctl join\n", run.Out);
        Assert.DoesNotContain(text[2..30], run.Out);
        Assert.Equal([KeyFile], Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void A_key_that_is_there_stays_unless_it_is_forced()
    {
        Write(s_line);

        var refused = Install();
        Assert.Equal((1, ""), (refused.Exit, refused.Out));
        Assert.Contains($"{KeyFile} exists already and is left as it is", refused.Error);
        Assert.Equal(s_line, File.ReadAllText(KeyFile));
        Assert.Equal([KeyFile], Directory.GetFileSystemEntries(_directory));

        var forced = Install(force: true);
        Assert.Equal(0, forced.Exit);
        Assert.Contains("do not hear each other until all have the same key", forced.Out);
        Assert.NotEqual(s_line, File.ReadAllText(KeyFile));
        Assert.Equal(Closed, File.GetUnixFileMode(KeyFile));
        Assert.Equal([KeyFile], Directory.GetFileSystemEntries(_directory));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_in_its_place_is_never_followed(bool dangling)
    {
        var elsewhere = Path.Combine(_directory, "elsewhere");
        if (!dangling)
            File.WriteAllText(elsewhere, "precious");
        File.CreateSymbolicLink(KeyFile, elsewhere);

        Assert.Equal(1, Install().Exit);
        Assert.Equal(1, Join(s_line).Exit);
        Assert.NotNull(new FileInfo(KeyFile).LinkTarget);
        Assert.Equal(0, Install(force: true).Exit);

        Assert.Null(new FileInfo(KeyFile).LinkTarget);
        Assert.Equal(!dangling, File.Exists(elsewhere));
        Assert.True(dangling || File.ReadAllText(elsewhere) == "precious");
    }

    [Theory]
    [InlineData(0x1ff, "mode 0777")]
    [InlineData(0x3ff, "mode 01777")] // Others could have put something by that name there before.
    public void A_folder_that_others_can_change_gets_no_key(int mode, string shown)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_directory, "open"));
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)mode);
        var run = Join(s_line, Path.Combine(folder.FullName, "cluster.key"));

        Assert.Equal((1, ""), (run.Exit, run.Out));
        Assert.Contains($"the directory {folder.FullName} can be changed by others", run.Error);
        Assert.Contains(shown, run.Error);
        Assert.Empty(folder.GetFileSystemInfos());
    }

    [Fact]
    public void A_folder_above_that_others_can_change_or_a_link_to_such_a_one_is_no_way_round()
    {
        var open = Directory.CreateDirectory(Path.Combine(_directory, "open"));
        var folder = open.CreateSubdirectory("closed");
        File.SetUnixFileMode(open.FullName, (UnixFileMode)0x1ff);
        File.CreateSymbolicLink(Path.Combine(_directory, "link"), folder.FullName);

        Assert.Contains($"the directory {open.FullName} can be changed by others", Join(s_line, Path.Combine(folder.FullName, "cluster.key")).Error);
        Assert.Contains($"the directory {open.FullName} can be changed by others", Join(s_line, Path.Combine(_directory, "link", "cluster.key")).Error);
        Assert.Empty(folder.GetFileSystemInfos());
    }

    [Fact]
    public void What_is_no_file_and_where_no_folder_is_are_said()
    {
        Directory.CreateDirectory(KeyFile);
        Assert.Contains($"{KeyFile} is not a file", Install(force: true).Error);
        Assert.Contains($"there is no directory {_directory}/none", Join(s_line, Path.Combine(_directory, "none", "key")).Error);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}\n")]
    [InlineData("  {0} \t\r\n\r\n")]
    [InlineData("\uFEFF{0}\r\n")]
    public void A_key_is_taken_over_whatever_stands_at_its_ends(string text)
    {
        var run = Join(string.Format(text, s_line));

        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Equal(s_line + "\n", File.ReadAllText(KeyFile));
        Assert.Equal(Closed, File.GetUnixFileMode(KeyFile));
        Assert.StartsWith($"{KeyFile}: it has key 1, ", run.Out);
        Assert.Contains("Next: ", run.Out);
        Assert.DoesNotContain(s_line[2..30], run.Out);
    }

    [Fact]
    public void A_file_in_the_middle_of_a_rotation_is_taken_over_whole()
    {
        var text = $"# since May\n{KeyGen.Line(2)}\n{s_line}   # to go";
        Assert.Contains("it has keys 2, 1", Join(text).Out);
        Assert.Equal(text + "\n", File.ReadAllText(KeyFile));
    }

    [Theory]
    [InlineData("", "no key has come, the input is empty")]
    [InlineData(" \r\n\n", "no key has come, the input is empty")]
    [InlineData("{0}\n{0}\n", "line 2: id 1 is already on line 1")]
    [InlineData("{1}", "line 1: the key has 31 bytes, expected 32 to 64")]
    [InlineData("{1}a", "line 1: the key has 63 hex digits, expected an even number")]
    [InlineData("{0} {0}", "line 1: character 65 of the key is not a hex digit")]
    [InlineData("x{0}", "line 1: the id before the colon is not a number")]
    [InlineData("dop_v1_canary0123456789", "that is a token of the cloud's API and not the key")]
    [InlineData("https://hooks.slack.com/services/T0/B0/canary", "that is a URL and not the key")]
    [InlineData("-----BEGIN PRIVATE KEY-----\ncanary", "that is a certificate or a key of another kind")]
    [InlineData("cluster: canary\n", "line 1: the id before the colon is not a number")]
    [InlineData("canary\0", "that is not text")]
    [InlineData("1:0000000000000000000000000000000000000000000000000000000000000000", "the key is not random")]
    public void What_is_no_key_is_refused_and_not_repeated(string text, string why)
    {
        var run = Join(string.Format(text, s_line, s_line[..^2]));

        Assert.Equal((1, ""), (run.Exit, run.Out));
        Assert.Contains(why, run.Error);
        Assert.Contains("Nothing was changed.", run.Error);
        Assert.DoesNotContain("canary", run.Error);
        Assert.DoesNotContain(s_line[2..20], run.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void A_wrong_file_that_does_not_end_is_read_no_further_than_needed()
    {
        var asked = 0;
        var run = Run(verbs => verbs.Join(KeyFile, force: false), CtlRun.Plain() with { ReadSome = most => new string('a', asked = most + 1) });
        Assert.Contains("that is longer than 4096 bytes, and no key file", run.Error);
        Assert.Equal(4097, asked);
    }

    [Fact]
    public void The_same_key_again_changes_nothing_but_a_wrong_mode()
    {
        Join(s_line);
        var before = File.GetLastWriteTimeUtc(KeyFile);
        Assert.Contains("has this key already", Join(s_line).Out);
        Assert.Equal(before, File.GetLastWriteTimeUtc(KeyFile));

        File.SetUnixFileMode(KeyFile, Closed | UnixFileMode.OtherRead);
        Assert.Equal(0, Join(s_line).Exit);
        Assert.Equal(Closed, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public void Another_key_is_not_replaced_unless_it_is_forced()
    {
        Join(s_line);
        var refused = Join(KeyGen.Line(1));
        Assert.Equal((1, true), (refused.Exit, refused.Error.Contains("exists already and is left as it is")));
        Assert.Equal(s_line + "\n", File.ReadAllText(KeyFile));

        var other = KeyGen.Line(1);
        Assert.Equal(0, Join(other, force: true).Exit);
        Assert.Equal(other + "\n", File.ReadAllText(KeyFile));
    }

    [Fact]
    public void It_goes_where_the_configuration_looks_for_it_and_a_key_elsewhere_is_a_warning()
    {
        var config = Path.Combine(_directory, "flipagent.yaml");
        var named = Path.Combine(_directory, "named.key");
        File.WriteAllText(config, ConfigTemplate.Text().Replace("/etc/flipagent/cluster.key", named).Replace("10.110.0.2", "127.0.0.1"));

        var run = Run(verbs => verbs.Join(null, force: false), CtlRun.Plain() with { ReadSome = _ => s_line }, config);
        Assert.Equal((0, "", true, false), (run.Exit, run.Error, File.Exists(named), File.Exists(KeyFile)));

        var elsewhere = Run(verbs => verbs.Join(KeyFile, force: false), CtlRun.Plain() with { ReadSome = _ => s_line }, config);
        Assert.Equal($"flipagentctl: warning: {config} names {named} (election.key_file): the agent does not look into {KeyFile}\n", elsewhere.Error);
    }

    [Theory]
    [InlineData("join", "KEY")]
    [InlineData("join", "--key", "KEY")]
    [InlineData("join", "--key-file", "KEY")]
    [InlineData("keygen", "--install", "--key-file", "KEY")]
    public async Task A_key_on_the_command_line_is_refused_and_not_repeated(params string[] args)
    {
        var run = await CtlRun.Of([.. args.Select(word => word == "KEY" ? s_line : word)]);
        Assert.Equal((2, ""), (run.Exit, run.Out));
        Assert.Contains("never on the command line", run.Error);
        Assert.DoesNotContain(s_line[2..20], run.Error);
    }

    [NeedsFact("root", "unshare", "python3")]
    public void At_a_real_terminal_it_is_not_shown_and_the_terminal_is_as_before_afterwards()
    {
        // The key, and behind it what must not become a command of the shell; then Ctrl-C at the question.
        var run = Shell.Run("unshare", ["--mount", "sh", "-e", "-c", $"""
            cp /etc/group {_directory}/group
            grep -q ^flipagent: {_directory}/group || echo 'flipagent:x:4711:' >>{_directory}/group
            mount --bind {_directory}/group /etc/group
            umask 0
            python3 - {Client()} {KeyFile} {s_line} <<'END'
            import os, signal, subprocess, sys, termios
            client, file, key = sys.argv[1:]
            def echo(fd): return bool(termios.tcgetattr(fd)[3] & termios.ECHO)
            def play(path, typed):
                master, slave = os.openpty()
                def own():
                    os.setsid()
                    import fcntl
                    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
                    # A shell that starts the tests in the background has it ignored for all children.
                    signal.signal(signal.SIGINT, signal.SIG_DFL)
                child = subprocess.Popen([client, "join", "--key-file", path], stdin=slave, stdout=slave, stderr=slave, preexec_fn=own)
                seen = b""
                while not seen.endswith(b"): "):
                    seen += os.read(master, 4096)
                hidden = not echo(slave)
                os.write(master, typed)
                code = child.wait(timeout=60)
                os.set_blocking(master, False)
                try: seen += os.read(master, 65536)
                except BlockingIOError: pass
                os.write(master, b"\n")
                left = os.read(slave, 4096)
                print("hidden", hidden, "code", code, "shown", key[2:20].encode() in seen, "echo", echo(slave), "left", left)
                return seen.decode()
            print(play(file, key.encode() + b"\nrm"))
            play(file + ".2", b"\x03")
            END
            stat -c '%U:%g %a' {KeyFile}
            ls -A {_directory}
            """], null, new Dictionary<string, string> { ["DOTNET_ROOT"] = DotnetRoot(), ["DOTNET_EnableDiagnostics"] = "0" });

        Assert.Equal(("", 0), (run.Error, run.Code));
        var lines = run.Out.Split('\n');
        Assert.Equal("hidden True code 0 shown False echo True left b'\\n'", lines[0]);
        Assert.Contains($"{KeyFile}: it has key 1, root:flipagent 0640", run.Out);
        Assert.Contains("\nhidden True code -2 shown False echo True left b'\\n'\n", run.Out);
        Assert.Matches(@"\nroot:\d+ 640\ncluster\.key\nflipagentctl\ngroup\n$", run.Out);
        Assert.Equal(s_line + "\n", File.ReadAllText(KeyFile));
    }

    [NeedsFact("root", "unshare")]
    public void A_machine_without_the_package_is_told_so()
    {
        var none = Shell.Run("unshare", ["--mount", "sh", "-e", "-c", $"grep -v ^flipagent: /etc/group >{_directory}/group; mount --bind {_directory}/group /etc/group; exec {Client()} join --key-file {KeyFile}"],
            s_line, new Dictionary<string, string> { ["DOTNET_ROOT"] = DotnetRoot() });
        Assert.Equal((1, ""), (none.Code, none.Out));
        Assert.Contains("there is no group flipagent on this machine", none.Error);
        Assert.False(File.Exists(KeyFile));
    }

    private CtlRun Install(bool force = false) => Run(verbs => verbs.Install(1, KeyFile, force), CtlRun.Plain());

    private CtlRun Join(string text, string? file = null, bool force = false) =>
        Run(verbs => verbs.Join(file ?? KeyFile, force), CtlRun.Plain() with { ReadSome = _ => text });

    private CtlRun Run(Func<KeyVerbs, int> run, Terminal terminal, string? config = null)
    {
        var verbs = new KeyVerbs(terminal)
        {
            Config = config ?? Path.Combine(_directory, "no.yaml"),
            File = KeyFile,
            Rights = new FileRights(Libc.EffectiveUser(), Libc.EffectiveGroup(), Closed),
        };
        return new CtlRun(run(verbs), terminal.Out.ToString()!, terminal.Error.ToString()!);
    }

    private void Write(string text) => File.WriteAllText(KeyFile, text);

    private string Client() => File.CreateSymbolicLink(Path.Combine(_directory, "flipagentctl"), Path.Combine(AppContext.BaseDirectory, "flipagent")).FullName;

    private static string DotnetRoot() =>
        Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
