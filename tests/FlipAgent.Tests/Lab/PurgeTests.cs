using System.Diagnostics;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Lab;

/// <summary>What the package's purge removes: the directories of its own units, and nothing of another package.</summary>
public sealed class PurgeTests
{
    [Fact]
    public async Task Purge_removes_the_directories_of_the_units_that_were_configured_and_leaves_those_of_others()
    {
        var root = Directory.CreateTempSubdirectory("flipagent-purge-").FullName;
        foreach (var folder in new[] { "etc/flipagent", "var/lib/flipagent", "run/flipagent", "var/lib/flipagent-web", "run/flipagent-web", "var/lib/flipagent-exporter", "run/flipagent-exporter", "var/lib/other" })
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
            await File.WriteAllTextAsync(Path.Combine(root, folder, "file"), "x");
        }
        foreach (var config in new[] { "flipagent.yaml", "web.yaml" })
            await File.WriteAllTextAsync(Path.Combine(root, "etc/flipagent", config), "cluster: web\n");
        Assert.Equal(0, await Postrm(root, "remove"));
        Assert.True(Directory.Exists(Path.Combine(root, "etc/flipagent")));
        Assert.Equal(0, await Postrm(root, "purge"));
        // A second time, with nothing there.
        Assert.Equal(0, await Postrm(root, "purge"));
        Assert.Equal(
            ["etc", "run", "run/flipagent-exporter", "var", "var/lib", "var/lib/flipagent-exporter", "var/lib/other"],
            Directory.GetDirectories(root, "*", SearchOption.AllDirectories).Select(d => Path.GetRelativePath(root, d)).Order(StringComparer.Ordinal));
        Directory.Delete(root, recursive: true);
    }

    private static async Task<int> Postrm(string root, string action)
    {
        var script = Repository.PathOf("deploy/apt/debian/flipagent.postrm");
        var start = new ProcessStartInfo("/bin/sh", [script, action]);
        start.Environment["DPKG_ROOT"] = root;
        using var run = Process.Start(start)!;
        await run.WaitForExitAsync();
        return run.ExitCode;
    }
}
