using FlipAgent.Harness;

namespace FlipAgent.Tests.Project;

/// <summary>What setup.sh, which runs as root, takes from the metadata service: plain HTTP, and on a machine that is no droplet anybody's.</summary>
public sealed class SetUpScriptTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-setup-").FullName;

    public SetUpScriptTests()
    {
        foreach (var name in (string[])["apt-get", "a2dissite", "a2disconf", "a2ensite", "apache2ctl", "systemctl"])
            Program(name, "");
        Program("id", "echo 0");
        foreach (var folder in (string[])["apache", "www", "www0", "etc/sites-available"])
            Directory.CreateDirectory(Path.Combine(_directory, folder));
        foreach (var file in (string[])["apache/ports.conf", "apache/reference.conf"])
            File.Copy(Repository.PathOf($"deploy/reference/{file}"), Path.Combine(_directory, file));
        File.WriteAllText($"{_directory}/values", "WEB_ADDRESS=auto\n");
        File.WriteAllText($"{_directory}/etc/ports.conf", "as it was");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("printf 10.110.0.47", "10.110.0.47")]
    [InlineData("echo 10.0.0.255", "10.0.0.255")]
    [InlineData("exit 22", null)]
    [InlineData("echo", null)]
    [InlineData("echo '1|;e touch ran #'", null)]
    [InlineData("printf '10.110.0.4\\ne touch ran'", null)]
    [InlineData("printf '10.110.0.4|\\ne touch ran\\n'", null)]
    [InlineData("echo '<html>'", null)]
    [InlineData("echo 10.110.0.256", null)]
    [InlineData("echo 10.110.0", null)]
    public void Only_an_address_gets_from_the_metadata_service_into_the_configuration(string curl, string? address)
    {
        Program("curl", curl);
        var script = File.ReadAllText(Repository.PathOf("deploy/cloud-init/setup.sh")).Replace("/etc/apache2", $"{_directory}/etc").Replace("/var/www", $"{_directory}/www0");
        File.WriteAllText($"{_directory}/setup.sh", script);

        var run = Shell.Run("sh", [$"{_directory}/setup.sh", "web"], environment: new Dictionary<string, string> { ["PATH"] = $"{_directory}:/usr/bin:/bin" });

        Assert.False(File.Exists($"{_directory}/ran"));
        var written = File.ReadAllText($"{_directory}/etc/ports.conf");
        if (address is not null)
        {
            Assert.Equal((0, ""), (run.Code, run.Error));
            Assert.Contains($"  Define WEB_ADDRESS {address}\n", written);
            return;
        }
        Assert.Equal((1, "as it was"), (run.Code, written));
        Assert.Matches(@"\Asetup\.sh: the metadata service .*write WEB_ADDRESS=ADDRESS into values\n\z", run.Error);
    }

    private void Program(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        File.WriteAllText(file, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
    }
}
