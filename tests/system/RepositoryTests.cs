using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>The signed repository, and what a client does with one that was tampered with.</summary>
[Collection(MachineCollection.Name)]
public sealed class RepositoryTests : IDisposable
{
    private readonly MachineNetwork _network = new();
    private readonly Droplet _droplet;

    public RepositoryTests()
    {
        _droplet = new Droplet("client", _network.AddDroplet("client", "10.110.0.7"), Golden.Base);
        _droplet.Boot();
    }

    public void Dispose()
    {
        _droplet.Dispose();
        _network.Dispose();
    }

    [SystemFact]
    public void It_has_all_that_apt_knows_of()
    {
        var release = File.ReadAllText(Repository.PathOf("out/apt/dists/stable/Release"));
        foreach (var field in (string[])["Origin: FlipAgent", "Label: FlipAgent", "Suite: stable", "Codename: stable", "Acquire-By-Hash: yes", "Valid-Until: ", "Architectures: amd64", "Components: main"])
        {
            Assert.Contains(field, release);
        }

        foreach (var file in (string[])["dists/stable/InRelease", "dists/stable/Release.gpg", "dists/stable/main/binary-amd64/Packages.xz", "flipagent.gpg", "flipagent.sources"])
        {
            Assert.True(File.Exists(Repository.PathOf($"out/apt/{file}")), file);
        }

        Assert.Equal(3, Directory.GetFiles(Repository.PathOf("out/apt/dists/stable/main/binary-amd64/by-hash/SHA256")).Length);
    }

    [SystemFact]
    public void A_package_list_that_was_changed_after_signing_is_refused()
    {
        using var repository = new AptRepository(_network);
        repository.Tamper("dists/stable/InRelease", text => text.Replace("Label: FlipAgent", "Label: FlipAgint", StringComparison.Ordinal));
        var installed = repository.InstallOn(_droplet);
        Assert.NotEqual(0, installed.Code);
        Assert.Contains("signature", installed.Text, StringComparison.OrdinalIgnoreCase);
    }
}
