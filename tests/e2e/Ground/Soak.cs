namespace FlipAgent.E2E.Ground;

/// <summary>How long the tests take that only time makes convincing: a minute at most in <c>make test</c>, their full length in <c>make soak</c>.</summary>
internal static class Soak
{
    /// <param name="full">With FLIPAGENT_SOAK=1.</param>
    public static double Seconds(double inTests, double full) => Environment.GetEnvironmentVariable("FLIPAGENT_SOAK") == "1" ? full : inTests;
}
