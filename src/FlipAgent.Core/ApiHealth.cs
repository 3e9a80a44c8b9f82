namespace FlipAgent.Core;

/// <summary>What an answer of the API changed in its health.</summary>
internal enum ApiChange
{
    None,
    /// <summary>It answers again after a failure that was announced.</summary>
    Recovered,
    /// <summary>It has failed for <see cref="ApiHealth.Grace"/>.</summary>
    Failing,
    /// <summary>It refuses the token or does not know the address.</summary>
    Refused,
}

/// <summary>
/// How the cloud API is: whether it answers, and until when nothing may be asked of it (rule C5). The first address's is this node's; every other address has its
/// own (rule C12). Always true: a failure is announced once until it is over; <see cref="FailingSince"/> is set exactly while <see cref="Ok"/> is false.
/// A write that was refused for want of the right is not over when a read works: a token that may only read is never well.
/// </summary>
public sealed class ApiHealth
{
    /// <summary>How long it may fail before people are told, and before a claim that needs it is given up (rule E4).</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_firstRefusedRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_maxRefusedRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_maxRetryAfter = TimeSpan.FromSeconds(60);
    private int _failures;
    private int _refusals;
    private TimeSpan _refusedAt = Moment.Never;
    private bool _announced;
    private bool _reads;

    /// <summary>The last request was answered and not refused (429 is no refusal), and no write is known to be forbidden; null before the first.</summary>
    public bool? Ok { get; private set; }

    /// <summary>What the last answer was.</summary>
    public ApiStatus Status { get; private set; }

    /// <summary>The cloud asked to wait, or refused or failed: no request before this moment.</summary>
    public TimeSpan NotBefore { get; private set; } = Moment.Never;

    internal TimeSpan FailingSince { get; private set; } = Moment.Never;

    /// <summary>The token may not write (403 on an assign), until it is another one or a write is taken.</summary>
    internal bool WritesRefused { get; private set; }

    /// <summary>Not even a lookup works.</summary>
    internal bool ReadsFail => Ok == false && !(WritesRefused && _reads);

    internal bool IsRefused => Status is ApiStatus.Unauthorized or ApiStatus.Forbidden or ApiStatus.NotFound or ApiStatus.Refused;

    /// <summary>Takes the status of an answer.</summary>
    /// <param name="chance">Asked when a failure needs a random wait.</param>
    /// <param name="failedFor">When it recovered: how long it had failed.</param>
    internal ApiChange Take(ApiStatus status, TimeSpan? retryAfter, Chance chance, TimeSpan now, out TimeSpan? failedFor)
    {
        failedFor = null;
        Status = status;
        switch (status)
        {
            case ApiStatus.Ok:
                _failures = 0;
                NotBefore = Moment.Never;
                _reads = true;
                if (!WritesRefused)
                    return Answers(now, out failedFor);
                Status = ApiStatus.Forbidden;
                return ApiChange.None;
            case ApiStatus.RateLimited:
                // It answers, and asks to wait; another node of the same token would fare no better.
                NotBefore = now + Moment.Min(retryAfter ?? s_maxRetryAfter, s_maxRetryAfter);
                return WritesRefused ? ApiChange.None : Answers(now, out failedFor);
            case ApiStatus.Unauthorized or ApiStatus.Forbidden or ApiStatus.NotFound:
                NotBefore = now + AfterRefusal(now);
                Fails(now);
                if (_announced)
                    return ApiChange.None;
                _announced = true;
                return ApiChange.Refused;
            case ApiStatus.Failed:
                _failures++;
                NotBefore = now + BackOff(_failures, chance);
                return IsFailing(now);
            case ApiStatus.Refused:
                NotBefore = now + AfterRefusal(now);
                return IsFailing(now);
            default:
                throw new ArgumentOutOfRangeException(nameof(status));
        }
    }

    /// <summary>An assign was refused for want of the right; its status was taken before this.</summary>
    internal void RefuseWrites() => WritesRefused = true;

    /// <summary>The token is another one: its first answer tells.</summary>
    internal void NewToken() => WritesRefused = false;

    /// <summary>An assign was accepted, or refused as one that may be asked for, so it answers.</summary>
    internal ApiChange Accepted(TimeSpan now, out TimeSpan? failedFor)
    {
        (Status, WritesRefused) = (ApiStatus.Ok, false);
        return Answers(now, out failedFor);
    }

    /// <summary>The account is asked to wait.</summary>
    internal void WaitUntil(TimeSpan moment) => NotBefore = Moment.Max(NotBefore, moment);

    /// <summary>The token may be another one: what was refused is tried again now.</summary>
    internal void RetryNow(TimeSpan now) => NotBefore = now;

    /// <summary>A request is due now, whatever the last back-off said (rule E10).</summary>
    internal void Allow(TimeSpan now) => NotBefore = Moment.Min(NotBefore, now);

    /// <summary>Full jitter (rule C5): a random time up to 0.25 s, doubled with each failure, at most 5 s; at least 20 ms.</summary>
    internal static TimeSpan BackOff(int failures, Chance chance)
    {
        var max = Math.Min(5.0, 0.25 * Math.Pow(2, Math.Min(failures - 1, 10)));
        return TimeSpan.FromSeconds(Math.Max(0.02, chance.Next() * max));
    }

    /// <summary>
    /// How long a refusal keeps this node from asking: 5 s, doubling to 30 s. An answer in between does not begin anew: a token that may read and not write is refused
    /// again and again between answers.
    /// </summary>
    private TimeSpan AfterRefusal(TimeSpan now)
    {
        _refusals = now - _refusedAt < 2 * s_maxRefusedRetry ? _refusals + 1 : 1;
        _refusedAt = now;
        return Moment.Min(s_maxRefusedRetry, s_firstRefusedRetry * (1 << Math.Min(_refusals - 1, 3)));
    }

    private ApiChange Answers(TimeSpan now, out TimeSpan? failedFor)
    {
        var recovered = _announced;
        failedFor = recovered && FailingSince != Moment.Never ? now - FailingSince : null;
        (Ok, FailingSince, _announced) = (true, Moment.Never, false);
        return recovered ? ApiChange.Recovered : ApiChange.None;
    }

    private ApiChange IsFailing(TimeSpan now)
    {
        Fails(now);
        if (_announced || now - FailingSince < Grace)
            return ApiChange.None;
        _announced = true;
        return ApiChange.Failing;
    }

    private void Fails(TimeSpan now)
    {
        if (Ok != false)
            FailingSince = now;
        (Ok, _reads) = (false, false);
    }
}
