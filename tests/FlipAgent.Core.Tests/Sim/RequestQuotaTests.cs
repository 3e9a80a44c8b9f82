using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>What the cloud still takes: 429 and a quota that runs out are states with a beginning and an end, and the nearer the end, the less is asked (rule C5).</summary>
public sealed class RequestQuotaTests
{
    private readonly ElectionState _state = Grow(holder: 101, fit: true);

    [Fact]
    public void F35_a_rate_limit_is_told_once_and_is_over_when_nothing_was_limited_for_a_minute()
    {
        var told = Assert.Single(Answer(ApiStatus.RateLimited, 0.1));
        Assert.Equal((EventKind.ApiLimited, Severity.Warning, false), (told.Kind, told.Severity, told.Ended));
        Assert.True(_state.Quota.Limited);
        Assert.Empty(Answer(ApiStatus.Ok, 59));
        Assert.Empty(Answer(ApiStatus.RateLimited, 60));
        Assert.Empty(Answer(ApiStatus.Ok, 119.9));
        // A failure says nothing about it.
        Assert.DoesNotContain(Answer(ApiStatus.Failed, 121), e => e.Kind == EventKind.ApiLimited);
        Assert.True(_state.Quota.Limited);
        var over = Assert.Single(Answer(ApiStatus.Ok, 122), e => e.Kind == EventKind.ApiLimited);
        Assert.Equal((Severity.Info, true, true), (over.Severity, over.Ended, over.Alert));
        Assert.False(_state.Quota.Limited);
    }

    [Fact]
    public void Few_requests_left_are_told_once_and_are_over_at_two_fifths()
    {
        Assert.Empty(Answer(ApiStatus.Ok, 1, left: 1000));
        var told = Assert.Single(Answer(ApiStatus.Ok, 2, left: 999));
        Assert.Equal((EventKind.ApiQuotaLow, Severity.Warning, 999, 5000), (told.Kind, told.Severity, told.Count, told.Limit));
        Assert.Empty(Answer(ApiStatus.Ok, 3, left: 400));
        Assert.Empty(Answer(ApiStatus.Ok, 4, left: 1999));
        var over = Assert.Single(Answer(ApiStatus.Ok, 5, left: 2000));
        Assert.Equal((EventKind.ApiQuotaLow, Severity.Info, true, true), (over.Kind, over.Severity, over.Ended, over.Alert));
        Assert.Empty(Answer(ApiStatus.Ok, 6, left: 1001));
    }

    [Theory]
    [InlineData(3999, 2, 1)]
    [InlineData(4000, 1, 1)]
    [InlineData(2999, 4, 1)]
    [InlineData(3000, 2, 1)]
    [InlineData(1999, 10, 1)]
    [InlineData(2000, 4, 1)]
    [InlineData(1000, 10, 1)]
    [InlineData(999, 10, 2)]
    [InlineData(500, 10, 2)]
    [InlineData(499, 10, 4)]
    public void The_less_is_left_the_longer_are_the_waits(long left, int slowdown, int ofMoves)
    {
        var quota = new RequestQuota();
        quota.Take(new(left, 5000), Then);
        Assert.Equal((slowdown, ofMoves), (quota.Slowdown, quota.MoveSlowdown));
    }

    [Fact]
    public void What_a_peer_says_counts_when_it_is_fresher_and_younger_than_10_minutes()
    {
        var quota = new RequestQuota();
        var tick = TimeSpan.FromTicks(1);
        quota.Hear(new(new(900, 1000), TimeSpan.FromMinutes(10)), Then);
        Assert.Null(quota.Left);
        quota.Hear(new(new(900, 1000), TimeSpan.FromMinutes(10) - tick), Then);
        Assert.Equal(900, quota.Left?.Remaining);
        quota.Hear(new(new(800, 1000), TimeSpan.FromMinutes(10) - tick), Then);
        Assert.Equal(900, quota.Left?.Remaining);
        quota.Hear(new(new(700, 1000), TimeSpan.FromMinutes(10) - (2 * tick)), Then);
        Assert.Equal(700, quota.Left?.Remaining);
        Assert.Equal(TimeSpan.FromMinutes(10) - tick, quota.Report(Then + tick)?.Age);
        Assert.Null(quota.Report(Then + (2 * tick)));
    }

