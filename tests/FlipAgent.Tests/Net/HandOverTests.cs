using System.Buffers.Binary;
using FlipAgent.Net;

namespace FlipAgent.Tests.Net;

/// <summary>The two small parts between the threads: the newest datagram, and the limit against floods.</summary>
public sealed class HandOverTests
{
    [Fact]
    public void The_newest_datagram_is_taken_once()
    {
        var board = new LatestDatagram(100);
        Assert.False(board.TryTake(out _));
        Assert.False(board.Put([1]));
        Assert.True(board.Put([2, 2]));
        Assert.True(board.Put([3, 3, 3]));
        Assert.True(board.TryTake(out var taken));
        Assert.Equal([3, 3, 3], taken.ToArray());
        Assert.False(board.TryTake(out _));
        Assert.False(board.Put([4]));
        Assert.True(board.TryTake(out taken));
        Assert.Equal([4], taken.ToArray());
    }

    [Fact]
    public void Two_threads_never_see_half_a_datagram_and_never_an_older_one()
    {
        var board = new LatestDatagram(1024);
        const int Last = 200_000;
        var writer = new Thread(() =>
        {
            Span<byte> datagram = stackalloc byte[1024];
            for (var i = 1; i <= Last; i++)
            {
                var length = 8 + i % 100 * 4;
                for (var at = 0; at < length; at += 4)
                    BinaryPrimitives.WriteInt32LittleEndian(datagram[at..], i);
                board.Put(datagram[..length]);
            }
        });
        writer.Start();
        var seen = 0;
        while (seen < Last)
        {
            if (!board.TryTake(out var datagram))
                continue;
            var number = BinaryPrimitives.ReadInt32LittleEndian(datagram);
            Assert.True(number > seen);
            Assert.Equal(8 + number % 100 * 4, datagram.Length);
            for (var at = 0; at < datagram.Length; at += 4)
                Assert.Equal(number, BinaryPrimitives.ReadInt32LittleEndian(datagram[at..]));
            seen = number;
        }
        writer.Join();
    }

    [Fact]
    public void The_gate_admits_its_rate_and_one_second_of_savings()
    {
        var gate = new FloodGate(200);
        var now = TimeSpan.FromHours(1);
        var atOnce = Enumerable.Range(0, 1000).Count(_ => gate.Admit(now));
        Assert.Equal(200, atOnce);
        var inTheNextSecond = Enumerable.Range(1, 1000).Count(i => gate.Admit(now + TimeSpan.FromMilliseconds(i)));
        Assert.InRange(inTheNextSecond, 199, 200);
        var afterAnHour = Enumerable.Range(0, 1000).Count(_ => gate.Admit(now + TimeSpan.FromHours(1)));
        Assert.Equal(200, afterAnHour);
    }

    [Fact]
    public void The_gate_never_stops_who_keeps_to_the_rate()
    {
        var gate = new FloodGate(200);
        for (var i = 0; i < 10_000; i++)
            Assert.True(gate.Admit(TimeSpan.FromMilliseconds(5 * i)));
    }
}
