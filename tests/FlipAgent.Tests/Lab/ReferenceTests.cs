using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FlipAgent.Tests.Lab;

/// <summary>The files of deploy/reference are read by the real programs, with the reference values and with those of the demonstration.</summary>
public class ReferenceTests
{
    [Fact]
    public async Task HAProxy_takes_its_file_with_the_reference_values() =>
        Assert.Equal((0, ""), await Run("haproxy", ["-c", "-q", "-f", PathOf("haproxy/haproxy.cfg")], []));

    [Fact]
    public async Task HAProxy_takes_its_file_with_other_addresses()
    {
        Dictionary<string, string> environment = new()
        {
            ["HAPROXY_UNPRIVILEGED"] = "1",
            ["HAPROXY_BIND"] = "127.0.1.2",
            ["HAPROXY_LOG"] = "stdout",
            ["WEB_ADDRESS"] = "127.0.1.4",
            ["HAPROXY_PRIVATE_NETWORK"] = "10.0.0.0/8",
        };
        Assert.Equal((0, ""), await Run("haproxy", ["-c", "-q", "-f", PathOf("haproxy/haproxy.cfg")], environment));
    }

    [Fact]
    public async Task Apache_takes_its_files_with_the_reference_values()
    {
        var folder = Directory.CreateTempSubdirectory("flipagent-reference-");
        try
        {
            var conf = Path.Combine(folder.FullName, "apache2.conf");
            var modules = string.Join('\n', new[] { "mpm_event", "authz_core", "alias", "dir", "mime", "setenvif" }
                .Select(m => $"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"));
            await File.WriteAllTextAsync(conf, $"""
                ServerRoot {folder.FullName}
                ServerName web
                ErrorLog {folder.FullName}/error.log
                {modules}
                Include {PathOf("apache/ports.conf")}
                Include {PathOf("apache/reference.conf")}

                """);
            var www = $"Define WEB_ROOT {PathOf("www")}";
            Dictionary<string, string> environment = new() { ["APACHE_LOG_DIR"] = folder.FullName };
            Assert.Equal((0, "Syntax OK"), await Run("apache2", ["-t", "-f", conf, "-C", www], environment));
            var (code, listing) = await Run("apache2", ["-t", "-f", conf, "-C", www, "-D", "DUMP_VHOSTS"], environment);
            Assert.Equal(0, code);
            for (var k = 1; k <= 7; k++)
            {
                Assert.Contains($"10.110.0.4:{8000 + k}", listing);
                Assert.Equal($"Backend {k}\n", await File.ReadAllTextAsync(PathOf($"www/site-{k}/index.html")));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string PathOf(string file, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../deploy/reference", file));

    /// <summary>Exit status, and everything that was said.</summary>
    private static async Task<(int, string)> Run(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var path = Path.Combine("/usr/sbin", program);
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(said).Trim());
    }
}
