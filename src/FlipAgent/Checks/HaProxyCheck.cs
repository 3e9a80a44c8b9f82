using System.Net.Sockets;
using System.Text;
using FlipAgent.Kernel;
using FlipAgent.Outbound;
using FlipAgent.Probes;
using FlipAgent.Redaction;

namespace FlipAgent.Checks;

/// <summary>
/// Asks HAProxy itself, through its stats socket. Only a process that still turns its event loop can answer, and the answer tells full from dead: a full
/// one is degraded, never down, for a move would only carry the same clients to the next node (fault F54).
/// </summary>
internal sealed class HaProxyCheck(string path, Func<IReadOnlyList<int>> mainPids, Func<IReadOnlyList<int>>? reloadingPids = null) : Check
{
    // Frontends and backends only: 8 MiB is more than ten thousand of them.
    private const int AnswerCap = 8 * 1024 * 1024;
    private const int LongestVersion = 60;

    public override Task<CheckResult> Run(TimeSpan within, CancellationToken stop) => Task.FromResult(Look(Deadline.In(within)));

    private CheckResult Look(long until)
    {
        // A new connection each time: a reload binds the socket anew, and an old connection would speak with the old worker.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Blocking, it would wait for a place in the queue before accept(2).
            socket.Blocking = false;
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Blocking = true;
            var listener = SocketPeer.Of(socket).Pid;
            using var wire = new DeadlineStream(socket, until);
            wire.Write(Encoding.ASCII.GetBytes(HaProxyStats.Question));
            var reader = new StatsReader();
            var head = ReadToEnd(wire, reader);
            return reader.End() is { } stats ? Judge(stats, listener) : new(Outcome.Failed, NotStats(head));
        }
        catch (Exception e) when (Deadline.IsOver(e))
        {
            return CheckResult.NoAnswer(socket.Connected ? $"{path} accepts, but HAProxy gives no answer" : $"{path}: no connection");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // connect(2), EAGAIN: not even the queue before accept(2) has room.
            return new(Outcome.Failed, $"{path}: too many connections wait for HAProxy to accept them") { Crowded = true };
        }
        catch (SocketException e) when (Shortage.Of(e) is null)
        {
            return new(Outcome.Failed, $"{path}: {Explain(e)}");
        }
    }

    private CheckResult Judge(HaProxyStats stats, int listener)
    {
        if (Unwanted(stats, listener) is { } unwanted)
            return unwanted;
        var alive = $"HAProxy {Printable.Of(stats.Version, LongestVersion)}, pid {stats.Pid}, {stats.Connections} of {stats.MaxConnections} connections";
        if (stats.Frontends > 0 && stats.ClosedFrontends.Count == stats.Frontends)
            return new(Outcome.Failed, $"no frontend takes connections: {stats.ClosedFrontends} ({alive})");
        List<string> worries = [];
        if (stats.ClosedFrontends.Count > 0)
            worries.Add($"closed frontends: {stats.ClosedFrontends}");
        if (stats.Saturated)
            worries.Add("saturated" + (stats.FullFrontends.Count > 0 ? $": {stats.FullFrontends}" : ""));
        if (stats.DownBackends.Count > 0)
            worries.Add($"no server up in {stats.DownBackends.Count} of {stats.Backends} backends: {stats.DownBackends}");
        return worries.Count == 0
            ? new(Outcome.Up, alive)
            : new(Outcome.Degraded, $"{string.Join("; ", worries)} ({alive})") { Saturated = stats.Saturated };
    }

    /// <summary>
    /// Fault F56: the one that answers must be the process that the process checks watch, or a child of it (a worker). Two numbers are tried: what
    /// it says of itself, and who the kernel says began to listen, which is right across pid namespaces too.
    /// </summary>
    private CheckResult? Unwanted(HaProxyStats stats, int listener)
    {
        var known = mainPids();
        var expected = known.Count == 0 || known.Any(Answers);
        if (expected && !stats.Stopping)
            return null;
        // A reload may have put another process in charge since the process checks last looked, or the old one answers once more.
        var reloading = reloadingPids?.Invoke() ?? [];
        if (!expected && !reloading.Any(Answers))
            return new(Outcome.Failed, $"{path} is answered by pid {stats.Pid}, which is neither the watched process {string.Join(", ", known)} nor a child of it");
        if (!stats.Stopping)
            return null;
        return reloading.Any(pid => !Answers(pid))
            ? new(Outcome.Pending, $"pid {stats.Pid} is stopping, for another process replaces it")
            : new(Outcome.Failed, $"pid {stats.Pid} is stopping and takes no new connections");

        bool Answers(int pid) => Belongs(stats.Pid, pid) || Belongs(listener, pid);
    }

    private static bool Belongs(int pid, int main) => pid == main || (pid > 0 && ProcessIdentity.Parent(pid) == main);

    /// <summary>Lets the reader have all of it.</summary>
    /// <returns>The beginning of it, by which somebody else than HAProxy is known.</returns>
    private static string ReadToEnd(DeadlineStream wire, StatsReader reader)
    {
        var bytes = new byte[16 * 1024];
        var chars = new char[bytes.Length];
        var head = new char[bytes.Length];
        var (length, inHead) = (0, 0);
        // HAProxy closes after the last answer, unless `prompt` was asked for.
        while (length < AnswerCap && wire.Read(bytes) is > 0 and var read)
        {
            var text = chars.AsSpan(0, Encoding.ASCII.GetChars(bytes.AsSpan(0, read), chars));
            reader.Take(text);
            length += read;
            if (inHead == head.Length)
                continue;
            var more = text[..Math.Min(read, head.Length - inHead)];
            more.CopyTo(head.AsSpan(inHead));
            inHead += more.Length;
            // The master CLI asks for the next command instead of closing, and waiting for more would look like a HAProxy that hangs.
            if (inHead < head.Length && IsMasterCli(head.AsSpan(0, inHead)))
                break;
        }
        return new string(head, 0, inHead);
    }

    private string NotStats(string text)
    {
        if (IsMasterCli(text))
            return $"{path} is HAProxy's master CLI (haproxy -S), which speaks for no worker; expected the stats socket of the global section (stats socket PATH)";
        return text.StartsWith("Permission denied", StringComparison.OrdinalIgnoreCase)
            ? $"{path}: HAProxy denies show info and show stat there; expected a stats socket with level user, operator or admin"
            : $"{path} does not answer like HAProxy's stats socket: {FirstLine(text)}";
    }

    /// <summary>It does not know what it is asked, and what it offers instead only a master has (management.txt section 9.4).</summary>
    private static bool IsMasterCli(ReadOnlySpan<char> text) =>
        (text.StartsWith("Unknown command", StringComparison.Ordinal) && (text.Contains("show proc", StringComparison.Ordinal) || text.Contains("@<", StringComparison.Ordinal)))
        || text.Contains("master>", StringComparison.Ordinal);

    private string Explain(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AccessDenied => "permission denied (the agent's user must be in the group of the socket)",
        // connect(2) says the same of a directory, which a container makes of a mount that is not there yet, and of a file.
        SocketError.ConnectionRefused => RegularFile.Read(path, cap: 0, _ => false).Problem switch
        {
            null => "it is a file, and no socket",
            { Kind: FileProblemKind.NotAFile, Reason: not "it is a socket" and var kind } => $"{kind}, and no socket",
            _ => "nothing listens on this socket",
        },
        SocketError.AddressNotAvailable => "no such socket",
        _ => SocketWords.Of(e),
    };

    private static string FirstLine(string text) => text.Split('\n')[0].Trim() is { Length: > 0 } line ? Printable.Of(line, 80) : "(empty)";
}
