using System.Text.Json;
using System.Text.RegularExpressions;
using FlipAgent.Harness;
using YamlDotNet.RepresentationModel;

namespace FlipAgent.Tests.Project;

/// <summary>What a stranger meets first: the licence is the same everywhere, the workflows call targets that exist, the list of what is in the program is whole.</summary>
public sealed partial class ProjectTests
{
    private static readonly string s_makefiles = Read("Makefile") + Read("deploy/apt/package.mk");

    [Fact]
    public void The_licence_is_the_same_wherever_it_is_named()
    {
        Assert.StartsWith("MIT License\n\nCopyright (c) 2026 FlipAgent contributors\n", Read("LICENSE"));
        Assert.Contains("Files: *\nCopyright: 2026 FlipAgent contributors\nLicense: MIT\n", Read("deploy/apt/debian/copyright"));
        Assert.DoesNotContain("all rights", Read("deploy/apt/debian/copyright").ToLowerInvariant());
        // The text in the package is the one of the file.
        Assert.Contains(Words(Read("LICENSE").Split("\n\n", 3)[2]), Words(Read("deploy/apt/debian/copyright").Replace("\n .\n", "\n")));
    }

    [Fact]
    public void The_workflows_call_targets_of_make_that_exist_and_each_is_in_the_contributors_table()
    {
        var contributing = Read("CONTRIBUTING.md");
        foreach (var file in Directory.GetFiles(Repository.PathOf(".github/workflows"), "*.yml"))
        {
            using var text = new StreamReader(file);
            var stream = new YamlStream();
            stream.Load(text);
            var workflow = (YamlMappingNode)stream.Documents[0].RootNode;
            Assert.Equal(Path.GetFileNameWithoutExtension(file), workflow["name"].ToString());
            Assert.Contains($"\n| {workflow["name"]} | ", contributing);
            // What a pull request runs may write nothing.
            Assert.Equal(workflow["name"].ToString() == "release" ? "write" : "read", workflow["permissions"]["contents"].ToString());
            foreach (var step in workflow.AllNodes.OfType<YamlMappingNode>().SelectMany(node => node.Children).Where(pair => pair.Key.ToString() == "run"))
                foreach (Match called in MakeCall().Matches(step.Value.ToString()))
                    foreach (var target in called.Groups[1].Value.StartsWith('$') ? ["soak", "mutants"] : new[] { called.Groups[1].Value })
                        Assert.Matches($"(?m)^{target}:", s_makefiles);
        }
    }

    [Fact]
    public void Every_target_of_make_is_explained_to_contributors()
    {
        var contributing = Read("CONTRIBUTING.md");
        var targets = PhonyLine().Matches(s_makefiles).SelectMany(line => line.Groups[1].Value.Split(' '));
        Assert.All(targets.Except(["build", "clean", "method-order"]), target => Assert.Contains($"`make {target}", contributing));
    }

