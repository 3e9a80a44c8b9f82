using System.Net.Sockets;

namespace FlipAgent.Systemd;

/// <summary>Where the system bus is: DBUS_SYSTEM_BUS_ADDRESS as all programs read it, otherwise the one socket that every system has.</summary>
internal static class BusAddress
{
    public const string Variable = "DBUS_SYSTEM_BUS_ADDRESS";
    public const string SocketPath = "/run/dbus/system_bus_socket";

    private const int LongestPath = 107;

    /// <summary>The first address that is a unix socket; null when there is none, with the reason.</summary>
    /// <param name="text">As in the D-Bus specification, "unix:path=/run/bus;unix:abstract=name"; null or empty: the default.</param>
    public static UnixDomainSocketEndPoint? Parse(string? text, out string problem)
    {
        problem = "";
        if (string.IsNullOrEmpty(text))
            return new(SocketPath);
        foreach (var address in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!address.StartsWith("unix:", StringComparison.Ordinal))
                continue;
            foreach (var pair in address["unix:".Length..].Split(','))
            {
                var path = pair.Split('=', 2) switch
                {
                    ["path", var value] => Uri.UnescapeDataString(value),
                    ["abstract", var value] => '\0' + Uri.UnescapeDataString(value),
                    _ => "",
                };
                if (path.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(path) <= LongestPath)
                    return new(path);
            }
        }
        problem = $"{Variable} names no unix socket of at most {LongestPath} bytes: expected unix:path=/PATH, got {Redaction.Printable.Of(text, 80)}";
        return null;
    }
}
