using System.Text.RegularExpressions;
using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>
/// Does the program run on Debian 12 and on Ubuntu 20.04, 22.04 and 24.04? Told by what it asks the system for. The oldest glibc of these is
/// 2.31 (Ubuntu 20.04).
/// </summary>
public partial class BinaryTests
{
    private static readonly Version s_oldestGlibc = new(2, 31);

    private static readonly string[] s_onEverySystem =
        ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "ld-linux-x86-64.so.2"];

    private static readonly string s_binary = Repository.PathOf("out/flipagent");

    [SystemFact]
    public void It_asks_for_no_glibc_newer_than_that_of_Ubuntu_2004()
    {
        var asked = GlibcVersion().Matches(Shell.Must("readelf", "--version-info", s_binary)).Select(m => Version.Parse(m.Groups[1].Value)).Distinct().ToList();
        Assert.NotEmpty(asked);
        Assert.True(asked.Max() <= s_oldestGlibc, $"asks for glibc {asked.Max()}");
    }

    [SystemFact]
    public void It_asks_for_libraries_that_every_system_has()
    {
        var asked = Needed().Matches(Shell.Must("readelf", "--dynamic", s_binary)).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(s_onEverySystem));
    }

    /// <summary>LibraryImport looks symbols up at run time, so the ELF file does not show them: read them from the sources, and their age from this system's glibc.</summary>
    [SystemFact]
    public void The_functions_of_libc_that_the_sources_import_are_old_enough()
    {
        var libc = Directory.GetFiles("/lib/x86_64-linux-gnu", "libc.so.6").Single();
        var since = Symbol().Matches(Shell.Must("readelf", "--dyn-syms", "--wide", libc))
            .GroupBy(m => m.Groups[1].Value, m => Version.Parse(m.Groups[2].Value)).ToDictionary(g => g.Key, g => g.Min()!);
        var imported = Directory.GetFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Import().Matches(File.ReadAllText(file)))
            .Where(m => m.Groups["library"].Value == "libc")
            .Select(m => m.Groups["entry"].Success ? m.Groups["entry"].Value : m.Groups["method"].Value).Distinct().ToList();
        Assert.Contains("sendto", imported);
        Assert.All(imported, name => Assert.True(since.TryGetValue(name, out var version) && version <= s_oldestGlibc, $"{name}: {since.GetValueOrDefault(name)?.ToString() ?? "not in glibc"}"));
    }

    [SystemFact]
    public void The_package_of_debug_symbols_has_those_of_this_very_program()
    {
        var unpacked = Directory.CreateTempSubdirectory("fa-deb-").FullName;
        try
        {
            Shell.Must("dpkg-deb", "-x", Packages.Newest, unpacked);
            Shell.Must("dpkg-deb", "-x", Packages.Newest.Replace("flipagent_", "flipagent-dbgsym_", StringComparison.Ordinal), unpacked);
            var program = BuildId().Match(Shell.Must("readelf", "--notes", $"{unpacked}/usr/sbin/flipagent")).Groups[1].Value;
            var symbols = $"{unpacked}/usr/lib/debug/.build-id/{program[..2]}/{program[2..]}.debug";
            Assert.Equal(program, BuildId().Match(Shell.Must("readelf", "--notes", symbols)).Groups[1].Value);
            Assert.Contains(".symtab", Shell.Must("readelf", "--sections", "--wide", symbols));
        }
        finally
        {
            Directory.Delete(unpacked, recursive: true);
        }
    }

    [GeneratedRegex(@"Build ID: (\w+)")]
    private static partial Regex BuildId();

    [GeneratedRegex(@"Name: GLIBC_(\d+\.\d+)")]
    private static partial Regex GlibcVersion();

    [GeneratedRegex(@"\(NEEDED\)\s+Shared library: \[(.+)\]")]
    private static partial Regex Needed();

    [GeneratedRegex(@" (\w+)@@?GLIBC_(\d+\.\d+)")]
    private static partial Regex Symbol();

    [GeneratedRegex("""\[LibraryImport\("(?<library>[^"]+)"(?:[^\]]*EntryPoint = "(?<entry>\w+)")?[^\]]*\](?:\s*\[[^\]]*\])*\s+(?:private|internal|public)[\w\s]*?static (?:unsafe )?partial [\w*<>.?]+ (?<method>\w+)\(""")]
    private static partial Regex Import();
}
