using System.Net;

namespace FlipAgent.Lab;

/// <summary>
/// What the stand-in cloud is made of when it starts: who rents droplets, which addresses float, who may call. The defaults are the reference cluster
/// with nothing that listens outside loopback.
/// </summary>
public sealed record LabOptions
{
    /// <summary>Where API, metadata service, Slack receiver and control API answer; port 0 takes a free one. Each serves everything.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.Loopback, 0)];

    public IReadOnlyList<DropletSpec> Droplets { get; init; } =
    [
        new(3164444, "haproxy-1", IPAddress.Parse("10.110.0.2")),
        new(3164445, "haproxy-2", IPAddress.Parse("10.110.0.3")),
    ];

    public IReadOnlyList<FloatingIpSpec> FloatingIps { get; init; } = [new(IPAddress.Parse("203.0.113.10"), 3164444)];

    public IReadOnlyList<TokenSpec> Tokens { get; init; } = [new("lab", DefaultToken)];

    /// <summary>Ports of the floating IPv4 addresses that are passed on to the holder; they are bound there. Empty: no data plane.</summary>
    public IReadOnlyList<int> Forward { get; init; } = [];

    /// <summary>A program that is run when traffic moves, with the floating IP and the private address of its new holder ("" for nobody).</summary>
    public string? OnMove { get; init; }

    /// <summary>What to change from the first moment on; more of it can be changed later.</summary>
    public LabKnobs Knobs { get; init; } = new();

    public RefusalTexts Texts { get; init; } = new();

    /// <summary>The token that the defaults accept. Shaped like a real one, worth nothing.</summary>
    public const string DefaultToken = "dop_v1_1ab0000000000000000000000000000000000000000000000000000000000000";
}

/// <param name="Address">Its private address: where the data plane forwards to, and how the metadata service knows it.</param>
public sealed record DropletSpec(long Id, string Name, IPAddress Address)
{
    public string Region { get; init; } = "nyc3";

    /// <summary>The number of its private network.</summary>
    public int Network { get; init; } = UsualNetwork;

    public const int UsualNetwork = 1234;

    /// <summary>Tags; labels without a value at Hetzner Cloud.</summary>
    public IReadOnlyList<string> Tags { get; init; } = ["web-lb"];

    /// <summary>Further source addresses by which the metadata service knows it.</summary>
    public IReadOnlyList<IPAddress> MoreAddresses { get; init; } = [];
}

/// <param name="DropletId">Who holds it at the start; null: nobody.</param>
public sealed record FloatingIpSpec(IPAddress Address, long? DropletId)
{
    public string Region { get; init; } = "nyc3";
}

/// <param name="Name">How history and faults call it, so that the value stays out of both.</param>
/// <param name="Value">What follows <c>Bearer </c>.</param>
public sealed record TokenSpec(string Name, string Value)
{
    /// <summary>Null: every scope. Otherwise only these, such as <c>reserved_ip:read</c>.</summary>
    public IReadOnlySet<string>? Scopes { get; init; }
}

/// <summary>Texts of the 422s whose wording nobody has written down. A client that reads them has a fault.</summary>
public sealed record RefusalTexts
{
    public string AlreadyHere { get; init; } = "The Droplet already has this reserved IP assigned.";

    public string HoldsAnother { get; init; } = "The Droplet already has a reserved IP assigned.";

    public string OtherRegion { get; init; } = "The reserved IP and the Droplet must be in the same region.";

    public string DropletOff { get; init; } = "The Droplet is powered off.";

    public string NotAssigned { get; init; } = "The reserved IP is not assigned to a Droplet.";
}
