using System.Net;
using System.Net.Sockets;
using FlipAgent.Harness;

namespace FlipAgent.Tests.Lease;

/// <summary>One or more real etcd's on loopback, at ports of the system's choice.</summary>
internal static class EtcdCluster
{
    /// <param name="tls">Its certificates; null: http.</param>
    /// <param name="more">Further options of etcd.</param>
    public static EtcdMembers Start(int size = 1, EtcdTls? tls = null, params string[] more)
    {
        var ports = FreePorts(size * 2);
        return new EtcdMembers(
            [.. ports[..size].Select(port => $"{(tls is null ? "http" : "https")}://127.0.0.1:{port}")], [.. ports[size..].Select(port => $"http://127.0.0.1:{port}")],
            options: [.. tls?.ServerOptions ?? [], .. more], clientOptions: tls?.ClientOptions);
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
