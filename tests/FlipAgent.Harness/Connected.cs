using System.Net;
using System.Net.Sockets;

namespace FlipAgent.Harness;

/// <summary>Connections for HTTP clients that do not begin or end where HTTP clients usually do.</summary>
internal static class Connected
{
    /// <param name="socket">Is closed with the stream, or when it cannot connect.</param>
    public static async ValueTask<Stream> Stream(Socket socket, EndPoint target, CancellationToken cancel)
    {
        try
        {
            await socket.ConnectAsync(target, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
