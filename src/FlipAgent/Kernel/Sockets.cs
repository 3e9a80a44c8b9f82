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

    public static IReadOnlyCollection<IPEndPoint> BoundUdp() => [.. Read("/proc/net/udp", null), .. Read("/proc/net/udp6", null)];

    public static IReadOnlyCollection<IPEndPoint> ListeningTcp() => [.. Read("/proc/net/tcp", Listening), .. Read("/proc/net/tcp6", Listening)];

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

    private static IEnumerable<IPEndPoint> Read(string file, string? state) => File.Exists(file) ? Parse(File.ReadLines(file).Take(MostLines), state) : [];
}
