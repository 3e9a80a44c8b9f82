using System.Net.Sockets;
using FlipAgent.Checks;

namespace FlipAgent.Tests;

/// <summary>What is at the path of the stats socket when it is not HAProxy that listens there.</summary>
public sealed class StatsSocketPathTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("flipagent-stats-").FullName, "haproxy.sock");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, true);

    [Fact]
    public async Task Nothing() => Assert.Equal("no such socket", await Look());

    [Fact]
    public async Task A_directory()
    {
        Directory.CreateDirectory(_path);
        Assert.Equal("it is a directory, and no socket", await Look());
    }

    [Fact]
    public async Task A_file()
    {
        File.WriteAllText(_path, "");
        Assert.Equal("it is a file, and no socket", await Look());
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_on_any_more()
    {
        using var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Bind(new UnixDomainSocketEndPoint(_path));
        Assert.Equal("nothing listens on this socket", await Look());
    }

    private async Task<string> Look()
    {
        var result = await new HaProxyCheck(_path, () => []).Run(TimeSpan.FromSeconds(10), default);
        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.StartsWith($"{_path}: ", result.Detail);
        return result.Detail![(_path.Length + 2)..];
    }
}
