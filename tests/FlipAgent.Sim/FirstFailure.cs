namespace FlipAgent.Sim;

/// <summary>
/// Asked by tests that compile core and simulator anew with a bug planted in them (docs/simulator.md), so nothing but types of the runtime is passed.
/// </summary>
internal static class FirstFailure
{
    /// <summary>Runs seeds until one fails; null: none did.</summary>
    public static (ulong Seed, string Summary)? Find(ulong first, int count) =>
        Campaign.Run(first, count, stopAtFirst: true).Failures is [var failure, ..] ? (failure.Seed, failure.Summary) : null;

    public static IReadOnlyList<string> Replay(ulong seed) => Trial.Run(seed, Detail.Story).Trace;
}
