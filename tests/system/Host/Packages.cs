using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>The packages that were built, in out/.</summary>
internal static class Packages
{
    /// <summary>The package under test.</summary>
    public static string Newest => All().OrderBy(File.GetLastWriteTimeUtc).Last();

    public static string[] All() => Directory.Exists(Repository.PathOf("out")) ? Directory.GetFiles(Repository.PathOf("out"), "flipagent_*_amd64.deb") : [];
}
