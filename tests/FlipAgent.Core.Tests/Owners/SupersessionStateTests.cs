namespace FlipAgent.Core.Tests.Owners;

/// <summary>How long a superseded node waits without a guard (rule E8b), in one run and over a restart.</summary>
public sealed class SupersessionStateTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private readonly Supersession _superseded = new();

    [Fact]
    public void Each_one_in_a_row_waits_twice_as_long_from_10_to_80_minutes_and_is_news_once()
    {
        Assert.Equal((false, Moment.Forever), (_superseded.On, _superseded.EndAt(withGuard: false)));
        var (count, last) = (0, 0);
        foreach (var minutes in (int[])[10, 20, 40, 80, 80])
        {
            Assert.True(_superseded.Begin(22, s_now));
            Assert.False(_superseded.Begin(22, s_now));
            Assert.Equal((true, 22u, s_now, ++count), (_superseded.On, _superseded.By, _superseded.At, _superseded.Count));
            Assert.Equal(s_now + TimeSpan.FromMinutes(minutes), _superseded.EndAt(withGuard: false));
            Assert.Equal(Moment.Forever, _superseded.EndAt(withGuard: true));
            _superseded.End();
            Assert.Equal((false, Moment.Forever, last + 2), (_superseded.On, _superseded.EndAt(withGuard: false), _superseded.Revision));
            last = _superseded.Revision;
        }
        _superseded.Forgive();
        _superseded.Begin(22, s_now);
        Assert.Equal(s_now + TimeSpan.FromMinutes(10), _superseded.EndAt(withGuard: false));
    }

    [Fact]
    public void Another_node_that_takes_the_address_is_news()
    {
        _superseded.Begin(22, s_now);
        Assert.True(_superseded.Begin(33, s_now));
        Assert.Equal((33u, 2), (_superseded.By, _superseded.Count));
    }

    [Theory]
    [InlineData(60, 20, 40)]
    [InlineData(60, 60, 0)]
    [InlineData(60, 90, 0)] // It was over while the agent was down.
    [InlineData(0, 90, 1200)] // There was a guard: the wait, the second in a row, begins now.
    public void The_next_run_waits_for_what_is_left(int left, int age, int expected)
    {
        _superseded.Recall(22, count: 2, TimeSpan.FromSeconds(left), TimeSpan.FromSeconds(age), s_now);
        Assert.Equal((22u, s_now, 2), (_superseded.By, _superseded.At, _superseded.Count));
        Assert.Equal(s_now + TimeSpan.FromSeconds(expected), _superseded.EndAt(withGuard: false));
    }
}
