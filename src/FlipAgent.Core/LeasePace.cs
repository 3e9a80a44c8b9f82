namespace FlipAgent.Core;

/// <summary>How long a lease may be believed in, and when the store is asked next (rule E15).</summary>
internal static class LeasePace
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after sending a renewal this node relies on it: a fiftieth less than the store keeps it. Two clocks, one 500 ppm fast and the other as much slow, drift apart
    /// by a thousandth; the rest is for the step that ends the mastership.
    /// </summary>
    public static TimeSpan Usable(TimeSpan ttl) => ttl - (ttl / 50);

    /// <summary>How long after a sending the next one is due while all is well.</summary>
    public static TimeSpan Regular(LeaseTerms terms) => terms.Ttl / 3;

    /// <summary>How long a head start the node that has the address gets after an outage of the store: longer than one of its attempts and the wait before the next take.</summary>
    public static TimeSpan HeadStart(LeaseTerms terms) => terms.Ttl / 2;

    /// <summary>When to ask again after this answer.</summary>
    /// <param name="has">This node has a lease to renew.</param>
    /// <param name="wantedFor">For how long it has wanted one in vain; null: it does not.</param>
    public static TimeSpan Next(Input.LeaseAnswered answer, LeaseTerms terms, bool has, TimeSpan? wantedFor, ref int attempts, TimeSpan now)
    {
        if (answer.Status == LeaseStatus.Held)
        {
            attempts = 0;
            return answer.SentAt + Regular(terms);
        }
        if (answer.Status == LeaseStatus.Refused && !has)
            return now + Regular(terms);
        if (answer.Status is LeaseStatus.Failed or LeaseStatus.Refused)
            return now + Moment.Max(TimeSpan.FromMilliseconds(50), Moment.Min(terms.Ttl / 20, TimeSpan.FromMilliseconds(250)));
        if (answer.Request == LeaseRequest.Read)
            return wantedFor is null ? answer.SentAt + Regular(terms) : now;
        // A lease that nobody renews is over within its time; one that is renewed will not be free soon.
        if (wantedFor > terms.Ttl + s_second)
            return now + Moment.Min(terms.Ttl / 6, s_second);
        return now + Moment.Min(s_often, s_first * (1 << Math.Min(attempts++, 6)));
    }
}
