namespace FlipAgent.Harness;

/// <summary>Where the sources and what was built of them are, found from where the running program lies.</summary>
public static class Repository
{
    /// <summary>The folder of FlipAgent.sln.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <param name="path">Relative to <see cref="Root"/>.</param>
    public static string PathOf(string path) => Path.Combine(Root, path);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "FlipAgent.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"no FlipAgent.sln above {AppContext.BaseDirectory}"));
}
