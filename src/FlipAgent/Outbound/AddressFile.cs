using System.Collections.Immutable;
using System.Net;

namespace FlipAgent.Outbound;

/// <summary>
/// The small text file that an <see cref="AddressBook"/> leaves for the next run: one "host address" a line. A lost, broken or unwritable file costs one
/// question to the name service, and is never an error (F15).
/// </summary>
internal static class AddressFile
{
    // A file that somebody filled with something else is not read to its end.
    private const int MostLines = 64;

    public static ImmutableArray<IPAddress> Read(string? path, string host, int most)
    {
        if (path is null)
            return [];
        try
        {
            return [.. File.ReadLines(path).Take(MostLines).Select(line => Parse(line, host)).OfType<IPAddress>().Distinct().Take(most)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public static void Write(string? path, string host, ImmutableArray<IPAddress> addresses)
    {
        if (path is null)
            return;
        var fresh = path + ".new";
        try
        {
            string[] head = [$"# Addresses of {host}, for when the name service is away. May be deleted at any time."];
            File.WriteAllLines(fresh, head.Concat(addresses.Select(a => $"{host} {a}")));
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full or read-only disk: the addresses stay in memory.
        }
    }

    private static IPAddress? Parse(string line, string host)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 2 && words[0] == host && IPAddress.TryParse(words[1], out var address) ? address : null;
    }
}
