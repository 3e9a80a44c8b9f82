using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>
/// The root directory of all droplets: the Debian root, and a layer on it in which apt has installed the package from a signed repository.
/// Made once per run, by a droplet that is then shut down; how that went is itself a test (<see cref="PackageTests"/>).
/// </summary>
internal sealed class Golden : IDisposable
{
    private static readonly Lazy<Golden> s_once = new(() => new Golden());

    private readonly MachineNetwork _network = new();
    private readonly Droplet _droplet;

    private Golden()
    {
        _droplet = new Droplet("golden", _network.AddDroplet("golden", "10.110.0.9"), Base);
        _droplet.Boot();
        using var repository = new AptRepository(_network);
        Installation = repository.InstallOn(_droplet);
        _droplet.PowerOff();
        File.Delete(Path.Combine(_droplet.Root, "etc/machine-id"));
        File.WriteAllText(Path.Combine(_droplet.Root, "etc/machine-id"), "");
    }

    /// <summary>A Debian root without the package: bookworm.</summary>
    public static string Base { get; } = Root("bookworm", TimeSpan.FromMinutes(5));

    /// <summary>The same of another release, or with more packages of Debian (tests/system/rootfs.sh).</summary>
    public static string Root(string release, TimeSpan limit, params string[] packages) => Shell.Must(limit, Repository.PathOf("tests/system/rootfs.sh"), [release, .. packages]).Trim();

    /// <summary>The layers of a droplet with the package.</summary>
    public static string[] Layers => [s_once.Value._droplet.Layer, Base];

    /// <summary>What apt said as it installed the package.</summary>
    public static ProgramResult HowItWasInstalled => s_once.Value.Installation;

    private ProgramResult Installation { get; }

    /// <summary>Removes it, if it was made.</summary>
    public static void Remove()
    {
        if (s_once.IsValueCreated)
        {
            s_once.Value.Dispose();
        }
    }

    public void Dispose()
    {
        _droplet.Dispose();
        _network.Dispose();
    }
}
