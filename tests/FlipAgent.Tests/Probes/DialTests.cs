using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlipAgent.Probes;

namespace FlipAgent.Tests.Probes;

/// <summary>A name with several addresses, of which one is silent.</summary>
// The limits are half of the whole time away from what it takes.
[Trait("Category", "RealTime")]
public sealed class DialTests
{
    private static readonly IPAddress s_silent = IPAddress.Parse("127.41.7.1");
    private static readonly IPAddress s_good = IPAddress.Parse("127.41.7.2");

    [Fact]
    public void A_silent_address_leaves_the_next_one_its_share_of_the_time()
    {
        using var silent = new HangingPort(s_silent, 0);
        using var good = new TcpListener(s_good, silent.Port);
        good.Start();
        var clock = Stopwatch.StartNew();
        using var socket = Dial.Connect([s_silent, s_good], silent.Port, Deadline.In(TimeSpan.FromSeconds(2)));
        Assert.Equal(new IPEndPoint(s_good, silent.Port), socket.RemoteEndPoint);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 1.8);
    }

    [Fact]
    public void When_all_are_silent_it_takes_the_whole_time_and_no_more()
    {
        using var silent = new HangingPort(s_silent, 0);
        using var other = new HangingPort(s_good, silent.Port);
        var clock = Stopwatch.StartNew();
        var failure = Record.Exception(() => Dial.Connect([s_silent, s_good], silent.Port, Deadline.In(TimeSpan.FromSeconds(1))));
        Assert.True(Deadline.IsOver(failure!), $"{failure}");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 1.9);
    }
}
