using System.Net;
using System.Net.Sockets;
using FlipAgent.Outbound;

namespace FlipAgent.Tests.Connections;

/// <summary>A connection that stands before it is needed: it costs no request, it is replaced when the other side closes it, and a host that cannot be reached is told.</summary>
public sealed class SpareConnectionTests : IDisposable
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(20);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dialer _dialer;
    private int _unreachable;

    public SpareConnectionTests()
    {
        _listener.Start();
        _dialer = new Dialer(Url, Book(), from: null, roots: null);
    }

    private Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task It_stands_before_anybody_asks_and_is_given_away_once()
    {
        using var spare = Spare();
        using var accepted = await _listener.AcceptSocketAsync(Soon());
        var stream = await Taken(spare);
        await stream.WriteAsync("x"u8.ToArray());
        Assert.Equal(1, await accepted.ReceiveAsync(new byte[1]));
        // Another one takes its place.
        using var second = await _listener.AcceptSocketAsync(Soon());
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task One_that_the_other_side_has_closed_is_replaced_and_not_given_away()
    {
        using var spare = Spare();
        (await _listener.AcceptSocketAsync(Soon())).Dispose();
        using var second = await _listener.AcceptSocketAsync(Soon());
        var stream = await Taken(spare);
        await stream.WriteAsync("x"u8.ToArray());
        Assert.Equal(1, await second.ReceiveAsync(new byte[1]));
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task A_host_that_cannot_be_reached_is_told_each_time_and_found_again()
    {
        var endpoint = (IPEndPoint)_listener.LocalEndpoint;
        _listener.Stop();
        using var spare = Spare();
        var until = Environment.TickCount64 + 10_000;
        while (Volatile.Read(ref _unreachable) < 2 && Environment.TickCount64 < until)
            await Task.Delay(5);
        Assert.True(_unreachable >= 2);
        Assert.Null(spare.Take());
        using var again = new TcpListener(endpoint);
        again.Start();
        using var accepted = await again.AcceptSocketAsync(Soon());
        await (await Taken(spare)).DisposeAsync();
    }

    [Fact]
    public async Task What_is_dropped_or_put_away_is_closed()
    {
        var spare = Spare();
        using var accepted = await _listener.AcceptSocketAsync(Soon());
        var end = accepted.ReceiveAsync(new byte[1]);
        while (!end.IsCompleted)
        {
            spare.Drop();
            await Task.WhenAny(end, Task.Delay(10));
        }
        Assert.Equal(0, await end);
        spare.Dispose();
    }

    [Fact]
    public async Task A_request_after_a_long_quiet_goes_out_on_it()
    {
        using var line = new HttpLine(Url, Book());
        line.KeepSpare(() => { });
        using var accepted = await _listener.AcceptSocketAsync(Soon());
        // The other side sees it a moment before this one has it.
        await Task.Delay(100);
        var answer = line.Send(HttpMethod.Get, "/", null, null, Soon());
        Assert.True(await accepted.ReceiveAsync(new byte[4096]) > 0);
        await accepted.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        Assert.Equal(200, (await answer).Code);
    }

    private static AddressBook Book() => new("127.0.0.1", file: null, new NameLookup(Dns.GetHostAddresses));

    private SpareConnection Spare() => new(_dialer.Dial, () => Interlocked.Increment(ref _unreachable), s_pace);

    private static async Task<Stream> Taken(SpareConnection spare)
    {
        for (var until = Environment.TickCount64 + 10_000; Environment.TickCount64 < until; await Task.Delay(5))
            if (spare.Take() is { } stream)
                return stream;
        throw new TimeoutException("no spare connection in 10 s");
    }

    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token;
}
