using System.Collections.Immutable;

namespace FlipAgent.Naming;

/// <summary>
/// What a cloud calls things, and where it is found: what configuration, sentences and doctor need to know of it. How it is asked stands in the folder of its provider
/// (docs/providers.md).
/// </summary>
/// <param name="Name">The word for <c>floating_ip.provider</c>.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Server">What it calls a machine, such as droplet.</param>
/// <param name="Address">What it calls an address that can be moved, such as reserved IP.</param>
public sealed record CloudVendor(string Name, string Title, string Server, string Address)
{
    /// <summary>Where its API is, without a version; null: it has none that the agent asks itself.</summary>
    public Uri? Api { get; init; }

    /// <summary>What it asks, it asks with a token.</summary>
    public bool NeedsToken { get; init; } = true;

    /// <summary>What the token must be, to follow "a token ".</summary>
    public string Token { get; init; } = "";

    /// <summary>The name of the file that a first configuration has for the token, in /etc/flipagent.</summary>
    public string TokenFile { get; init; } = "token";

    /// <summary>What the token must be, behind the name of that file.</summary>
    public string TokenNote { get; init; } = "";

    /// <summary>What its tokens call the right to move an address; null: it gives no names to rights.</summary>
    public string? MoveScope { get; init; }

    /// <summary>The right to read machines.</summary>
    /// <inheritdoc cref="MoveScope"/>
    public string? ServerScope { get; init; }

    /// <summary>The right to find machines by their tags.</summary>
    /// <inheritdoc cref="MoveScope"/>
    public string? TagScope { get; init; }

    /// <summary>Where it tells of outages; null: nowhere.</summary>
    public string? StatusPage { get; init; }

    /// <summary>The same as words, to follow "see".</summary>
    public string Outages => StatusPage ?? "what your cloud says about outages";

    /// <summary>Where its machines find their metadata service; null: it has none that the agent asks.</summary>
    public Uri? Metadata { get; init; }

    /// <summary>Where the metadata service tells the id of the machine, below <see cref="Metadata"/>.</summary>
    public string? IdPath { get; init; }

    /// <summary>Where it tells the host name, the private address (alone, or in the first "ip:" of a list) and the floating IP that is here; null: it does not.</summary>
    public string? NamePath { get; init; }

    /// <inheritdoc cref="NamePath"/>
    public string? PrivateAddressPath { get; init; }

    /// <inheritdoc cref="NamePath"/>
    public string? FloatingIpPath { get; init; }

    /// <summary>Where it tells the region that an address and a machine must have in common (Hetzner Cloud: the network zone), and the address of the machine at which the packets of a floating IP arrive; null: it does not.</summary>
    public string? RegionPath { get; init; }

    /// <inheritdoc cref="RegionPath"/>
    public string? AnchorPath { get; init; }

    /// <summary>The metadata service tells whether the address is here (rule C6).</summary>
    public bool HasWitness { get; init; }

    /// <summary>What the firmware of its machines has in sys_vendor; null: not known.</summary>
    public string? Firmware { get; init; }

    /// <summary>Its ids are numbers.</summary>
    public bool NumericIds { get; init; } = true;

    /// <summary>A machine has one movable IPv4 address at most, and one IPv6 address.</summary>
    public bool OneForEachServer { get; init; }

    /// <summary>The address must be configured on the machine to which it is moved.</summary>
    public bool AddressOnServer { get; init; }

    /// <summary>What is moved under an IPv6 address is the /64 that it is in.</summary>
    public bool MovesNetworks { get; init; }

    /// <summary>The key of a node in the configuration that has its id: droplet_id is DigitalOcean's.</summary>
    public string IdKey { get; init; } = "server_id";

    /// <summary>The path of <see cref="TokenFile"/>.</summary>
    public string UsualTokenFile => $"/etc/flipagent/{TokenFile}";

    /// <summary>How to find the id of a machine, for people.</summary>
    public string HowToLook => IdPath is null ? "" : $"(curl {Metadata!.GetLeftPart(UriPartial.Authority)}{IdPath} on that node)";

    public static CloudVendor DigitalOcean { get; } = new("digitalocean", "DigitalOcean", "droplet", "reserved IP")
    {
        Api = new("https://api.digitalocean.com"),
        Token = "with the scopes reserved_ip:read, reserved_ip:update and droplet:read",
        TokenFile = "do-token",
        TokenNote = "scopes: reserved_ip:read, reserved_ip:update, droplet:read",
        MoveScope = "reserved_ip:update",
        ServerScope = "droplet:read",
        TagScope = "tag:read",
        IdKey = "droplet_id",
        StatusPage = "status.digitalocean.com",
        Metadata = new("http://169.254.169.254"),
        IdPath = "/metadata/v1/id",
        NamePath = "/metadata/v1/hostname",
        PrivateAddressPath = "/metadata/v1/interfaces/private/0/ipv4/address",
        FloatingIpPath = "/metadata/v1/reserved_ip/ipv4/ip_address",
        RegionPath = "/metadata/v1/region",
        AnchorPath = "/metadata/v1/interfaces/public/0/anchor_ipv4/address",
        HasWitness = true,
        Firmware = "DigitalOcean",
        OneForEachServer = true,
    };

    public static CloudVendor Hetzner { get; } = new("hetzner", "Hetzner Cloud", "server", "floating IP")
    {
        Api = new("https://api.hetzner.cloud"),
        Token = "of the project with permission to read and write",
        TokenFile = "hcloud-token",
        TokenNote = "of the project, permission Read & Write",
        StatusPage = "status.hetzner.com",
        Metadata = new("http://169.254.169.254"),
        IdPath = "/hetzner/v1/metadata/instance-id",
        NamePath = "/hetzner/v1/metadata/hostname",
        PrivateAddressPath = "/hetzner/v1/metadata/private-networks",
        RegionPath = "/hetzner/v1/metadata/region",
        Firmware = "Hetzner",
        AddressOnServer = true,
        MovesNetworks = true,
    };

    public static CloudVendor Exec { get; } = new("exec", "the program of floating_ip.command", "server", "floating IP")
    {
        NeedsToken = false,
        Token = "as the program needs it",
        NumericIds = false,
    };

    public static ImmutableArray<CloudVendor> All { get; } = [DigitalOcean, Hetzner, Exec];

    /// <summary>By the word for <c>floating_ip.provider</c>; null: there is none of this name.</summary>
    public static CloudVendor? Of(string? name) => All.FirstOrDefault(vendor => vendor.Name == name);
}
