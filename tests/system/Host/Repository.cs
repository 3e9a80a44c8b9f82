namespace FlipAgent.SystemTests.Host;

/// <summary>Where the sources and what was built of them are.</summary>
internal static class Repository
{
    public static readonly string Root = Find(AppContext.BaseDirectory);

    /// <summary>The package under test: the newest in out/.</summary>
    public static string Package => Packages().OrderBy(File.GetLastWriteTimeUtc).Last();

    public static string[] Packages() => Directory.Exists(PathOf("out")) ? Directory.GetFiles(PathOf("out"), "flipagent_*_amd64.deb") : [];

    public static string PathOf(string path) => Path.Combine(Root, path);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "FlipAgent.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
