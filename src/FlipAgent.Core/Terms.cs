namespace FlipAgent.Core;

/// <summary>
/// The order of terms. They are serial numbers (RFC 1982): 1 comes after 2^32-1, and of two terms the later is the one that is reached in fewer steps. So a cluster has no
/// last term, and a wild number in one node's memory or advert is earlier than the present one, or a step from which the next take-over goes on. 0 means none, and
/// is earlier than any.
/// </summary>
public static class Terms
{
    private const uint Half = 1u << 31;

    /// <summary>The first is later than the second. Of two that are exactly half the range apart, the greater number is.</summary>
    public static bool IsLater(uint term, uint than)
    {
        if (term == than || term == 0)
            return false;
        var steps = unchecked(term - than);
        return than == 0 || steps < Half || (steps == Half && term > than);
    }

    /// <summary>The later of the two.</summary>
    public static uint Latest(uint a, uint b) => IsLater(b, a) ? b : a;

    /// <summary>The term after this one; never 0.</summary>
    public static uint Next(uint term) => term == uint.MaxValue ? 1 : term + 1;
}
