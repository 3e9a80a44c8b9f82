namespace FlipAgent.Tests;

/// <summary>Where the sources are, seen from a test's output folder.</summary>
internal static class Repository
{
    public static readonly string Root = Find(AppContext.BaseDirectory);

    public static string File(string path) => Path.Combine(Root, path);

    private static string Find(string folder) =>
        System.IO.File.Exists(Path.Combine(folder, "FlipAgent.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
