using System.Net.Sockets;

namespace FlipAgent.Outbound;

/// <summary>What went wrong with a connection, as people say it: the one place of these words. <see cref="Events.ApiAdvice"/> knows what to do about them.</summary>
internal static class SocketWords
{
    public const string Refused = "connection refused";

    public const string TimedOut = "connection timed out";

    public const string NoRoute = "no route";

    public static string Of(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => Refused,
        SocketError.ConnectionReset => "connection reset",
        SocketError.TimedOut => TimedOut,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => NoRoute,
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "host name not found",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "nothing listens there",
        _ => e.Message,
    };
}
