using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Lab;

/// <summary>
/// The wires of the stand-in cloud: listens on one floating IP and passes each TCP connection to the same port of the droplet that holds it.
/// When the address moves, a switch is thrown: connections of the old holder are reset, as they would be when their packets suddenly reach a
/// machine that knows nothing of them.
/// </summary>
internal sealed class DataPlane(IPAddress address, LabKnobs knobs, CancellationToken stopping) : IAsyncDisposable
{
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly ConcurrentDictionary<Socket, IPAddress?> _open = [];
    private volatile IPAddress? _target;

    /// <exception cref="SocketException">An address or port cannot be bound.</exception>
    public void Listen(IEnumerable<int> ports)
    {
        foreach (var port in ports)
        {
            var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _listeners.Add(listener);
            try
            {
                listener.Bind(new IPEndPoint(address, port));
            }
            catch (SocketException e)
            {
                throw new InvalidOperationException(
                    $"the floating IP {address}:{port} cannot be bound: {e.Message}; it must be an address of this machine, and free", e);
            }

            listener.Listen(512);
            _accepting.Add(Accept(listener, port));
        }
    }

    /// <summary>Throws the switch. Null: nobody answers.</summary>
    public void SendTo(IPAddress? target)
    {
        _target = target;
        foreach (var (client, served) in _open)
        {
            if (!Equals(served, target))
            {
                Cut(client);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listeners.ForEach(l => l.Dispose());
        foreach (var client in _open.Keys)
        {
            Cut(client);
        }

        await Task.WhenAll(_accepting);
    }

    private async Task Accept(Socket listener, int port)
    {
        while (!stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync(stopping);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => Carry(client, port), CancellationToken.None);
        }
    }

    private async Task Carry(Socket client, int port)
    {
        var target = _target;
        _open[client] = target;
        using var server = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            client.NoDelay = true;
            // The switch may have been thrown between the two lines above; then this connection is one of the old holder's.
            if (!Equals(target, _target))
            {
                return;
            }

            if (target is null)
            {
                await Nobody(client);
                return;
            }

            await server.ConnectAsync(new IPEndPoint(target, port), stopping);
            await Task.WhenAll(Copy(client, server), Copy(server, client));
            client.Shutdown(SocketShutdown.Both);
            client.Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Refused, reset or cut: the finally clause passes it on to the client as a reset.
        }
        finally
        {
            _open.TryRemove(client, out _);
            Cut(client);
        }
    }

    private async Task Nobody(Socket client)
    {
        if (knobs.NoHolder == NoHolder.Drop)
        {
            // Read and never answer, until the client gives up or the switch is thrown.
            var waste = new byte[4096];
            while (await client.ReceiveAsync(waste, stopping) > 0)
            {
            }
        }
    }

    private async Task Copy(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, stopping)) > 0)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), stopping);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone: end the other direction too, or it would wait for ever.
            Cut(from);
            Cut(to);
            throw;
        }
    }

    /// <summary>Closes with a reset. Harmless when it is closed already.</summary>
    private static void Cut(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }
}
