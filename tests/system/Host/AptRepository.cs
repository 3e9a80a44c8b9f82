using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>Serves out/apt over HTTP from the cloud's address, with a real Apache, as a user's mirror would.</summary>
internal sealed class AptRepository : IDisposable
{
    private const int Port = 8080;
    private readonly string _folder = Directory.CreateTempSubdirectory("fa-apt-").FullName;
    private readonly OwnedProcess _apache;

    public AptRepository(MachineNetwork network)
    {
        // A copy: the checkout may be where Apache's user cannot go.
        Shell.Must("cp", "-r", Repository.PathOf("out/apt"), $"{_folder}/www");
        Shell.Must("chmod", "-R", "a+rX", _folder);
        File.WriteAllText($"{_folder}/apache.conf", $"""
            ServerRoot {_folder}
            ServerName apt
            Listen {MachineNetwork.CloudAddress}:{Port}
            LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
            LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
            User www-data
            Group www-data
            PidFile {_folder}/pid
            ErrorLog {_folder}/error.log
            LogLevel warn
            DocumentRoot {_folder}/www

            """);
        _apache = new(new() { Network = network.Cloud }, "apache2", "-f", $"{_folder}/apache.conf", "-X");
    }

    /// <summary>Follows the sources file of the repository word for word, but for the address.</summary>
    public ProgramResult InstallOn(Droplet droplet, string package = "flipagent")
    {
        File.Copy($"{_folder}/www/flipagent.gpg", $"{droplet.Root}/usr/share/keyrings/flipagent.gpg", overwrite: true);
        var sources = File.ReadAllLines($"{_folder}/www/flipagent.sources").Select(line => line.StartsWith("URIs:", StringComparison.Ordinal) ? $"URIs: http://{MachineNetwork.CloudAddress}:{Port}" : line);
        File.WriteAllLines($"{droplet.Root}/etc/apt/sources.list.d/flipagent.sources", sources);
        var update = droplet.Try("apt-get", "update", "-o", "Acquire::Retries=5");
        return update.Code != 0 ? update : droplet.Try("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", package);
    }

    /// <summary>Changes a text file of the served copy.</summary>
    public void Tamper(string path, Func<string, string> change) => File.WriteAllText($"{_folder}/www/{path}", change(File.ReadAllText($"{_folder}/www/{path}")));

    public void Dispose()
    {
        _apache.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
