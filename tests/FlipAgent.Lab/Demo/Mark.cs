namespace FlipAgent.Lab.Demo;

/// <summary>A numbered flag of the picture: one step of the story, in somebody's lane.</summary>
internal sealed record Mark(DateTimeOffset At, string Lane, string Text)
{
    public static IEnumerable<Mark> Of(Story story)
    {
        var failure = story.Failure!;
        yield return new(failure.Fault, "haproxy-1", "HAProxy is stopped");
        yield return new(failure.Detected, "agent-1", "sees that HAProxy is gone");
        yield return new(failure.Released, "agent-1", "releases to haproxy-2");
        yield return new(failure.Promoted, "agent-2", "is master");
        foreach (var mark in Move(failure, "agent-2", "haproxy-2"))
        {
            yield return mark;
        }

        if (story.Reverting is { } reverting)
        {
            yield return new(story.Repaired, "haproxy-1", "HAProxy is started again");
            yield return new(reverting.Fault, "agent-2", "the agent is stopped and releases");
            yield return new(reverting.Promoted, "agent-1", "is master");
            foreach (var mark in Move(reverting, "agent-1", "haproxy-1"))
            {
                yield return mark;
            }
        }
    }

    private static IEnumerable<Mark> Move(Failover move, string agent, string node)
    {
        yield return new(move.Posted, "cloud", $"is asked to assign to {node}");
        yield return new(move.Accepted, agent, "the request is accepted");
        yield return new(move.Moved, "cloud", $"the address is at {node}");
        yield return new(move.Verified, agent, "sees that it holds the address");
        yield return new(move.Told, "slack", "message: who is master, and why");
        if (move.Outage is { } outage)
        {
            yield return new(outage.Began, "client", $"the first request fails; {outage.Failed} in all");
            yield return new(outage.Back, "client", $"served by {node}");
        }
    }
}
