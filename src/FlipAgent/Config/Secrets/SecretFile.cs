using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.Config.Secrets;

/// <summary>
/// Reads a file that holds a secret, and refuses it when others can read it too. It is read anew each time, so that a rotated token is picked up (on
/// reload, and on a 401).
/// </summary>
public static class SecretFile
{
    public const int MaxBytes = 4096;

    private const string DefaultDirectory = "/etc/flipagent";

    /// <summary>Reads a secret; white space at both ends is cut off.</summary>
    /// <param name="name">
    /// As the configuration says it; with no slash it is looked for in <c>$CREDENTIALS_DIRECTORY</c> first (systemd.exec(5)).
    /// </param>
    /// <param name="directory">Where relative names begin: the directory of the configuration file.</param>
    public static SecretResult Read(string name, string directory = DefaultDirectory) =>
        Read(name, directory, Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY"));

    /// <summary>The same for who only needs the secret: null also where none is configured, and for one that cannot be used.</summary>
    public static Secret? Find(string? name, string directory) => name is not null && Read(name, directory) is SecretResult.Ok { Secret: var secret } ? secret : null;

    /// <summary>The path that <see cref="Read(string, string)"/> reads.</summary>
    public static string PathOf(string name, string directory = DefaultDirectory) =>
        Locate(name, directory, Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY")).Path;

    internal static SecretResult Read(string name, string directory, string? credentials)
    {
        var (path, isCredential) = Locate(name, directory, credentials);
        SecretResult.TooOpen? tooOpen = null;
        var file = RegularFile.Read(path, MaxBytes, found => (tooOpen = Openness(found, isCredential)) is null);
        if (tooOpen is not null)
            return tooOpen;
        if (file.Content is { } bytes)
            return Content(bytes);
        var problem = file.Problem!.Value;
        return problem.Kind switch
        {
            FileProblemKind.Missing => new SecretResult.Missing(),
            FileProblemKind.TooLarge => new SecretResult.TooLarge(),
            _ => new SecretResult.Unreadable(problem.Reason),
        };
    }

    private static (string Path, bool IsCredential) Locate(string name, string directory, string? credentials)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!string.IsNullOrEmpty(credentials) && !name.Contains('/') && name is not ("." or ".."))
        {
            var path = Path.Combine(credentials, name);
            if (File.Exists(path))
                return (path, true);
        }

        return (Path.Combine(directory, name), false);
    }

    private static SecretResult.TooOpen? Openness(RegularFile.Found file, bool isCredential)
    {
        if ((file.Mode & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            return new SecretResult.TooOpen(RegularFile.Octal(file.Mode), false);
        // systemd hands a credential to an unprivileged user by an access list, and then the group bits show the list's mask, not the group's
        // rights (acl(5)). The directory is closed to everybody else.
        var byGroup = (file.Mode & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite)) != 0;
        return byGroup && !isCredential && !ProcessGroups.IsOurs(file.Group) ? new SecretResult.TooOpen(RegularFile.Octal(file.Mode), true) : null;
    }

    private static SecretResult Content(byte[] bytes)
    {
        try
        {
            var text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Trim();
            if (text.Length == 0)
                return new SecretResult.Empty();
            return text.Any(c => c == '\uFFFD' || (char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
                ? new SecretResult.Unreadable("it is not text")
                : new SecretResult.Ok(new Secret(text));
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
