using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>The packages that were built, in out/.</summary>
internal static class Packages
{
    /// <summary>The package under test.</summary>
    public static string Newest => All().OrderBy(File.GetLastWriteTimeUtc).Last();

    /// <summary>That of 1.0.1 as tests/earlier-package.sh built it from the history.</summary>
    public static string Earlier
    {
        get
        {
            var path = Repository.PathOf("out/1.0.1/flipagent_1.0.1_amd64.deb");
            return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: run tests/earlier-package.sh, which builds it from the history");
        }
    }

    public static string[] All() => Directory.Exists(Repository.PathOf("out")) ? Directory.GetFiles(Repository.PathOf("out"), "flipagent_*_amd64.deb") : [];
}
