namespace FlipAgent.Core.Tests.Sim;

/// <summary>Plays every story in scenarios/ and compares it with the performance that the file holds.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Stories()
    {
        var stories = new TheoryData<string>();
        foreach (var file in Directory.GetFiles(Folder(), "*.txt").Order(StringComparer.Ordinal))
            stories.Add(Path.GetFileNameWithoutExtension(file));
        return stories;
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public void Story_comes_out_as_written(string name)
    {
        var file = Path.Combine(Folder(), name + ".txt");
        CompareOrRewrite(file, Scenario.Play(File.ReadAllText(file)));
    }

    /// <summary>The file must hold this text; with <c>REWRITE=1</c> it will. Read the difference before committing it.</summary>
    internal static void CompareOrRewrite(string file, string text)
    {
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(file, text);
        else
            Assert.Equal(File.ReadAllText(file), text, ignoreLineEndingDifferences: true);
    }

    /// <summary>The folder in the source tree, so that a rewrite changes the files that are under version control.</summary>
    internal static string Folder() => Path.Combine(Root(), "tests", "FlipAgent.Core.Tests", "scenarios");

    internal static string Root()
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (File.Exists(Path.Combine(up.FullName, "FlipAgent.sln")))
                return up.FullName;
        throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