    /// <summary>A burst limit of a minute answers 429 with nothing left of that minute; the hour's quota is another number.</summary>
    [Fact]
    public void F35_what_a_429_says_is_left_is_not_taken_for_the_quota()
    {
        Answer(ApiStatus.Ok, 1, left: 4800);
        Assert.DoesNotContain(Answer(ApiStatus.RateLimited, 2, left: 0), e => e.Kind == EventKind.ApiQuotaLow);
        Assert.Equal((4800, 1), (_state.Quota.Left?.Remaining, _state.Quota.Slowdown));
    }

    [Theory]
    [InlineData(null, 1, 30)]
    [InlineData(4000, 1, 30)]
    [InlineData(3999, 2, 60)]
    [InlineData(2999, 4, 120)]
    [InlineData(1999, 10, 300)]
    [InlineData(0, 10, 300)]
    public void The_fewer_are_left_the_longer_a_holder_waits_between_lookups(int? left, int slowdown, double seconds)
    {
        Answer(ApiStatus.Ok, 0, left);
        Assert.Equal(slowdown, _state.Quota.Slowdown);
        var looks = Looks(0.1, 2.5 * seconds, left);
        Assert.Equal(seconds, looks[1] - looks[0], 1);
    }

    [Fact]
    public void What_a_move_waits_for_is_asked_at_most_four_times_more_slowly()
    {
        Answer(ApiStatus.Ok, 0, left: 0);
        Assert.Contains(Step(_state, new Input.MetadataRead(Witness.NotHere, ""), 0.2), e => e is Effect.ReadHolder);
        Take(_state, Read(101, 0.2) with { Left = Limit(0) }, 0.3);
        Take(_state, new Input.MetadataRead(Witness.Here, ""), 0.4);
        Take(_state, new Input.MetadataRead(Witness.NotHere, ""), 0.5);
        Assert.Equal(1.2, Looks(0.6, 2, left: 0)[0], 2);
    }

    /// <summary>The account is shared: who asks seldom hears it from who asked last.</summary>
    [Fact]
    public void What_a_peer_was_told_counts_when_it_is_the_fresher_answer()
    {
        Answer(ApiStatus.Ok, 0, left: 4000);
        Hear(3000, age: 5, second: 4);
        Assert.Equal(4000, _state.Quota.Left?.Remaining);
        Hear(800, age: 1, second: 5);
        Assert.Equal((800, 10), (_state.Quota.Left?.Remaining, _state.Quota.Slowdown));
        Assert.True(_state.Quota.Low);
        Hear(4900, age: 601, second: 700);
        Assert.Equal(800, _state.Quota.Left?.Remaining);
        Assert.Null(Election.BuildAdvert(_state, At(701)).Quota);
        Answer(ApiStatus.Ok, 702, left: 4000);
        Assert.Equal(new QuotaReport(new RateLimit(4000, 5000), TimeSpan.FromSeconds(2)), Election.BuildAdvert(_state, At(704)).Quota);
    }

    private void Hear(int left, double age, double second) => Take(_state, new Input.AdvertHeard(1, Make(_state, Role.Backup, 3) with
    { Quota = new QuotaReport(new RateLimit(left, 5000), TimeSpan.FromSeconds(age)) }), second);

    private List<Event> Answer(ApiStatus status, double second, int? left = null)
    {
        var at = Then + TimeSpan.FromSeconds(second);
        return [.. Announced(_state, new Input.HolderRead(at, status, status == ApiStatus.Ok ? 101 : null, false, true, null, "why") { Left = Limit(left) }, second)
            .Where(e => e.Kind is EventKind.ApiLimited or EventKind.ApiQuotaLow)];
    }

    private List<double> Looks(double from, double until, int? left)
    {
        var looks = new List<double>();
        for (var now = from; now <= until; now = Math.Max(now + 0.001, (_state.NextDeadline - Then).TotalSeconds))
        {
            if (!Step(_state, new Input.Deadline(), now).Exists(e => e is Effect.ReadHolder))
                continue;
            looks.Add(now);
            Take(_state, Read(101, now) with { Left = Limit(left) }, now + 0.0005);
        }
        return looks;
    }

    private static RateLimit? Limit(int? left) => left is { } some ? new RateLimit(some, 5000) : null;
}
