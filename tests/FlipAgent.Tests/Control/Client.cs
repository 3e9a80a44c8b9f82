using System.Net.Sockets;
using System.Text;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Control;

/// <summary>An HTTP client of the control socket, and raw connections for what no proper client would send.</summary>
internal static class Client
{
    public static HttpClient Of(AgentInMemory agent) => new AgentClient(agent.Socket, TimeSpan.FromSeconds(30)).Http;

    public static Socket Connect(AgentInMemory agent)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(agent.Socket));
        return socket;
    }

    /// <summary>Sends bytes and reads until the other end closes; fails after 30 s.</summary>
    public static string Exchange(AgentInMemory agent, byte[] bytes, bool finish = false)
    {
        using var socket = Connect(agent);
        socket.ReceiveTimeout = 30_000;
        try
        {
            socket.Send(bytes);
            if (finish)
                socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // Sent away before everything was said.
        }
        return ReadToEnd(socket);
    }

    public static string ReadToEnd(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            for (int n; (n = socket.Receive(buffer)) > 0;)
                text.Append(Encoding.Latin1.GetString(buffer, 0, n));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with something of ours unread.
        }
        return text.ToString();
    }
}
