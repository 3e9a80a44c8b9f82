using System.Net;

namespace FlipAgent.Lab.Cloud;

/// <summary>
/// The three things a cloud account is made of here: droplets (machines), floating IPs (addresses that point at one of them) and actions
/// (slips of paper that say what is being done to either). They are touched only by <see cref="CloudState"/>, under its lock.
/// </summary>
internal sealed class Droplet(DropletSpec spec)
{
    public long Id => spec.Id;

    public string Name => spec.Name;

    public IPAddress Private => spec.Address;

    public int Network => spec.Network;

    public IReadOnlyList<string> Tags => spec.Tags;

    public string Region { get; set; } = spec.Region;

    /// <summary>False: powered off.</summary>
    public bool On { get; set; } = true;

    /// <summary>Until when an event that has nothing to do with floating IPs (a resize, a snapshot) keeps it busy.</summary>
    public DateTimeOffset BusyUntil { get; set; } = DateTimeOffset.MinValue;

    public DateTimeOffset CreatedAt { get; } = DateTimeOffset.UtcNow.AddDays(-30);

    /// <summary>A public address of its own, made from the id, out of the block that RFC 2544 keeps for tests.</summary>
    public IPAddress Public { get; } = new([198, 18, (byte)(spec.Id >> 8), (byte)spec.Id]);

    /// <summary>The anchor address that floating traffic reaches on a real droplet.</summary>
    public IPAddress Anchor { get; } = new([10, 17, (byte)(spec.Id >> 8), (byte)spec.Id]);

    public bool HasAddress(IPAddress address) => address.Equals(Private) || address.Equals(Public) || spec.MoreAddresses.Contains(address);
}

internal sealed class FloatingIp(IPAddress address, string region)
{
    public IPAddress Address => address;

    public string Region => region;

    public DateTimeOffset ReservedAt { get; } = DateTimeOffset.UtcNow;

    public bool V6 => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;

    /// <summary>What the API says.</summary>
    public long? Holder { get; set; }

    /// <summary>Where packets go: follows <see cref="Holder"/> after the data-plane lag.</summary>
    public long? TrafficTo { get; set; }

    /// <summary>What the metadata service says: follows <see cref="Holder"/> after the metadata lag.</summary>
    public long? MetadataSays { get; set; }

    /// <summary>The action that locks it, if any.</summary>
    public CloudAction? Pending { get; set; }

    /// <summary>The IPv4 address as a number, as real answers have it; it exceeds an int. IPv6 addresses get a small one of our own.</summary>
    public long ResourceId
    {
        get
        {
            var bytes = address.GetAddressBytes();
            return V6 ? bytes[^1] : (uint)(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
        }
    }
}

/// <summary>What is wrong with an action from its birth.</summary>
internal enum ActionFlaw
{
    None,
    /// <summary>It ends <c>errored</c> and the address stays where it was.</summary>
    Errored,
    /// <summary>It ends well, and calls that <c>done</c>, as the real API did on 2021-09-30.</summary>
    SaysDone,
    /// <summary>It ends well, and asking for it answers 404 for ever.</summary>
    NeverFound,
    /// <summary>It stays in progress, and the address locked, until somebody finishes it.</summary>
    Stuck,
}

internal sealed class CloudAction(long id, string type, FloatingIp ip, long? droplet, ActionFlaw flaw)
{
    public long Id => id;

    /// <summary>reserve_ip, assign_ip, unassign_ip or release_ip.</summary>
    public string Type => type;

    public FloatingIp Ip => ip;

    /// <summary>The droplet that it is for, or that it takes the address from.</summary>
    public long? DropletId => droplet;

    public ActionFlaw Flaw => flaw;

    public string Status { get; set; } = "in-progress";

    public DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    public DateTimeOffset? CompletedAt { get; set; }
}

/// <summary>An answer that is not a success: status code, and the two fields of the body.</summary>
internal sealed record Refusal(int Status, string Id, string Message)
{
    public static readonly Refusal NotFound = new(404, "not_found", "The resource you requested could not be found.");
    public static readonly Refusal IpPending = Unprocessable("The floating IP already has a pending event.");
    public static readonly Refusal DropletPending = Unprocessable("Droplet already has a pending event.");
    public static readonly Refusal BothGiven = Unprocessable("Cannot specify Droplet and region, they are mutually exclusive.");

    public static Refusal Unprocessable(string message) => new(422, "unprocessable_entity", message);
}
