using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// The core and the simulator, compiled together in this process from the repository's sources with a bug planted in them. One assembly, so nothing
/// needs to be visible to anything else; otherwise as the projects are built for release.
/// </summary>
internal sealed class SourceBuild
{
    private const string Core = "src/FlipAgent.Core", Simulator = "tests/FlipAgent.Sim";

    // What ImplicitUsings of the SDK and the simulator's project file bring.
    private const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using FlipAgent.Core;
        """;

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest);
    private static readonly Lazy<CSharpCompilation> s_unchanged = new(() => CSharpCompilation.Create(
        "planted", [Parse(GlobalUsings, "usings"), .. Files(Core).Concat(Files(Simulator)).Select(f => Parse(File.ReadAllText(f), f))], References(),
        new(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable, deterministic: true)));

    private SourceBuild(Stream image)
    {
        // Not collectible: unloading beside a background collection has crashed the runtime, and ten small assemblies may stay.
        var search = new AssemblyLoadContext("planted").LoadFromStream(image).GetType("FlipAgent.Sim.FirstFailure", throwOnError: true)!;
        Find = search.GetMethod(nameof(Find))!.CreateDelegate<Func<ulong, int, (ulong Seed, string Summary)?>>();
        Replay = search.GetMethod(nameof(Replay))!.CreateDelegate<Func<ulong, IReadOnlyList<string>>>();
    }

    /// <summary>Runs so many seeds from the first one on, up to the first that fails.</summary>
    public Func<ulong, int, (ulong Seed, string Summary)?> Find { get; }

    /// <summary>The whole trace of one seed.</summary>
    public Func<ulong, IReadOnlyList<string>> Replay { get; }

    /// <exception cref="PlantingFailed">An original is not there exactly once, or the result is no C#.</exception>
    public static SourceBuild Of(PlantedBug bug)
    {
        var compilation = s_unchanged.Value;
        foreach (var edits in bug.Edits.GroupBy(e => e.File))
        {
            var path = Path.Combine(Root, Core, edits.Key);
            var tree = compilation.SyntaxTrees.FirstOrDefault(t => t.FilePath == path) ?? throw new PlantingFailed(bug, $"{Core}/{edits.Key} does not exist");
            compilation = compilation.ReplaceSyntaxTree(tree, Parse(edits.Aggregate(tree.ToString(), (text, edit) => Plant(bug, text, edit)), path));
        }
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        if (!result.Success)
            throw new PlantingFailed(bug, $"with its replacement the source does not compile: {result.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error)}");
        image.Position = 0;
        return new(image);
    }

    internal static string Plant(PlantedBug bug, string text, Edit edit)
    {
        var count = text.Split(edit.Original).Length - 1;
        return count == 1
            ? text.Replace(edit.Original, edit.Replacement, StringComparison.Ordinal)
            : throw new PlantingFailed(bug, $"its original must occur once in {edit.File}, and occurs {count} times: {edit.Original}");
    }

    private static string Root { get; } = ScenarioTests.Root();

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs").Order(StringComparer.Ordinal);

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, s_parse, path);

    // Those of the runtime only: the test host's own list also has the core and the simulator as they were built.
    private static IEnumerable<MetadataReference> References()
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Where(f => Path.GetDirectoryName(f) == runtime)
            .Select(f => MetadataReference.CreateFromFile(f));
    }
}

/// <summary>A bug could not be planted: its row in <see cref="PlantedBugs"/> no longer fits the source.</summary>
internal sealed class PlantingFailed(PlantedBug bug, string why)
    : Exception($"the planted bug \"{bug.Name}\" ({bug.Breaks}) must be anchored anew in PlantedBugs.cs: {why}");
