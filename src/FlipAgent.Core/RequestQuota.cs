namespace FlipAgent.Core;

/// <summary>What the cloud says with an answer about how much may still be asked (DigitalOcean API reference, "Rate Limit": <c>ratelimit-limit</c>, <c>ratelimit-remaining</c>).</summary>
/// <param name="Remaining">Requests left in the present window, 0 to <paramref name="Limit"/>.</param>
/// <param name="Limit">Requests that a window has, at least 1.</param>
public readonly record struct RateLimit(long Remaining, long Limit)
{
    /// <summary>Remaining as a part of the limit, 0 to 1.</summary>
    public double Share => (double)Remaining / Limit;
}

/// <summary>What the sender of an advert knows of the quota (rule C5).</summary>
/// <param name="Left">What the cloud said. Wire: at most 2^32-1 each.</param>
/// <param name="Age">How long ago.</param>
public readonly record struct QuotaReport(RateLimit Left, TimeSpan Age);

/// <summary>What an answer changed in the quota.</summary>
internal enum QuotaChange
{
    None,
    /// <summary>429 for the first time.</summary>
    Limited,
    /// <summary>Nothing was limited for a minute.</summary>
    NoLongerLimited,
    /// <summary>Less than a fifth is left.</summary>
    Low,
    /// <summary>Two fifths are left again.</summary>
    NoLongerLow,
}

/// <summary>
/// How many requests the cloud still takes (rule C5). The quota is the account's: other clusters and programs use it up as well. Always true: what was announced is
/// announced as over before it is announced again.
/// </summary>
public sealed class RequestQuota
{
    private const double LowShare = 0.2;
    private const double EnoughShare = 0.4;
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_newsAge = TimeSpan.FromMinutes(10);
    private TimeSpan _limitedAt = Moment.Never;

    /// <summary>What the cloud last said is left, to this node or to one that it hears; null: it has not said.</summary>
    public RateLimit? Left { get; private set; }

    /// <summary>When the request was answered that said so.</summary>
    internal TimeSpan LeftAt { get; private set; } = Moment.Never;

    /// <summary>It answered 429, and no request has succeeded a minute or more after the last such answer.</summary>
    public bool Limited { get; private set; }

    /// <summary>Less than a fifth was left, and there are not two fifths again.</summary>
    public bool Low { get; private set; }

    /// <summary>Two fifths are left.</summary>
    internal bool HasEnough => !Low && Left?.Share >= EnoughShare;

    /// <summary>
    /// How many times longer this node waits between requests that nothing depends on: 1, 2 below four fifths of the limit, 4 below three fifths, 10 below two fifths. Many
    /// clusters of one account thus leave what is left to those that have to move.
    /// </summary>
    public int Slowdown => Left?.Share switch
    {
        < 0.4 => 10,
        < 0.6 => 4,
        < 0.8 => 2,
        _ => 1,
    };

    /// <summary>How many times longer it waits between those that a move waits for: 1, 2 below a fifth, 4 below a tenth. Moves are what the quota is for.</summary>
    internal int MoveSlowdown => Left?.Share switch
    {
        < 0.1 => 4,
        < LowShare => 2,
        _ => 1,
    };

    /// <summary>For how long a healthy master may go without looking up the holder: 3 min times <see cref="Slowdown"/>.</summary>
    public TimeSpan LookupGap => LookupRules.Seldom * Slowdown;

    internal QuotaChange TakeStatus(ApiStatus status, TimeSpan now)
    {
        if (status == ApiStatus.RateLimited)
        {
            _limitedAt = now;
            var first = !Limited;
            Limited = true;
            return first ? QuotaChange.Limited : QuotaChange.None;
        }
        if (!Limited || status != ApiStatus.Ok || now - _limitedAt < s_calm)
            return QuotaChange.None;
        Limited = false;
        return QuotaChange.NoLongerLimited;
    }

    /// <summary>What a peer was told. The quota is the account's, so the fresher answer counts, whoever got it; one that is old says nothing of the present window.</summary>
    internal QuotaChange Hear(QuotaReport report, TimeSpan now) =>
        now - report.Age > LeftAt && report.Age < s_newsAge ? Take(report.Left, now - report.Age) : QuotaChange.None;

    /// <summary>What this node says of it; null: nothing, or nothing of the present window.</summary>
    internal QuotaReport? Report(TimeSpan now) => Left is { } left && now - LeftAt < s_newsAge ? new QuotaReport(left, now - LeftAt) : null;

    /// <summary>An answer to 429 has nothing left in a window of its own (a burst of a minute), so it is not taken here.</summary>
    internal QuotaChange Take(RateLimit left, TimeSpan at)
    {
        (Left, LeftAt) = (left, at);
        if (Low ? left.Share < EnoughShare : left.Share >= LowShare)
            return QuotaChange.None;
        Low = !Low;
        return Low ? QuotaChange.Low : QuotaChange.NoLongerLow;
    }
}
