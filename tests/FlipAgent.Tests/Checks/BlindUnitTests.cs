using FlipAgent.Checks;
using FlipAgent.Systemd;

namespace FlipAgent.Tests.Checks;

/// <summary>Units that are active and say nothing of HAProxy.</summary>
public class BlindUnitTests
{
    private static readonly UnitState s_running = new() { Load = "loaded", Active = "active", Sub = "running", Type = "notify", MainPid = 812 };

    private static readonly UnitState s_exited = s_running with { Sub = "exited", MainPid = 0 };

    [Theory]
    [InlineData("simple")]
    [InlineData("exec")]
    [InlineData("forking")]
    [InlineData("notify")]
    public void A_service_that_ended_is_down_although_RemainAfterExit_keeps_its_unit_active(string type)
    {
        var state = s_exited with { Type = type };
        Assert.Equal(UnitCondition.Down, state.Condition);
        Assert.Equal($"active (exited), for RemainAfterExit keeps a unit of type {type} active after its process has ended", state.Text);
    }

    [Fact]
    public void A_oneshot_that_has_exited_cannot_be_seen_into()
    {
        var state = s_exited with { Type = "oneshot" };
        Assert.Equal(UnitCondition.Up, state.Condition);
        Assert.Contains("none of its processes runs", Blindness.Of(state, null));
        Assert.Contains("http or haproxy check", Blindness.Of(state, null));
    }

    [Fact]
    public void Without_a_main_process_its_end_is_not_seen()
    {
        Assert.Contains("no main process", Blindness.Of(s_running with { MainPid = 0 }, null));
        // Between two main processes, while it reloads, there may be none for a moment.
        Assert.Null(Blindness.Of(s_running with { Active = "reloading", MainPid = 0 }, null));
    }

    [Theory]
    [InlineData("docker", "in a container")]
    [InlineData("podman", "in a container")]
    [InlineData("conmon", "in a container")]
    [InlineData("systemd-nspawn", "in a container")]
    [InlineData("sh", "which starts others")]
    [InlineData("supervisord", "which starts others")]
    [InlineData("haproxy", null)]
    [InlineData("haproxy-systemd", null)]
    [InlineData(null, null)]
    public void A_wrapper_as_main_process_is_named(string? command, string? expected)
    {
        var said = Blindness.Of(s_running, command);
        if (expected is null)
            Assert.Null(said);
        else
            Assert.Contains(expected, said);
    }

    [Fact]
    public void The_name_is_the_kernels()
    {
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "read wait"]) { RedirectStandardInput = true })!;
        try
        {
            Assert.Contains("its main process is ", Blindness.Of(s_running with { MainPid = shell.Id }));
        }
        finally
        {
            shell.Kill();
        }
    }
}
