using System.Globalization;
using FlipAgent.Harness;

namespace FlipAgent.E2E.Ground;

/// <summary>
/// A program on one node that sends datagrams to another node's agent, evenly, bounded in number and time. As nobody, from a socket of its own: what
/// any user of that machine can do. Or as root, with the source port of the agent there, which needs a raw socket.
/// </summary>
internal sealed class Flooder : IDisposable
{
    public const int PerSecond = 10_000;
    private const int AdvertPort = 5112;

    // Perl is on every Debian. A datagram is sent when it is due; after a pause of the program those that are due leave together.
    private const string Script = """
        use strict; use Socket; use Time::HiRes qw(time sleep);
        my ($to, $port, $rate, $seconds, $hex, $forged) = @ARGV;
        my $datagram = pack("H*", $hex);
        socket(my $socket, AF_INET, $forged ? SOCK_RAW : SOCK_DGRAM, 17) or die "socket: $!";
        $datagram = pack("nnnn", $port, $port, 8 + length $datagram, 0) . $datagram if $forged;
        my $address = pack_sockaddr_in($forged ? 0 : $port, inet_aton($to));
        my ($start, $sent) = (time, 0);
        while ($sent < $rate * $seconds and (my $now = time) < $start + $seconds) {
            my $wait = $start + $sent / $rate - $now;
            sleep($wait) if $wait > 0;
            send($socket, $datagram, 0, $address);
            $sent++;
        }
        print "sent $sent\n";
        """;

    private readonly OwnedProcess _program;
    private readonly int _seconds;

    public Flooder(Node from, Node to, int seconds, bool forged)
    {
        _seconds = seconds;
        string[] who = forged ? [] : ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        _program = new(new() { Network = from.Network, Log = Path.Combine(from.Folder, "flooder.log") }, [
            .. who, "perl", "-e", Script, $"{to.Address}", $"{AdvertPort}", $"{PerSecond}", seconds.ToString(CultureInfo.InvariantCulture), Convert.ToHexString(Forgery(from)), forged ? "1" : ""]);
    }

    public bool Runs => _program.Runs;

    /// <summary>Waits for its end.</summary>
    /// <returns>How many it sent; fails when that was no flood.</returns>
    public int Sent()
    {
        Assert.Equal(0, _program.WaitForExit(TimeSpan.FromSeconds(_seconds + 30)));
        var said = _program.Output;
        var sent = int.Parse(said.Split(' ')[^1], CultureInfo.InvariantCulture);
        Assert.True(sent > PerSecond * _seconds / 2, $"{said}in {_seconds} s is no flood, so this proved nothing");
        return sent;
    }

    public void Dispose() => _program.Dispose();

    /// <summary>An advert of that node as it should be (docs/wire.md), so that it costs the receiver most; only the HMAC is wrong.</summary>
    private static byte[] Forgery(Node node)
    {
        var bytes = new List<byte>(new byte[72]);
        Name(1, "e2e");
        Name(2, node.Name);
        bytes.AddRange(new byte[16]);
        (bytes[0], bytes[1], bytes[3]) = (1, 1, (byte)bytes.Count);
        (bytes[11], bytes[15], bytes[20], bytes[21], bytes[22]) = (1, 1, 1, 100, 100);
        return [.. bytes];

        void Name(byte type, string name)
        {
            bytes.AddRange([type, (byte)name.Length]);
            bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(name));
        }
    }
}
