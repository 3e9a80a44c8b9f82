using FlipAgent.Config;
using FlipAgent.Config.Keepalived;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Ctl;
using FlipAgent.Kernel;
using FlipAgent.Lease;
using FlipAgent.Running;
using FlipAgent.Tests.Config;
using FlipAgent.Tests.Ctl;
using FlipAgent.Tests.State;

namespace FlipAgent.Tests.Kernel;

/// <summary>
/// A file that opens and whose read fails, as a network file system, FUSE, a security module and a bad disk have them: everywhere a file that cannot be read, and nowhere the end of the program.
/// </summary>
public sealed class UnreadableFileTests : IDisposable
{
    /// <summary>EIO for everybody; and EPERM for a root without all rights, as in a container. Elsewhere it cannot be opened, or has no content that is of any use.</summary>
    private const string Eio = "/proc/self/mem", Eperm = "/proc/1/personality";

    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-unreadable-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_words_are_those_of_the_system()
    {
        var failed = RegularFile.Read(Eio, 4096);
        Assert.Null(failed.Content);
        Assert.Equal(new FileProblem(FileProblemKind.Unreadable, "Input/output error"), failed.Problem);
        var refused = RegularFile.Read(Eperm, 4096);
        Assert.True(refused.Content is not null || refused.Problem is { Kind: FileProblemKind.Unreadable, Reason: "Operation not permitted" or "Permission denied" }, $"{refused.Problem}");
    }

    [Fact]
    public void A_long_file_is_read_to_its_end_and_one_byte_more_is_too_much()
    {
        var file = Path.Combine(_directory, "long");
        var bytes = new byte[200_000];
        Random.Shared.NextBytes(bytes);
        File.WriteAllBytes(file, bytes);
        Assert.Equal(bytes, RegularFile.Read(file, bytes.Length).Content);
        Assert.Equal(FileProblemKind.TooLarge, RegularFile.Read(file, bytes.Length - 1).Problem?.Kind);
        Assert.Equal(bytes[..64], RegularFile.ReadStart(file, 64).Content);
        Assert.Equal(bytes, RegularFile.ReadStart(file, bytes.Length + 1).Content);
        Assert.Equal(File.GetLastWriteTimeUtc(file), DateTime.UnixEpoch.AddTicks(RegularFile.ReadStart(file, 64).Written));
        // One whose size the kernel does not know before.
        Assert.NotEmpty(RegularFile.Read("/proc/self/status", 64 * 1024).Content!);
    }

    [Theory]
    [InlineData(Eio)]
    [InlineData(Eperm)]
    public async Task It_is_no_configuration(string file)
    {
        var check = await CtlRun.Of("config", "check", file);
        Assert.Equal((8, ""), (check.Exit, check.Out));
        Assert.StartsWith($"{file}:", check.Error);
        Assert.IsType<ConfigResult.Invalid>(ConfigReader.Read(file, null));
    }

    /// <summary>The status asks for this each second, and the agent that has a good configuration goes on with it.</summary>
    [Theory]
    [InlineData(Eio)]
    [InlineData(Eperm)]
    public void In_place_of_the_configuration_of_a_running_agent_it_is_one_that_is_not_valid(string file)
    {
        var path = Path.Combine(_directory, "flipagent.yaml");
        File.WriteAllText(path, $"{Sample.Minimal}\nstate_dir: {_directory}\n");
        var config = new ConfigFile(((ConfigResult.Valid)ConfigReader.Read(path, "haproxy-1")).Config, "haproxy-1");
        File.Delete(path);
        File.CreateSymbolicLink(path, file);
        var report = config.Look();
        Assert.Equal("invalid", report.State);
        Assert.NotNull(report.Kept);
        config.Refused("no");
        Assert.NotNull(config.Look());
        config.Applied();
        Assert.NotNull(config.Look());
    }

