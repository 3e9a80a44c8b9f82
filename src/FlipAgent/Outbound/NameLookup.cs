using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Outbound;

/// <summary>
/// Asks the name service, each question on a thread of its own. Like sending a runner for each question instead of queueing at a counter: a
/// runner who gets lost delays nobody else. The asynchronous lookups of .NET queue behind a stuck one of the same name, cancelled or not
/// (dotnet/runtime #48566, #92862), so they are not used.
/// </summary>
/// <param name="ask">Blocks for as long as it takes; <see cref="Dns.GetHostAddresses(string)"/> in production.</param>
internal sealed class NameLookup(Func<string, IPAddress[]> ask)
{
    /// <summary>Lookups under way at once. glibc gives a question up after 10 to 30 s, so more than these mean that the name service is away.</summary>
    public const int MostAtOnce = 8;

    // getaddrinfo loads its modules on the stack of whoever calls it.
    private const int StackBytes = 512 * 1024;

    private int _running;

    /// <summary>The addresses in the order of the name service; empty when it has none, fails, or too many questions are open. Never faults.</summary>
    public Task<IPAddress[]> Start(string host)
    {
        if (Interlocked.Increment(ref _running) > MostAtOnce)
        {
            Interlocked.Decrement(ref _running);
            return Task.FromResult<IPAddress[]>([]);
        }
        var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var runner = new Thread(() => Run(host, answer), StackBytes) { IsBackground = true, Name = "name lookup" };
        try
        {
            runner.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // The runtime's word for a thread that cannot be started, also when only a file descriptor is missing (fault F11).
            Interlocked.Decrement(ref _running);
            answer.SetResult([]);
        }
        return answer.Task;
    }

    private void Run(string host, TaskCompletionSource<IPAddress[]> answer)
    {
        IPAddress[] addresses = [];
        try
        {
            addresses = ask(host);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // No such name, no name service: the caller lives on what it remembers.
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            answer.SetResult(addresses);
        }
    }
}
