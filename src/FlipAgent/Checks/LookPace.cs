using FlipAgent.Config;
using FlipAgent.Core;

namespace FlipAgent.Checks;

/// <summary>
/// When a check looks next. Usually an interval after its last look began. A check that is up and has just failed is looked at again sooner, as with
/// HAProxy's <c>fastinter</c>, so that <c>fall</c> failures do not cost <c>fall</c> intervals. Pure, so that a test owns the clock.
/// </summary>
internal static class LookPace
{
    /// <summary>From the beginning of the last look to the beginning of the next one.</summary>
    /// <param name="verdict">With the last look counted.</param>
    /// <param name="last">What the last look found, weighed; what is not counted hurries nothing.</param>
    public static TimeSpan AfterLook(CheckConfig config, RiseFall verdict, Outcome last) =>
        verdict.Up == true && last == Outcome.Failed ? config.FastInterval : config.Interval;

    /// <summary>
    /// After how long without an answer a second look begins beside the first; null: not at all. Only while the check is up and one failure does not decide:
    /// each of the two may still be answered until its own time-out.
    /// </summary>
    /// <param name="verdict">Before the look is counted.</param>
    public static TimeSpan? Beside(CheckConfig config, RiseFall verdict) =>
        MayBeBeside(config) && verdict.Up == true && verdict.Streak + 1 < config.Fall
            && config.FastInterval < config.Timeout && config.FastInterval < config.Interval
            ? config.FastInterval
            : null;

    /// <summary>Whether a check of this kind may have a second look beside the first at all.</summary>
    public static bool MayBeBeside(CheckConfig config) => config is CheckConfig.Http or CheckConfig.Tcp;
}
