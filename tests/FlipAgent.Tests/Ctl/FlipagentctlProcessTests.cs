using FlipAgent.Control;
using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>The real binary under its second name, as a real process and as another user.</summary>
public class FlipagentctlProcessTests
{
    private const string NobodyMayNotRunDotnet = "The .NET runtime is in a directory that other users may not enter.";

    [Fact]
    public async Task A_link_by_the_name_of_flipagentctl_is_the_client_and_writes_plain_text_into_a_pipe()
    {
        await using var agent = await AgentInMemory.Start();

        var run = Shell.Run(Link(agent), [], null, Environment(agent));
        var status = Shell.Run(Link(agent), ["status"], null, Environment(agent));

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Equal((0, ""), (status.Code, status.Error));
        Assert.StartsWith("OK  haproxy-1 is master and holds 203.0.113.10", status.Out);
        Assert.DoesNotContain('\x1b', status.Out);
    }

    [NeedsFact("root", "setpriv")]
    public async Task Code_4_permission()
    {
        Assert.True(OthersMayEnter(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory()), NobodyMayNotRunDotnet);
        await using var agent = await AgentInMemory.Start();
        await using var closed = await AgentInMemory.Start(options => options with { ReadGroup = "no-such-group", ChangeGroup = "nor-this-one" });
        var link = Link(agent);

        var stranger = AsNobody(65534, link, agent, "status");
        var closedDoor = AsNobody(65534, link, closed, "status");
        var reader = AsNobody(60, link, agent, "maintenance", "on");
        var reading = AsNobody(60, link, agent, "status");

        Assert.Equal((4, 4, 4, 0), (stranger.Code, closedDoor.Code, reader.Code, reading.Code));
        Assert.Contains("uid 65534 may not read here: that takes root or the group games or users", stranger.Error);
        Assert.Contains($"no permission to open {closed.Socket}", closedDoor.Error);
        Assert.Contains("may not change things", reader.Error);
        Assert.Empty(agent.Commands);
    }

    private static ProgramResult AsNobody(int gid, string link, AgentInMemory agent, params string[] args) =>
        Shell.Run("setpriv", ["--reuid", "65534", "--regid", $"{gid}", "--clear-groups", link, .. args], null, Environment(agent));

    private static Dictionary<string, string> Environment(AgentInMemory agent) => new()
    {
        ["FLIPAGENT_SOCKET"] = agent.Socket,
        ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>A copy of the program where every user can run it (the build's own directory may be closed), and the link beside it.</summary>
    private static string Link(AgentInMemory agent)
    {
        var link = Path.Combine(agent.Directory, "bin", "flipagentctl");
        if (Path.Exists(link))
            return link;
        var bin = Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(IsOfTheProgram))
            File.Copy(file, Path.Combine(bin.FullName, Path.GetFileName(file)));
        File.CreateSymbolicLink(link, Path.Combine(bin.FullName, "flipagent"));
        Assert.Equal(0, Shell.Run("chmod", "-R", "a+rX", bin.FullName).Code);
        return link;
    }

    private static bool IsOfTheProgram(string file) => Path.GetFileName(file) is "flipagent" || file.EndsWith(".dll", StringComparison.Ordinal)
        || Path.GetFileName(file) is "flipagent.deps.json" or "flipagent.runtimeconfig.json";

    private static bool OthersMayEnter(string directory)
    {
        for (var at = new DirectoryInfo(directory); at is not null; at = at.Parent)
            if ((File.GetUnixFileMode(at.FullName) & UnixFileMode.OtherExecute) == 0)
                return false;
        return true;
    }
}
