using FlipAgent.Harness;

namespace FlipAgent.Tests.Lab;

/// <summary>The files of deploy/reference are read by the real programs, with the reference values and with those of the demonstration.</summary>
public class ReferenceTests
{
    [Fact]
    public void HAProxy_takes_its_file_with_the_reference_values() =>
        Assert.Equal((0, ""), Run("haproxy", ["-c", "-q", "-f", PathOf("haproxy/haproxy.cfg")], []));

    [Fact]
    public void HAProxy_takes_its_file_with_other_addresses()
    {
        Dictionary<string, string> environment = new()
        {
            ["HAPROXY_UNPRIVILEGED"] = "1",
            ["HAPROXY_BIND"] = "127.0.1.2",
            ["HAPROXY_LOG"] = "stdout",
            ["WEB_ADDRESS"] = "127.0.1.4",
            ["HAPROXY_PRIVATE_NETWORK"] = "10.0.0.0/8",
        };
        Assert.Equal((0, ""), Run("haproxy", ["-c", "-q", "-f", PathOf("haproxy/haproxy.cfg")], environment));
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
            Assert.Equal((0, "Syntax OK"), Run("apache2", ["-t", "-f", conf, "-C", www], environment));
            var (code, listing) = Run("apache2", ["-t", "-f", conf, "-C", www, "-D", "DUMP_VHOSTS"], environment);
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

    private static string PathOf(string file) => Repository.PathOf("deploy/reference/" + file);

    /// <summary>Exit status, and everything that was written.</summary>
    private static (int, string) Run(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var run = Shell.Run(Path.Combine("/usr/sbin", program), arguments, environment: environment);
        return (run.Code, run.Text.Trim());
    }
}
