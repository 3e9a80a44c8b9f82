namespace FlipAgent.Core;

/// <summary>
/// How long questions on one way took that were answered in the last five minutes, and how many were not. Always true: a question is counted once, as answered or as
/// lost, and not before it is known which: one that nobody can have answered, because the other side died, is neither.
/// </summary>
public sealed class RoundTrips
{
    private const int Slots = 6;

    /// <summary>On a good path at most one question is lost for each this many answers.</summary>
    private const int AnswersForEachLoss = 50;

    private static readonly TimeSpan s_leastPatience = TimeSpan.FromMilliseconds(100);
    private readonly Slot[] _slots = new Slot[Slots];

    /// <summary>A question was answered after <paramref name="took"/>.</summary>
    internal void Answer(TimeSpan took, TimeSpan now)
    {
        ref var slot = ref Today(now);
        (slot.Answered, slot.Worst) = (slot.Answered + 1, Moment.Max(slot.Worst, took));
    }

    /// <summary>A question was not answered though the other side lived.</summary>
    internal void Lose(TimeSpan now) => Today(now).Lost++;

    /// <summary>How many questions were answered in the last five minutes.</summary>
    internal int Answered(TimeSpan now) => Sum(now).Answered;

    /// <summary>
    /// How long to wait for an answer before its absence says something: four times the longest that one took in five minutes, and 100 ms at least. Null while too few
    /// were answered to tell, or more than one of fifty was lost.
    /// </summary>
    /// <param name="least">How many have to be answered, above 0.</param>
    internal TimeSpan? Patience(int least, TimeSpan now)
    {
        var (answered, lost, worst) = Sum(now);
        return answered < least || lost * AnswersForEachLoss > answered ? null : Moment.Max(s_leastPatience, 4 * worst);
    }

    private (int Answered, int Lost, TimeSpan Worst) Sum(TimeSpan now)
    {
        var (minute, answered, lost, worst) = (MinuteOf(now), 0, 0, TimeSpan.Zero);
        foreach (var slot in _slots)
            if (slot.Minute > minute - Slots && slot.Minute <= minute)
                (answered, lost, worst) = (answered + slot.Answered, lost + slot.Lost, Moment.Max(worst, slot.Worst));
        return (answered, lost, worst);
    }

    private ref Slot Today(TimeSpan now)
    {
        var minute = MinuteOf(now);
        ref var slot = ref _slots[(int)(minute % Slots)];
        if (slot.Minute != minute)
            slot = new Slot { Minute = minute };
        return ref slot;
    }

    // Above Slots from the start, so that an empty slot, which is of minute 0, is never counted.
    private static long MinuteOf(TimeSpan now) => (now.Ticks / TimeSpan.TicksPerMinute) + Slots + 1;

    private struct Slot
    {
        public long Minute;
        public int Answered;
        public int Lost;
        public TimeSpan Worst;
    }
}
