using System.Net;

namespace FlipAgent.Lab.Demo;

/// <summary>One of the two load balancer nodes: what the demonstration calls it, and how it hears from its agent.</summary>
internal sealed record DemoNode(int Number, long Droplet, IPAddress Address)
{
    public string Name => $"haproxy-{Number}";

    /// <summary>Where its agent stands in the timeline.</summary>
    public string AgentLane => $"agent-{Number}";

    public AgentWatch Watch { get; set; } = null!;
}
