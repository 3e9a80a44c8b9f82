using System.Collections.Concurrent;
using FlipAgent.Core;
using FlipAgent.Supervision;

namespace FlipAgent.Tests.Supervision;

/// <summary>A supervisor that writes down what it announces.</summary>
internal sealed class Announced
{
    private readonly ConcurrentQueue<Event> _events = new();

    public Announced() => Supervisor = new Supervisor(_events.Enqueue, null);

    public Supervisor Supervisor { get; }

    public IReadOnlyList<Event> Events => [.. _events];

    /// <summary>One event, about this part, with this cause.</summary>
    public void Once(string part, string cause)
    {
        var one = Assert.Single(_events);
        Assert.Equal((EventKind.PartFailed, Severity.Critical), (one.Kind, one.Severity));
        Assert.Equal(part, one.Subject);
        Assert.Contains(cause, one.Detail);
    }
}

/// <summary>What is planted: no part expects it.</summary>
internal sealed class PlantedException() : Exception("planted");
