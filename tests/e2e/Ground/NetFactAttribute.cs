[assembly: CollectionBehavior(DisableTestParallelization = true)]

// Whole clusters of real programs: a bound is the time that docs/faults.md allows, or 30 s for what only has to come.
[assembly: AssemblyTrait("Category", "RealTime")]

namespace FlipAgent.E2E.Ground;

/// <summary>
/// A test on the test ground of network namespaces: without root it is skipped with the reason, and with CI=true it then fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetFactAttribute : FactAttribute
{
    public NetFactAttribute()
    {
        if (!MayRun)
            Skip = Reason;
    }

    public static bool MayRun => Environment.UserName == "root" || Environment.GetEnvironmentVariable("CI") == "true";

    public const string Reason = "needs root: it makes network namespaces";
}

/// <summary>The same, once for each row of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetTheoryAttribute : TheoryAttribute
{
    public NetTheoryAttribute()
    {
        if (!NetFactAttribute.MayRun)
            Skip = NetFactAttribute.Reason;
    }
}
