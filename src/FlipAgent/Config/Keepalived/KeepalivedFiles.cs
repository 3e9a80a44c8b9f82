using System.Net;
using System.Net.NetworkInformation;
using FlipAgent.Kernel;

namespace FlipAgent.Config.Keepalived;

/// <summary>What lies around a keepalived.conf: other files, and the name that its <c>@</c> lines are for.</summary>
/// <param name="ConfigId">keepalived's -i option; by default the host name.</param>
/// <param name="Glob">The files that a pattern of <c>include</c> stands for; patterns are absolute or relative to the including file.</param>
/// <param name="Read">The text of a file or script, or null when it cannot be read.</param>
public sealed record KeepalivedFiles(string ConfigId, Func<string, string, IReadOnlyList<string>> Glob, Func<string, string?> Read)
{
    private const int LargestFile = 1024 * 1024;

    /// <summary>A variable of the environment, or null.</summary>
    public Func<string, string?> Environment { get; init; } = _ => null;

    /// <summary>Why <see cref="Read"/> gave null, to follow the file's name: "could not be read (Permission denied)".</summary>
    public Func<string, string> WhyNot { get; init; } = _ => "could not be read";

    /// <summary>Whether the address is on an interface here.</summary>
    public Func<IPAddress, bool> IsHere { get; init; } = _ => false;

    /// <summary>The files of this machine.</summary>
    public static KeepalivedFiles OfThisMachine(string? configId = null) => new(configId ?? System.Environment.MachineName, Globbing.Files, path =>
        RegularFile.Read(path, LargestFile).Content is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null)
    {
        Environment = System.Environment.GetEnvironmentVariable,
        WhyNot = path => RegularFile.Read(path, LargestFile).Problem switch
        {
            { Kind: FileProblemKind.Missing } => "is not there",
            { Reason: var reason } => $"could not be read ({reason})",
            null => "could not be read",
        },
        IsHere = IsOnThisMachine,
    };

    /// <summary>No other files at all.</summary>
    public static KeepalivedFiles None(string configId = "localhost") => new(configId, (_, _) => [], _ => null);

    private static bool IsOnThisMachine(IPAddress address)
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Any(a => a.Address.Equals(address));
        }
        catch (NetworkInformationException)
        {
            return false;
        }
    }
}
