namespace FlipAgent.Core;

/// <summary>A backup's way to the mastership of a silent master (rule E6): since when it may take over, so that the nodes go in turn.</summary>
internal sealed class SilenceWatch
{
    /// <summary>Since when nothing but the turn stands in the way; <see cref="Moment.Forever"/>: something does.</summary>
    public TimeSpan ReadySince { get; private set; } = Moment.Forever;

    /// <summary>That the agent is silent and the service alive was announced; until the next mastership of this node.</summary>
    public bool Announced { get; private set; }

    public void Wait() => ReadySince = Moment.Forever;

    public TimeSpan Ready(TimeSpan now) => ReadySince == Moment.Forever ? ReadySince = now : ReadySince;

    public void Announce() => Announced = true;

    public void Promoted() => (ReadySince, Announced) = (Moment.Forever, false);
}
