using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>The package once more under a higher version number, for upgrades: what dpkg does is the point, the program inside is the same.</summary>
internal static class NextVersion
{
    public const string Path = "/root/flipagent-next.deb";
    public const string Number = "99.0.0";

    public static void PutOn(Droplet droplet)
    {
        var folder = Directory.CreateTempSubdirectory("fa-next-").FullName;
        try
        {
            Shell.Must("dpkg-deb", "-R", Packages.Newest, $"{folder}/deb");
            var control = $"{folder}/deb/DEBIAN/control";
            File.WriteAllLines(control, File.ReadAllLines(control).Select(line => line.StartsWith("Version:", StringComparison.Ordinal) ? $"Version: {Number}" : line));
            Shell.Must("dpkg-deb", "-Zgzip", "-b", $"{folder}/deb", droplet.Root + Path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
