using FlipAgent.Harness;
using FlipAgent.Logging;

namespace FlipAgent.Tests.Logging;

/// <summary>Recognising the journal by device and inode; stat(1) is the oracle.</summary>
public class JournalStreamTests
{
    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/etc/passwd")]
    [InlineData("/proc/self/status")]
    public void An_open_file_has_the_device_and_inode_that_stat_prints(string path)
    {
        using var file = File.OpenHandle(path);
        var descriptor = (int)file.DangerousGetHandle();
        var stream = Stat($"/proc/{Environment.ProcessId}/fd/{descriptor}");
        Assert.True(JournalStream.Matches(stream, descriptor), $"{stream} against {JournalStream.Identity(descriptor)}");
        Assert.False(JournalStream.Matches(stream + "0", descriptor));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("8")]
    [InlineData("a:b")]
    [InlineData("1:2:3")]
    public void Nonsense_is_no_journal(string? value) => Assert.False(JournalStream.IsOurs(value));

    [Fact]
    public void A_closed_descriptor_is_no_journal() => Assert.Null(JournalStream.Identity(9999));

    private static string Stat(string path) => Shell.Must("stat", "-L", "-c", "%d:%i", path).Trim();
}
