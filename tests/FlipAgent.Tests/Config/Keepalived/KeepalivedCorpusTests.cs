using System.Net;
using System.Runtime.CompilerServices;
using FlipAgent.Config.Keepalived;

namespace FlipAgent.Tests.Config.Keepalived;

/// <summary>
/// Small files that together cover keepalived's language, in tests/FlipAgent.Tests/keepalived: NAME.conf, and in NAME.expected the draft and the notes
/// (REWRITE=1 writes them; read the difference). Where keepalived is installed, it says itself which of them are right: a file that it complains about begins
/// with "# keepalived complains".
/// </summary>
public sealed class KeepalivedCorpusTests
{
    public static TheoryData<string> Names => [.. All()];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_comes_over_whole_or_a_note_says_what_is_missing(string name)
    {
        var file = Path.Combine(Folder(), $"{name}.conf");
        var files = KeepalivedFiles.OfThisMachine("lb-a") with { IsHere = a => a.Equals(IPAddress.Parse("10.0.0.1")), Environment = _ => null };
        var result = KeepalivedImport.Convert(File.ReadAllText(file), file, files);
        var said = $"{result.Yaml}\n==== notes\n{string.Join('\n', result.Notes)}\n".Replace(Folder(), "/etc/keepalived");
        var expected = Path.ChangeExtension(file, ".expected");
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
            File.WriteAllText(expected, said);
        Assert.Equal(File.ReadAllText(expected), said);
        Assert.DoesNotContain("canary", said);
        var filled = result.Yaml.Replace("droplet_id: 0", "droplet_id: 1").Replace("0.0.0.0", "192.0.2.77");
        Assert.DoesNotContain(Sample.Errors(filled), e => e.Contains("checks") || e.Contains("election") || e.Contains("YAML") || e.Contains("unknown key"));
    }

    [Fact]
    public async Task Keepalived_itself_accepts_the_files_that_are_said_to_be_right()
    {
        const string Keepalived = "/usr/sbin/keepalived";
        if (!File.Exists(Keepalived))
            return;
        var wrong = new List<string>();
        await Parallel.ForEachAsync(All(), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (name, stop) =>
        {
            var file = Path.Combine(Folder(), $"{name}.conf");
            var complains = (await File.ReadAllTextAsync(file, stop)).StartsWith("# keepalived complains", StringComparison.Ordinal);
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Keepalived, ["-t", "-i", "lb-a", "-f", file])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var error = await process.StandardError.ReadToEndAsync(stop) + await output;
            await process.WaitForExitAsync(stop);
            // Whether this machine has the interface says nothing about the file.
            var complaint = error.Split('\n').FirstOrDefault(l => l.Contains(": Line ") && !l.Contains(" interface "))
                ?? error.Split('\n').FirstOrDefault(l => l.StartsWith("(Line ", StringComparison.Ordinal));
            if (complaint is not null != complains)
                lock (wrong)
                    wrong.Add($"{name}: {complaint ?? "no complaint"}");
        });
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_keyword_of_keepalived_is_imported_or_has_a_reason()
    {
        string[] imported =
        [
            "global_defs", "vrrp_instance", "vrrp_script", "vrrp_track_process", "vrrp_sync_group", "router_id", "script_user", "enable_script_security", "state",
            "priority", "virtual_router_id", "advert_int", "nopreempt", "preempt", "preempt_delay", "unicast_src_ip", "unicast_peer", "virtual_ipaddress",
            "virtual_ipaddress_excluded",
            "authentication", "auth_hmac", "track_script", "track_process", "script", "interval", "timeout", "weight", "rise", "fall", "init_fail", "process",
            "quorum", "quorum_max", "param_match", "full_command", "delay", "fork_delay", "terminate_delay", "group",
            "auth_type", "auth_pass", "key", "active_key", "time_window", "anti_replay", "mode",
        ];
        var missing = File.ReadAllLines(Path.Combine(Folder(), "keywords"))
            .Where(k => k.Length > 0 && !imported.Contains(k) && NotImported.ReasonFor(k) is null);
        Assert.Empty(missing);
    }

    private static IEnumerable<string> All() =>
        Directory.GetFiles(Folder(), "*.conf").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    private static string Folder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "keepalived"));
}
