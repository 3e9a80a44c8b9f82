using System.Collections.Immutable;
using System.Net;
using System.Text;
using FlipAgent.Kernel;

namespace FlipAgent.Outbound;

/// <summary>
/// The small text file that an <see cref="AddressBook"/> leaves for the next run: one "host address" a line. A lost, broken or unwritable file costs one
/// question to the name service, and is never an error (F15).
/// </summary>
internal static class AddressFile
{
    /// <summary>Several times what is written. A file that somebody filled with something else is not read to its end.</summary>
    private const int MostBytes = 16 * 1024;

    public static ImmutableArray<IPAddress> Read(string? path, string host, int most)
    {
        if (path is null || RegularFile.Read(path, MostBytes).Content is not { } content)
            return [];
        return [.. Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.TrimEntries).Select(line => Parse(line, host)).OfType<IPAddress>().Distinct().Take(most)];
    }

    public static void Write(string? path, string host, ImmutableArray<IPAddress> addresses)
    {
        if (path is null)
            return;
        string[] lines = [$"# Addresses of {host}, for when the name service is away. May be deleted at any time.", .. addresses.Select(a => $"{host} {a}")];
        // On a full or read-only disk they stay in memory. An answer of the name service waits for this, so it does not wait for the disk.
        _ = PlacedFile.Renew(path, Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }

    private static IPAddress? Parse(string line, string host)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 2 && words[0] == host && IPAddress.TryParse(words[1], out var address) ? address : null;
    }
}
