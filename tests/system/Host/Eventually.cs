using System.Diagnostics;

namespace FlipAgent.SystemTests.Host;

/// <summary>Waits for something to become true instead of for a time to pass.</summary>
internal static class Eventually
{
    public static void True(Func<bool> condition, TimeSpan within, Func<string> otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > within)
            {
                Assert.Fail($"not within {within.TotalSeconds:0} s: {otherwise()}");
            }

            Thread.Sleep(100);
        }
    }
}
