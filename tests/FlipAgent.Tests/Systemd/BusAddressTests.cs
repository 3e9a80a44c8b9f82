using FlipAgent.Systemd;

namespace FlipAgent.Tests;

public sealed class BusAddressTests
{
    [Theory]
    [InlineData(null, "/run/dbus/system_bus_socket")]
    [InlineData("", "/run/dbus/system_bus_socket")]
    [InlineData("unix:path=/tmp/bus", "/tmp/bus")]
    [InlineData("unix:guid=00,path=/tmp/a%20b", "/tmp/a b")]
    [InlineData("tcp:host=localhost,port=1;unix:path=/tmp/second", "/tmp/second")]
    [InlineData("unix:abstract=bus", "@bus")]
    public void The_first_unix_socket_is_taken(string? text, string expected) => Assert.Equal(expected, BusAddress.Parse(text, out _)?.ToString());

    [Theory]
    [InlineData("nonsense")]
    [InlineData("unix:")]
    [InlineData("unix:path=")]
    [InlineData("unix:runtime=yes")]
    [InlineData("tcp:host=localhost,port=1")]
    [InlineData("unix:path=/a-path-that-is-longer-than-the-107-bytes-that-the-kernel-takes-for-the-name-of-a-socket-in-the-file-system-aaaaaaaaaaaaaaa")]
    public void Anything_else_is_a_sentence(string text)
    {
        Assert.Null(BusAddress.Parse(text, out var problem));
        Assert.StartsWith("DBUS_SYSTEM_BUS_ADDRESS names no unix socket of at most 107 bytes: expected unix:path=/PATH, got ", problem, StringComparison.Ordinal);
    }
}
