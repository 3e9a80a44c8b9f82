using System.Net;

namespace FlipAgent.Lab.Demo;

/// <summary>
/// An Apache of our own beside the one that Debian may run on port 80: the two reference files, and around them no more than what Debian's
/// apache2.conf would say.
/// </summary>
internal static class WebServer
{
    private static readonly string[] s_modules = ["mpm_event", "authz_core", "alias", "dir", "mime", "setenvif"];

    /// <summary>Writes what it needs into <paramref name="folder"/>.</summary>
    /// <returns>The command that runs it in the foreground.</returns>
    public static string[] Prepare(string folder, string reference, IPAddress address)
    {
        var root = Path.Combine(folder, "www");
        CopyTree(Path.Combine(reference, "www"), root);
        var configuration = Path.Combine(folder, "apache2.conf");
        File.WriteAllText(configuration, $"""
            ServerRoot {folder}
            ServerName web
            PidFile {folder}/apache2.pid
            ErrorLog {folder}/apache2-error.log
            DefaultRuntimeDir {folder}
            Mutex file:{folder} default
            TypesConfig /etc/mime.types
            {(Environment.IsPrivilegedProcess ? "User www-data\nGroup www-data" : "")}
            {string.Join('\n', s_modules.Select(m => $"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"))}
            Include {reference}/apache/ports.conf
            Include {reference}/apache/reference.conf

            """);
        return ["apache2", "-f", configuration, "-C", $"Define WEB_ADDRESS {address}", "-C", $"Define WEB_ROOT {root}", "-DFOREGROUND"];
    }

    private static void CopyTree(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
