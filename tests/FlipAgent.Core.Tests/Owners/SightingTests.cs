namespace FlipAgent.Core.Tests.Owners;

/// <summary>What a guard saw, as it is told to others in ages and understood in moments of the own clock (rule S1, docs/wire.md).</summary>
public sealed class SightingTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_quarter = s_second / 4;

    [Fact]
    public void It_is_told_in_ages_and_understood_as_the_same()
    {
        var seen = new Sighting(Sight.Refused, true, s_quarter, s_now - s_second, s_now - (2 * s_second), s_now - (3 * s_second));
        var report = seen.Report(s_now);
        Assert.Equal(new ServiceReport(Sight.Refused, true, s_quarter, s_second, 2 * s_second, 3 * s_second), report);
        Assert.Equal(seen, Sighting.Of(report, s_now));
    }

    [Fact]
    public void What_never_was_has_no_age_and_what_is_ahead_of_the_clock_is_of_now()
    {
        var unasked = new Sighting(Sight.Unasked, false, s_quarter, Moment.Never, Moment.Never, Moment.Never);
        Assert.Equal(new ServiceReport(Sight.Unasked, false, s_quarter, TimeSpan.Zero, null, null), unasked.Report(s_now));
        var ahead = new Sighting(Sight.Answers, true, s_quarter, s_now + s_second, Moment.Never, s_now + s_second);
        Assert.Equal(new ServiceReport(Sight.Answers, true, s_quarter, TimeSpan.Zero, null, TimeSpan.Zero), ahead.Report(s_now));
    }

    [Fact]
    public void A_node_without_a_guard_says_nothing_and_what_says_nothing_proves_nothing()
    {
        Assert.Null(Sighting.None.Report(s_now));
        Assert.Equal(Sighting.None, Sighting.Of(null, s_now));
        Assert.Equal((Sight.Off, false, false), (Sighting.None.Sight, Sighting.None.Proven, Sighting.None.CanTell(s_now)));
    }
}
