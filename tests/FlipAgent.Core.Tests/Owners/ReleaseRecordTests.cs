namespace FlipAgent.Core.Tests.Owners;

/// <summary>The last release that counts (rules E4, E5).</summary>
public sealed class ReleaseRecordTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_later = TimeSpan.FromSeconds(101);
    private static readonly Release s_toNobody = new(5, NodeId.None, false, false, "stopped", 0);

    [Fact]
    public void Only_a_later_term_or_a_name_where_there_was_none_is_news()
    {
        var record = new ReleaseRecord();
        Assert.True(record.Hear(s_toNobody, s_now));
        Assert.Equal((s_toNobody, s_now, false), (record.Last, record.At, record.IsMine));
        Assert.False(record.Hear(s_toNobody, s_later));
        Assert.False(record.Hear(s_toNobody with { Term = 4 }, s_later));
        Assert.Equal((s_toNobody, s_now), (record.Last, record.At));
        // Another one of the same term that names nobody is of a second master: from now on both have given up.
        var other = s_toNobody with { Cause = "other" };
        Assert.True(record.Hear(other, s_later));
        Assert.Equal((other, s_later), (record.Last, record.At));
        Assert.True(record.Hear(s_toNobody, s_now));
        var named = s_toNobody with { Successor = 22 };
        Assert.True(record.Hear(named, s_later));
        Assert.Equal((named, s_later), (record.Last, record.At));
        Assert.False(record.Hear(s_toNobody, s_later));
        Assert.False(record.Hear(named with { Successor = 33 }, s_later));
        Assert.True(record.Hear(s_toNobody with { Term = 6 }, s_later));
    }

    [Fact]
    public void The_own_release_is_known_as_such_until_another_is_heard()
    {
        var record = new ReleaseRecord();
        record.Make(s_toNobody, s_now);
        Assert.Equal((s_toNobody, s_now, true), (record.Last, record.At, record.IsMine));
        Assert.False(record.Hear(s_toNobody, s_later));
        Assert.True(record.IsMine);
        Assert.True(record.Hear(s_toNobody with { Term = 6 }, s_later));
        Assert.False(record.IsMine);
        record.Clear();
        Assert.Null(record.Last);
    }
}
