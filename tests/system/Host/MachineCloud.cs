using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>Which cloud moves the addresses of a booted pair, as its configuration says it. The stand-in is all of them at once.</summary>
/// <param name="TokenName">How the stand-in calls the token, so that its history shows by which way it was asked.</param>
/// <param name="Lines">More keys of <c>floating_ip</c>.</param>
internal sealed record MachineCloud(string Provider, string TokenName, string TokenFile, string Token, IReadOnlyList<string> Addresses, params string[] Lines)
{
    private const string ApiUrl = $"api_url: http://{MachineNetwork.CloudAddress}";
    private const string MetadataUrl = $"metadata_url: http://{MachineNetwork.MetadataAddress}";
    private const string NoServer = "expected a server";

    public static MachineCloud DigitalOcean { get; } =
        new("digitalocean", "lab", "/etc/flipagent/do-token", MachineCluster.Token, [MachineNetwork.FloatingIp], ApiUrl, MetadataUrl);

    public static MachineCloud DualStack { get; } = DigitalOcean with { Addresses = [MachineNetwork.FloatingIp, MachineNetwork.FloatingIpv6] };

    /// <summary>As deploy/reference/hetzner has it: the address is on both machines, so a guard that asks through it would be no witness.</summary>
    public static MachineCloud Hetzner { get; } = new(
        "hetzner", "hcloud", "/etc/flipagent/hcloud-token", "hc5e70000000000000000000000000000000000000000000000000000000cafe", [MachineNetwork.FloatingIp], ApiUrl, MetadataUrl, "guard: off");

    /// <summary>A program of the package, with a stand-in for the client that it runs.</summary>
    public static MachineCloud Exec { get; } = new(
        "exec", "aws", "/etc/flipagent/credentials", "aws5e7000000000000000000000000000000000000000000000000000000000cafe", [MachineNetwork.FloatingIp], "command: [/usr/lib/flipagent/providers/aws]");

    public static IReadOnlyList<MachineCloud> All { get; } = [DigitalOcean, DualStack, Exec, Hetzner];

    /// <summary>The key of a node that names its server as this cloud does.</summary>
    public string Server(long id) => Provider switch
    {
        "digitalocean" => $"droplet_id: {id}",
        "hetzner" => $"server_id: {id}",
        "exec" => $"server_id: i-{id}",
        var other => throw new InvalidOperationException($"{NoServer} of {other}"),
    };

    /// <summary>What an operator does on a machine beside the configuration.</summary>
    public void Prepare(Droplet droplet)
    {
        if (Provider == "hetzner")
            droplet.Run("ip", "address", "replace", $"{MachineNetwork.FloatingIp}/32", "dev", "lo");
        if (Provider == "exec")
            droplet.Write("/usr/local/bin/aws", File.ReadAllText(Repository.PathOf("tests/system/aws.sh")).Replace("@CLOUD@", MachineNetwork.CloudAddress), mode: "0755");
    }
}
