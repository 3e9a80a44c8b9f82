namespace FlipAgent.Core;

/// <summary>What an answer says of the API itself, whatever was asked: does it answer, does it accept the token, how much may still be asked (rule C5).</summary>
internal static class ApiAnswers
{
    public static void TakeQuota(in Turn t, ApiStatus status, RateLimit? left)
    {
        AnnounceQuota(t, t.State.Quota.TakeStatus(status, t.Now));
        if (left is { } known && status != ApiStatus.RateLimited)
            AnnounceQuota(t, t.State.Quota.Take(known, t.Now));
        var (quota, open) = (t.State.Quota, t.State.Open);
        if (status == ApiStatus.Ok && !quota.Limited && open.Has(EventKind.ApiLimited))
            AnnounceQuota(t, QuotaChange.NoLongerLimited);
        if (status == ApiStatus.Ok && quota.HasEnough && open.Has(EventKind.ApiQuotaLow))
            AnnounceQuota(t, QuotaChange.NoLongerLow);
    }

    /// <summary>A peer tells what the cloud told it.</summary>
    public static void HearQuota(in Turn t, QuotaReport report) => AnnounceQuota(t, t.State.Quota.Hear(report, t.Now));

    private static void AnnounceQuota(in Turn t, QuotaChange change)
    {
        if (change == QuotaChange.None)
            return;
        var ended = change is QuotaChange.NoLongerLimited or QuotaChange.NoLongerLow;
        var kind = change is QuotaChange.Low or QuotaChange.NoLongerLow ? EventKind.ApiQuotaLow : EventKind.ApiLimited;
        var left = t.State.Quota.Left;
        // It is the account's, whichever address was asked for.
        t.For(0).Announce(new Event(kind, ended ? Severity.Info : Severity.Warning)
        { Ended = ended, Alert = ended, Count = (int?)left?.Remaining, Limit = (int?)left?.Limit });
    }

    public static void TakeStatus(in Turn t, ApiStatus status, TimeSpan? retryAfter, string detail)
    {
        var change = t.Api.Take(status, retryAfter, t.State.Chance, t.Now, out var failedFor);
        // The last run told of it.
        if (change == ApiChange.None && status == ApiStatus.Ok && t.Leads && t.Api.Ok == true && t.State.Open.HasOfApi(writes: false))
            change = ApiChange.Recovered;
        // What is refused or limited for a read is so for an assign.
        if (status is not (ApiStatus.Ok or ApiStatus.Failed or ApiStatus.Refused))
            t.Claim.Assign.Delay(t.Api.NotBefore);
        if (status == ApiStatus.RateLimited)
            FollowerRules.WaitTogether(t);
        Announce(t, change, failedFor, detail);
    }

    /// <summary>A write was refused for what it asked and not for who asked (422), so the token has the right.</summary>
    public static void MayWrite(in Turn t)
    {
        t.Ip.Write.Prove();
        if (t.Api.WritesRefused || t.State.Open.HasOfApi(writes: true))
            Accept(t);
    }

    /// <summary>An assign was accepted, or refused as one that may be asked for: the end of all that was told of the API, whichever run told it.</summary>
    public static void Accept(in Turn t)
    {
        var change = t.Api.Accepted(t.Now, out var failedFor);
        Announce(t, change == ApiChange.None && t.Leads && t.State.Open.HasOfApi(writes: true) ? ApiChange.Recovered : change, failedFor, "");
    }

    private static void Announce(in Turn t, ApiChange change, TimeSpan? failedFor, string detail)
    {
        if (!t.Leads && !FollowerRules.IsWorthTelling(t, change))
            return;
        switch (change)
        {
            case ApiChange.None:
                break;
            case ApiChange.Recovered:
                t.Announce(new Event(EventKind.ApiRecovered, Severity.Info) { Duration = failedFor, Alert = true });
                break;
            case ApiChange.Failing:
                t.Announce(new Event(EventKind.ApiFailing, t.IsMaster && t.Claim.State == ClaimState.Claiming ? Severity.Critical : Severity.Warning)
                { Duration = ApiHealth.Grace, Detail = detail });
                break;
            case ApiChange.Refused:
                AnnounceRefusal(t, detail);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change));
        }
    }

    private static void AnnounceRefusal(in Turn t, string detail) => t.Announce(t.Api.Status == ApiStatus.NotFound
        ? new Event(EventKind.AddressNotFound, Severity.Critical) { Detail = detail }
        : new Event(EventKind.TokenRefused, Severity.Critical) { Api = t.Api.Status, Detail = detail });
}
