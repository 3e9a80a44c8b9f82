using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Ctl;
using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>Who besides root may change the programs that a configuration names.</summary>
public sealed class ProgramFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-programs-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("chmod 0755 a/program", "a/program", "")]
    [InlineData("chmod 0757 a/program", "a/program", "a/program can be changed by others, who decide what is run (mode 0757, uid U, gid G): chmod go-w D/a/program")]
    [InlineData("chmod 0777 a", "a/program", "the directory D/a can be changed by others, who can put files of their own there (mode 0777, uid U, gid G): chmod go-w D/a")]
    [InlineData("chmod 1777 a", "a/program", "")]
    [InlineData("ln -s ../a/program b/link", "b/link", "")]
    [InlineData("ln -s ../a/program b/link; chmod 0777 b", "b/link", "the directory D/b can be")]
    [InlineData("ln -s ../a b/link; chmod 0777 b", "b/link/program", "the directory D/b can be")]
    [InlineData("ln -s ../b/second c/link; ln -s $PWD/a/./program b/second; chmod 0777 b", "c/link", "the directory D/b can be")]
    [InlineData("ln -s ../b/../b/second c/link; ln -s $PWD/a/program b/second; chmod 0777 a", "c/link", "the directory D/a can be")]
    [InlineData("ln -s program a/program2; ln -sf program2 a/program", "a/program", "")]
    [InlineData("chmod 0666 a/program", "a/none, D/a/program", "a/program can be")]
    [InlineData("echo data >b/data; chmod 0666 b/data", "a/program, D/b/data", "")]
    public async Task Who_else_can_change_a_program_is_told_whatever_it_is_for(string arrange, string command, string problem)
    {
        foreach (var folder in (string[])["a", "b", "c"])
            Directory.CreateDirectory(Path.Combine(_directory, folder));
        File.WriteAllText($"{_directory}/a/program", "#!/bin/sh\n");
        var owner = Shell.Must("sh", "-ec", $"cd {_directory}; umask 022; chmod 0755 a b c a/program; {arrange}; stat -c '%u %g' .").Trim().Split(' ');
        var file = Config($"[{_directory}/{command.Replace("D/", _directory + "/")}]");
        var run = await CtlRun.Of("config", "check", file, "--node", "n1");

        Assert.True(run.Exit == 0, run.Error);
        var told = run.Error.Split('\n').Where(line => line.Contains("others")).ToList();
        var expected = problem.Replace("uid U, gid G", $"uid {owner[0]}, gid {owner[1]}").Replace("D/", _directory + "/");
        string[] whose = ["check own", "floating_ip.command", "alerts"];
        Assert.Equal(problem.Length == 0 ? [] : whose, told.Select(line => whose.Single(name => line.StartsWith($"{file}: warning: {name}: ", StringComparison.Ordinal))));
        Assert.All(told, line => Assert.Contains(expected, line));
    }

    [Theory]
    [InlineData("#!/bin/sh\nexit 0\n", null)]
    [InlineData("#! /usr/bin/env sh\nexit 0\n", null)]
    [InlineData("\u007fELF\0", null)]
    [InlineData("#!/bin/sh\r\nexit 0\r\n", "its lines end as on Windows (CRLF)")]
    [InlineData("exit 0\n", "it is text that does not begin with #!")]
    [InlineData("\uFEFF#!/bin/sh\nexit 0\n", "a byte order mark stands before its #!")]
    [InlineData("#!/opt/none/bin/python3 -u\nexit(0)\n", "its interpreter /opt/none/bin/python3 is not there")]
    public async Task A_script_that_the_kernel_cannot_run_is_warned_of(string script, string? problem)
    {
        var program = Path.Combine(_directory, "script");
        File.WriteAllText(program, script);
        Shell.Must("chmod", "0755", program);
        var file = Config($"[{program}]");
        var run = await CtlRun.Of("config", "check", file, "--node", "n1");

        Assert.True(run.Exit == 0, run.Error);
        var told = run.Error.Split('\n').Where(line => line.Contains("cannot be run")).ToList();
        Assert.Equal(problem is null ? 0 : 3, told.Count);
        Assert.All(told, line => Assert.Contains($"{program} cannot be run, for {problem}", line));
    }

    [NeedsFact("root")]
    public async Task Root_runs_no_program_of_the_configuration_that_others_can_change()
    {
        var program = Path.Combine(_directory, "holder");
        File.WriteAllText(program, $"#!/bin/sh\necho run >{_directory}/ran\necho none\n");
        var config = Assert.IsType<ConfigResult.Valid>(ConfigReader.Read(Config($"[{program}]"), "n1")).Config;
        foreach (var spoil in (string[])["chmod 0777", "chmod 0755 {0}; chown 65534"])
        {
            Shell.Must("sh", "-c", $"{string.Format(System.Globalization.CultureInfo.InvariantCulture, spoil, program)} {program}");
            var finding = Assert.Single(await CloudExam.Look(config));
            Assert.Equal((Health.Warn, "address"), (finding.Health, finding.Subject));
            Assert.StartsWith($"not looked up, for root does not run floating_ip.command while others can change it: {program} ", finding.Text);
            Assert.Contains("sudo -u flipagent flipagentctl doctor", finding.ToDo);
        }
        Assert.False(File.Exists($"{_directory}/ran"));

        Shell.Must("chown", "root", program);
        Assert.Equal(Health.Ok, Assert.Single(await CloudExam.Look(config)).Health);
        Assert.True(File.Exists($"{_directory}/ran"));
    }

    /// <summary>With the same command for all that may have one.</summary>
    private string Config(string command)
    {
        var (file, key) = (Path.Combine(_directory, "flipagent.yaml"), Path.Combine(_directory, "cluster.key"));
        File.WriteAllText(key, KeyGen.Line());
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        File.WriteAllText(file, $$"""
            cluster: web-lb
            nodes: [{name: n1, address: 127.0.0.1, server_id: "1", priority: 150}, {name: n2, address: 127.0.0.2, server_id: "2", priority: 100}]
            election: {key_file: {{key}}}
            floating_ip: {provider: exec, command: {{command}}, address: 203.0.113.10}
            checks: [{name: own, exec: {{command}} }]
            alerts: [{exec: {{command}} }]
            """);
        return file;
    }
}
