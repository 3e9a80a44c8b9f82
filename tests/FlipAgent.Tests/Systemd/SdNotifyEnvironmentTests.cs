using FlipAgent.Systemd;

namespace FlipAgent.Tests.Systemd;

/// <summary>The environment is the process's own, so these run one after the other.</summary>
public class SdNotifyEnvironmentTests
{
    [Fact]
    public void The_variables_are_read_and_taken_out_of_the_environment()
    {
        using var systemd = new UnixReceiver();
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", systemd.Path);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "3000000");
        Environment.SetEnvironmentVariable("WATCHDOG_PID", Environment.ProcessId.ToString());
        using var notify = SdNotify.FromEnvironment();
        notify.Watchdog();
        Assert.Equal("WATCHDOG=1", systemd.ReceiveText());
        Assert.Equal(TimeSpan.FromSeconds(3), notify.WatchdogTimeout);
        Assert.All(["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"], name => Assert.Null(Environment.GetEnvironmentVariable(name)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative/path")]
    [InlineData("vsock:2:1234")]
    public void A_socket_that_cannot_be_used_counts_as_no_systemd(string? value)
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", value);
        using var notify = SdNotify.FromEnvironment();
        Assert.False(notify.Enabled);
    }
}
