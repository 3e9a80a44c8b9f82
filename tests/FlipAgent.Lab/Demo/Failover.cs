using FlipAgent.Harness;

namespace FlipAgent.Lab.Demo;

/// <summary>A step of the demonstration did not happen; the message says which, and what was seen instead.</summary>
/// <param name="slow">Everything happened, but not fast enough: the programs' logs have nothing to say about it.</param>
internal sealed class StepMissing(string message, bool slow = false) : Exception(message)
{
    public bool Slow => slow;
}

/// <summary>
/// One move of the floating IP from node to node, as all sides report it. Each field is a step that must happen, in the order of the story; the
/// times are those of the program that did the step.
/// </summary>
internal sealed record Failover
{
    /// <summary>Right before the signal was sent.</summary>
    public required DateTimeOffset Fault { get; init; }

    /// <summary>The loser's agent saw it: HAProxy is gone, or it was told to stop itself.</summary>
    public required DateTimeOffset Detected { get; init; }

    /// <summary>The loser's agent gave up the mastership and named the winner.</summary>
    public required DateTimeOffset Released { get; init; }

    public required DateTimeOffset Promoted { get; init; }

    /// <summary>The request to assign reached the cloud.</summary>
    public required DateTimeOffset Posted { get; init; }

    /// <summary>The winner's agent read that it was accepted.</summary>
    public required DateTimeOffset Accepted { get; init; }

    /// <summary>The cloud moved the address, and the traffic with it.</summary>
    public required DateTimeOffset Moved { get; init; }

    /// <summary>The winner's agent saw that the address is there.</summary>
    public required DateTimeOffset Verified { get; init; }

    /// <summary>Slack has the message that tells of the move.</summary>
    public required DateTimeOffset Told { get; init; }

    /// <summary>What users saw; null: no request failed.</summary>
    public required Outage? Outage { get; init; }

    public TimeSpan ToPost => Posted - Fault;

    /// <summary>The cloud's own time: from the request to the moved address.</summary>
    public TimeSpan Cloud => Moved - Posted;

    /// <summary>From the fault until a request was answered again; zero when none failed.</summary>
    public TimeSpan ToService => Outage is null ? TimeSpan.Zero : Outage.Back - Fault;

    /// <summary>What users waited beyond the agents' and the cloud's time; none when a request under way during the move succeeded.</summary>
    public TimeSpan Extra => Outage is null || Outage.Back < Moved ? TimeSpan.Zero : Outage.Back - Moved;

    /// <summary>Waits for every step of a move that began with <paramref name="fault"/>.</summary>
    /// <param name="sign">The event by which the loser's agent shows that it saw the fault: <c>check-down</c> or <c>stopping</c>.</param>
    /// <exception cref="TimeoutException">One of them did not happen in time.</exception>
    public static async Task<Failover> Watch(
        DemoCluster cluster, DateTimeOffset fault, string sign, DemoNode loser, DemoNode winner, CancellationToken cancel)
    {
        var timeline = cluster.Timeline;
        async Task<DateTimeOffset> Seen(string lane, string what, string step, DateTimeOffset from)
        {
            Moment? moment = null;
            await Until.TrueAsync(() => (moment = timeline.First(from, lane, what)) is not null, step, 20, cancel);
            return moment!.At;
        }

        var detected = await Seen(loser.AgentLane, sign, $"the agent of {loser.Name} sees the fault ({sign})", fault);
        var released = await Seen(loser.AgentLane, "released", $"the agent of {loser.Name} releases the mastership", fault);
        var promoted = await Seen(winner.AgentLane, "became-master", $"{winner.Name} becomes master", fault);
        var posted = await Seen("cloud", "assign", $"the cloud gets a request to assign the address to {winner.Name}", fault);
        var accepted = await Seen(winner.AgentLane, "assign-accepted", "the request to assign is accepted", fault);
        var moved = await Seen("cloud", "moved", $"the cloud moves the address to {winner.Name}", fault);
        var verified = await Seen(winner.AgentLane, "claim-held", $"{winner.Name} sees that it holds the address", fault);
        var told = await Seen("slack", "message", "Slack gets a message that tells of the move", moved);
        await Until.TrueAsync(() => cluster.Client.ServedBy == winner.Name, $"clients are served by {winner.Name}", 10, cancel);
        if (cluster.Lab.Holder != winner.Droplet)
        {
            throw new StepMissing($"the address is at droplet {cluster.Lab.Holder}, not at {winner.Name}");
        }

        return new()
        {
            Fault = fault,
            Detected = detected,
            Released = released,
            Promoted = promoted,
            Posted = posted,
            Accepted = accepted,
            Moved = moved,
            Verified = verified,
            Told = told,
            Outage = cluster.Client.OutageSince(fault),
        };
    }
}
