using System.Globalization;
using System.Net;

namespace FlipAgent.Kernel;

/// <summary>
/// The sockets of this network namespace as /proc/net shows them (proc_net(5)): the same list that ss prints, without needing ss.
/// </summary>
internal static class Sockets
{
    private const string Listening = "0A"; // TCP_LISTEN of include/net/tcp_states.h

    /// <summary>The kernel lists the sockets that listen first (tcp_get_idx), and a busy load balancer has a hundred thousand others.</summary>
    private const int MostLines = 20_000;

    /// <param name="folder">Where the lists are.</param>
    public static SocketList BoundUdp(string folder = "/proc/net") => Read(folder, ["udp", "udp6"], null);

    /// <param name="folder">Where the lists are.</param>
    public static SocketList ListeningTcp(string folder = "/proc/net") => Read(folder, ["tcp", "tcp6"], Listening);

    /// <summary>The local address of each line: hexadecimal, each 32-bit word in the byte order of the machine.</summary>
    /// <param name="state">Only lines in this state; null: all.</param>
    internal static IEnumerable<IPEndPoint> Parse(IEnumerable<string> lines, string? state)
    {
        foreach (var line in lines.Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 4 || (state is not null && fields[3] != state) || fields[1].Split(':') is not [var address, var port])
                continue;
            var bytes = Convert.FromHexString(address);
            for (var word = 0; word < bytes.Length && BitConverter.IsLittleEndian; word += 4)
                bytes.AsSpan(word, 4).Reverse();
            yield return new IPEndPoint(new IPAddress(bytes), int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }
    }

    private static SocketList Read(string folder, string[] names, string? state)
    {
        var found = new List<IPEndPoint>();
        string? problem = null;
        foreach (var file in names.Select(name => Path.Combine(folder, name)))
            try
            {
                found.AddRange(Parse(File.ReadLines(file).Take(MostLines), state));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // The kernel has no such sockets, as without IPv6.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problem ??= $"{file} cannot be read: {e.Message}";
            }
        return new(found, problem);
    }
}

/// <param name="Found">The sockets that were seen, by their local address.</param>
/// <param name="Problem">What could not be looked at and why, so there may be more; null: these are all.</param>
internal sealed record SocketList(IReadOnlyCollection<IPEndPoint> Found, string? Problem = null);