    [Theory]
    [InlineData("linux-x64", "amd64")]
    [InlineData("linux-arm64", "arm64")]
    public void The_list_of_what_is_in_the_program_is_whole_and_the_same_each_time(string rid, string architecture)
    {
        var first = Sbom(rid);
        Assert.Equal(first, Sbom(rid));
        using var bom = JsonDocument.Parse(first);
        var root = bom.RootElement;

        Assert.Equal(("CycloneDX", "1.6", 1), (root.GetProperty("bomFormat").GetString(), root.GetProperty("specVersion").GetString(), root.GetProperty("version").GetInt32()));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", root.GetProperty("serialNumber").GetString());
        Assert.Equal("2026-01-01T00:00:00Z", root.GetProperty("metadata").GetProperty("timestamp").GetString());
        Assert.Equal($"pkg:deb/flipagent@9.9.9?arch={architecture}", root.GetProperty("metadata").GetProperty("component").GetProperty("purl").GetString());

        var components = root.GetProperty("components").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!);
        // Each package that the program refers to by itself, and what those bring with them.
        var referred = PackageReference().Matches(Read("src/FlipAgent/FlipAgent.csproj")).Select(reference => reference.Groups[1].Value);
        Assert.All(referred.Append("Polly.Core").Append($"Microsoft.NETCore.App.Runtime.NativeAOT.{rid}"), name => Assert.Contains(name, components.Keys));
        Assert.DoesNotContain("xunit", components.Keys);
        foreach (var (name, component) in components)
        {
            Assert.Equal($"pkg:nuget/{name}@{component.GetProperty("version").GetString()}", component.GetProperty("purl").GetString());
            if (component.TryGetProperty("hashes", out var hashes))
                Assert.Matches("^[0-9a-f]{128}$", hashes[0].GetProperty("content").GetString());
        }
        var known = components.Values.Select(one => one.GetProperty("bom-ref").GetString()).Append(root.GetProperty("metadata").GetProperty("component").GetProperty("bom-ref").GetString()).ToHashSet();
        var dependencies = root.GetProperty("dependencies").EnumerateArray().ToList();
        Assert.Equal(known, dependencies.Select(one => one.GetProperty("ref").GetString()).ToHashSet());
        Assert.All(dependencies.SelectMany(one => one.GetProperty("dependsOn").EnumerateArray()), below => Assert.Contains(below.GetString(), known));
    }

    [Theory]
    [InlineData("there-is-no-such-file", "linux-x64", "No such file")]
    [InlineData("src/FlipAgent/obj/project.assets.json", "linux-s390x", "has no target for linux-s390x")]
    [InlineData("LICENSE", "linux-x64", "expected JSON")]
    public void A_list_that_cannot_be_made_says_why(string assets, string rid, string why)
    {
        var run = Shell.Run("/usr/bin/python3", Repository.PathOf("deploy/apt/sbom.py"), Repository.PathOf(assets), rid, "9.9.9");
        Assert.Equal((1, ""), (run.Code, run.Out));
        Assert.StartsWith("sbom.py: ", run.Error);
        Assert.Contains(why, run.Error);
    }

    [Fact]
    public void Lock_files_hold_exact_packages_and_nothing_that_follows_the_SDK_or_a_registry()
    {
        var versions = PackageVersion().Matches(Read("Directory.Packages.props")).ToDictionary(package => package.Groups[1].Value, package => package.Groups[2].Value);
        versions["Microsoft.NET.ILLink.Tasks"] = LinkerVersion().Match(Read("Directory.Build.props")).Groups[1].Value;
        var projects = SolutionProject().Matches(Read("FlipAgent.sln")).Select(project => project.Groups[1].Value.Replace('\\', '/')).ToList();
        Assert.True(projects.Count > 10);
        var referred = new HashSet<string>();
        foreach (var project in projects)
        {
            var text = Read(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json"));
            Assert.DoesNotContain("://", text);
            using var file = JsonDocument.Parse(text);
            foreach (var target in file.RootElement.GetProperty("dependencies").EnumerateObject())
                foreach (var package in target.Value.EnumerateObject().Where(one => one.Value.GetProperty("type").GetString() != "Project"))
                {
                    Assert.DoesNotMatch("(?i)ilcompiler|^runtime\\.|app\\.runtime|app\\.host", package.Name);
                    Assert.Matches("^[A-Za-z0-9+/]{86}==$", package.Value.GetProperty("contentHash").GetString());
                    if (package.Value.GetProperty("type").GetString() == "Direct")
                        Assert.Equal((package.Name, versions[package.Name]), (package.Name, package.Value.GetProperty("resolved").GetString()));
                    referred.Add(package.Name);
                }
        }
        Assert.Empty(versions.Keys.Except(referred));
    }

    [Fact]
    public void In_CI_a_restore_takes_what_is_locked_and_nothing_else_whatever_patch_level_the_SDK_has()
    {
        var folder = Directory.CreateTempSubdirectory("flipagent-restore-").FullName;
        try
        {
            var project = Path.Combine(folder, "src", "FlipAgent.Core");
            foreach (var file in new[] { "Directory.Build.props", "Directory.Packages.props", "src/FlipAgent.Core/FlipAgent.Core.csproj", "src/FlipAgent.Core/packages.lock.json" })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
                File.Copy(Repository.PathOf(file), Path.Combine(folder, file));
            }
            Assert.Equal((0, ""), Restore(project));

            // An SDK of another patch level asks for other analyzers.
            var sdk = Path.Combine(folder, "Directory.Build.targets");
            File.WriteAllText(sdk, "<Project><ItemGroup><KnownILLinkPack Update=\"Microsoft.NET.ILLink.Tasks\" ILLinkPackVersion=\"10.0.999\" /></ItemGroup></Project>");
            Assert.Equal((0, ""), Restore(project));
            var props = Path.Combine(folder, "Directory.Build.props");
            Change(props, "NothingOfTheSdkInLockFiles\" BeforeTargets=\"ProcessFrameworkReferences", "NothingOfTheSdkInLockFiles\" BeforeTargets=\"Nothing");
            Assert.Equal((1, "NU1004"), Restore(project));
            File.Copy(Repository.PathOf("Directory.Build.props"), props, overwrite: true);

            Change(Path.Combine(folder, "Directory.Packages.props"), "BannedApiAnalyzers\" Version=\"", "BannedApiAnalyzers\" Version=\"1");
            Assert.Equal((1, "NU1004"), Restore(project));
            File.Copy(Repository.PathOf("Directory.Packages.props"), Path.Combine(folder, "Directory.Packages.props"), overwrite: true);

            Change(Path.Combine(project, "packages.lock.json"), "\"contentHash\": \"", "\"contentHash\": \"AAAA");
            Assert.Equal((1, "NU1403"), Restore(project));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (int Code, string Why) Restore(string project)
    {
        var run = Shell.Run("dotnet", ["restore", project, "--force", "--nologo", "-nodeReuse:false"], null, new Dictionary<string, string> { ["CI"] = "true" }, TimeSpan.FromMinutes(3));
        return (run.Code, RestoreError().Match(run.Text).Value);
    }

    private static void Change(string file, string from, string to)
    {
        var text = File.ReadAllText(file);
        Assert.Contains(from, text);
        File.WriteAllText(file, text.Replace(from, to));
    }

    [Fact]
    public void The_man_page_and_the_document_have_every_verb_with_its_options()
    {
        var man = Read("deploy/apt/man/flipagentctl.1").Replace("\\-", "-");
        var document = Read("docs/cli.md");
        foreach (var verb in FlipAgent.Ctl.CommandTree.Build(Tests.Ctl.CtlRun.Plain()).Subcommands.Where(verb => verb.Name != "help"))
        {
            Assert.Matches($@"(?m)^\.(B|BI|BR) ""?{verb.Name}\b", man);
            Assert.Matches($@"(?m)^\| `{verb.Name}\b", document);
            foreach (var option in verb.Options.Concat(verb.Subcommands.SelectMany(below => below.Options)))
                Assert.All(new[] { man, document }, text => Assert.Contains(option.Name, text));
        }
    }

    private static string Sbom(string rid) => Shell.Must("/usr/bin/python3", Repository.PathOf("deploy/apt/sbom.py"),
        Repository.PathOf("src/FlipAgent/obj/project.assets.json"), rid, "9.9.9", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds().ToString());

    private static string Read(string path) => File.ReadAllText(Repository.PathOf(path));

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"\bmake (\S+)")]
    private static partial Regex MakeCall();

    [GeneratedRegex(@"(?m)^\.PHONY: (.+)$")]
    private static partial Regex PhonyLine();

    [GeneratedRegex("<PackageVersion Include=\"([^\"]+)\" Version=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();

    [GeneratedRegex("ILLinkPackVersion=\"([^\"]+)\"")]
    private static partial Regex LinkerVersion();

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex SolutionProject();

    [GeneratedRegex(@"(?<=error )NU\d{4}")]
    private static partial Regex RestoreError();

    [GeneratedRegex("<PackageReference Include=\"([^\"]+)\"")]
    private static partial Regex PackageReference();
}
