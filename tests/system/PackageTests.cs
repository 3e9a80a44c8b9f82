using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>What apt, dpkg and systemd make of the package on a booted Debian.</summary>
[Collection(MachineCollection.Name)]
public sealed class PackageTests : IDisposable
{
    private readonly MachineNetwork _network = new();
    private readonly Droplet _droplet;

    public PackageTests()
    {
        _droplet = new Droplet("haproxy-1", _network.AddDroplet("haproxy-1", "10.110.0.2"), Golden.Layers);
        _droplet.Boot();
    }

    public void Dispose()
    {
        _droplet.Dispose();
        _network.Dispose();
    }

    [SystemFact]
    public void Apt_installs_it_from_the_signed_repository()
    {
        Assert.True(Golden.HowItWasInstalled.Code == 0, Golden.HowItWasInstalled.Text);
        Assert.Equal("installed", _droplet.Run("dpkg-query", "-W", "-f", "${db:Status-Status}", "flipagent"));
        Assert.DoesNotContain("WARNING", Golden.HowItWasInstalled.Text);
    }

    [SystemFact]
    public void Files_users_and_rights_are_as_the_design_says()
    {
        Assert.Equal("root root 755 regular file", Stat("/usr/sbin/flipagent"));
        Assert.Equal("../sbin/flipagent", _droplet.Run("readlink", "/usr/bin/flipagentctl").Trim());
        Assert.Equal("root root 755 directory", Stat("/etc/flipagent"));
        Assert.Empty(_droplet.Run("ls", "-A", "/etc/flipagent"));
        Assert.Equal("root root 644 regular file", Stat("/usr/share/doc/flipagent/flipagent.yaml"));
        Assert.Equal("root root 644 regular file", Stat("/usr/share/doc/flipagent/CHANGELOG.md"));
        foreach (var file in new[] { "runbook.md", "sbom.cdx.json", "flipagent.schema.json", "monitoring/flipagent.rules.yml", "monitoring/flipagent.dashboard.json" })
            Assert.Equal("root root 644 regular file", Stat($"/usr/share/doc/flipagent/{file}"));
        Assert.StartsWith("flipagent:x:", _droplet.Run("getent", "group", "flipagent"));
        Assert.StartsWith("flipagent-admin:x:", _droplet.Run("getent", "group", "flipagent-admin"));
        Assert.EndsWith("/usr/sbin/nologin", _droplet.Run("getent", "passwd", "flipagent").Trim());
        Assert.Contains("haproxy", _droplet.Run("id", "-nG", "flipagent").Split(' ', '\n'));
    }

    [SystemFact]
    public void It_is_neither_enabled_nor_started_and_a_start_without_configuration_says_what_is_missing()
    {
        Assert.Equal("disabled", _droplet.Try("systemctl", "is-enabled", "flipagent").Out.Trim());
        Assert.Equal("inactive", _droplet.Try("systemctl", "is-active", "flipagent").Out.Trim());
        var start = _droplet.Try("systemctl", "enable", "--now", "flipagent");
        Assert.Equal(1, start.Code);
        Assert.Contains("Job for flipagent.service failed", start.Text);
        Assert.Contains("/etc/flipagent/flipagent.yaml: there is no such file; expected the configuration (flipagentctl init writes a first one)",
            _droplet.Try("systemctl", "status", "--full", "flipagent").Out);
        // And it is not tried again and again.
        Assert.Equal("failed", Property("ActiveState"));
        Assert.Equal(("8", "0"), (Property("ExecMainStatus"), Property("NRestarts")));
    }

    [SystemFact]
    public void The_catalog_is_known_to_the_journal()
    {
        var listed = _droplet.Run("journalctl", "--list-catalog");
        Assert.Contains("is master in term @FLIPAGENT_TERM@", listed);
    }

    [SystemFact]
    public void Systemd_finds_nothing_wrong_with_the_units()
    {
        var verified = _droplet.Try("systemd-analyze", "verify", "--man=no", "flipagent.service", "flipagent@web.service");
        Assert.DoesNotContain("flipagent", verified.Text);
    }

    [SystemFact]
    public void Purge_removes_configuration_secrets_and_state_and_remove_keeps_them()
    {
        _droplet.Write("/etc/flipagent/do-token", "secret", "root:flipagent", "0640");
        _droplet.Write("/etc/flipagent/web.yaml", "cluster: web\n", "root:flipagent", "0640");
        _droplet.Run("mkdir", "-p", "/var/lib/flipagent", "/run/flipagent", "/var/lib/flipagent-web", "/var/lib/flipagent-exporter");
        _droplet.Run("dpkg", "-r", "flipagent");
        Assert.True(_droplet.Exists("/etc/flipagent/do-token"));
        Assert.False(_droplet.Exists("/usr/sbin/flipagent"));
        _droplet.Run("dpkg", "-P", "flipagent");
        foreach (var path in (string[])["/etc/flipagent", "/etc/default/flipagent", "/etc/needrestart/conf.d/flipagent.conf", "/var/lib/flipagent", "/var/lib/flipagent-web"])
        {
            Assert.False(_droplet.Exists(path), path);
        }

        Assert.NotEqual(0, _droplet.Try("test", "-e", "/run/flipagent").Code);
        Assert.True(_droplet.Exists("/var/lib/flipagent-exporter"), "it is another package's");
    }

    [SystemFact]
    public void Dpkg_alone_installs_it_on_a_root_with_systemd_dbus_haproxy_and_certificates()
    {
        using var bare = new Droplet("bare", _network.AddDroplet("bare", "10.110.0.8"), Golden.Base);
        bare.Boot();
        File.Copy(Packages.Newest, bare.Root + "/root/flipagent.deb");
        var installed = bare.Try("dpkg", "-i", "/root/flipagent.deb");
        Assert.True(installed.Code == 0, installed.Text);
    }

    private string Stat(string path) => _droplet.Run("stat", "-c", "%U %G %a %F", path).Trim();

    private string Property(string name) => _droplet.Run("systemctl", "show", "-P", name, "flipagent").Trim();
}