    [Fact]
    public void It_is_no_secret_and_the_advice_is_not_to_change_its_mode()
    {
        Assert.Equal(new SecretResult.Unreadable("Input/output error"), SecretFile.Read(Eio));
        if (IsRefused)
            Assert.IsType<SecretResult.Unreadable>(SecretFile.Read(Eperm));
        Assert.Equal($"{Eio} cannot be read by user {Environment.UserName} (Input/output error); expected a file with nothing but the secret in it", SecretFile.Read(Eio).Describe(Eio));
        Assert.EndsWith("(Permission denied): chgrp flipagent f; chmod 640 f", new SecretResult.Unreadable("Permission denied").Describe("f"));
    }

    [Theory]
    [InlineData(Eio)]
    [InlineData(Eperm)]
    public void It_is_no_certificate(string file)
    {
        var lease = new LeaseConfig(new([new Uri("https://127.0.0.1:2379")]), TimeSpan.FromSeconds(10), "/flipagent") { CaFile = file };
        Assert.Null(LeaseFiles.Read(lease, _directory, null, out var problem));
        Assert.StartsWith($"election.lease.ca_file: {file} ", problem);
    }

    [Theory]
    [InlineData(Eio)]
    [InlineData(Eperm)]
    public void It_is_no_memory_of_the_last_run(string file)
    {
        using var folder = new StateFolder();
        File.CreateSymbolicLink(folder.OfThisBoot, file);
        File.CreateSymbolicLink(folder.Lasting, file);
        File.CreateSymbolicLink(folder.Alive, file);
        Assert.Null(folder.Load(out var problems));
        Assert.NotEmpty(problems);
    }

    [Theory]
    [InlineData(Eio)]
    [InlineData(Eperm)]
    public async Task It_is_no_keepalived_conf_nor_a_part_of_one(string file)
    {
        var itself = await CtlRun.Of("import-keepalived", file);
        var conf = Path.Combine(_directory, "keepalived.conf");
        File.WriteAllText(conf, $"include {file}\nvrrp_instance A {{\n  priority 7\n}}\n");
        var included = await CtlRun.Of("import-keepalived", conf);

        Assert.Equal(0, included.Exit);
        Assert.Contains("nodes:", included.Out);
        if (file == Eio || IsRefused)
        {
            Assert.Equal((1, ""), (itself.Exit, itself.Out));
            Assert.Contains($"{file} cannot be read by user {Environment.UserName} (", itself.Error);
            Assert.Contains("what is in it is not imported", included.Error);
        }
        Assert.Null(KeepalivedFiles.OfThisMachine().Read(Eio));
    }

    /// <summary>A directory behind &lt; is the usual one of these.</summary>
    [Theory]
    [InlineData("Is a directory")]
    [InlineData("Operation not permitted")]
    public async Task A_standard_input_that_cannot_be_read_says_so(string words)
    {
        string Fails() => throw (words.StartsWith("Is", StringComparison.Ordinal) ? new IOException(words) : new UnauthorizedAccessException("Access to the path is denied.", new IOException(words)));
        var input = CtlRun.Plain() with { ReadSome = _ => Fails() };
        var check = await CtlRun.With(input, CancellationToken.None, "config", "check", "-");
        Assert.Equal((8, $"(standard input): cannot be read ({words}); expected the configuration\n"), (check.Exit, check.Error));

        input = CtlRun.Plain() with { ReadSome = _ => Fails() };
        var import = await CtlRun.With(input, CancellationToken.None, "import-keepalived", "-");
        Assert.Equal((1, $"flipagentctl: the standard input cannot be read ({words}); expected a keepalived.conf\n"), (import.Exit, import.Error));

        input = CtlRun.Plain() with { ReadSome = _ => Fails() };
        var file = Path.Combine(_directory, "cluster.key");
        var verbs = new KeyVerbs(input) { Config = Path.Combine(_directory, "no.yaml"), File = file, Rights = new FileRights(Libc.EffectiveUser(), Libc.EffectiveGroup(), UnixFileMode.UserRead) };
        Assert.Equal(ExitCode.Failed, verbs.Join(file, force: false));
        Assert.Equal($"flipagentctl: the standard input cannot be read ({words}); expected what stands in {file} of another node. Nothing was changed.\n", input.Error.ToString());
        Assert.False(File.Exists(file));
    }

    private static bool IsRefused => RegularFile.Read(Eperm, 4096).Problem is not null;
}
