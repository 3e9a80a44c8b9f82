using FlipAgent.Cloud;
using FlipAgent.Cloud.Api;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Naming;

namespace FlipAgent.Ctl;

/// <summary>
/// What the doctor asks the cloud itself: does the account have the addresses and the servers of the file, and are they in one region. It needs no running agent, so a
/// wrong number is found before the first start.
/// </summary>
internal static class CloudExam
{
    /// <summary>Nothing when the token cannot be read, which has a finding of its own.</summary>
    public static async Task<IReadOnlyList<Finding>> Look(AgentConfig config)
    {
        var token = "";
        if (config.FloatingIp.TokenFile.Length > 0)
        {
            if (SecretFile.Find(config.FloatingIp.TokenFile, config.Directory) is not { } secret)
                return [];
            token = secret.Reveal();
        }
        // A user of this machine would become root by it.
        if (Environment.IsPrivilegedProcess && ProgramFiles.Changeable(config.FloatingIp.Command) is { } open)
            return [Finding.Warn("address", $"not looked up, for root does not run floating_ip.command while others can change it: {open}",
                $"do that, or ask as the agent's user: sudo -u {AgentUser.Name} {CtlProgram.Name} doctor")];
        // The state directory stays the agent's: what the doctor learns of names is not kept.
        using var provider = CloudProviders.Make(config, config.Self.DropletId, new ProviderGround(null, () => token, () => { }, () => Clocks.Monotonic));
        var found = new List<Finding>();
        foreach (var ip in config.FloatingIp.Addresses)
        {
            var address = await provider.FindAddress(ip);
            found.Add(OfAddress(config.FloatingIp.Vendor, $"{ip}", address));
            if (address.Status is ApiStatus.Failed or ApiStatus.Unauthorized or ApiStatus.RateLimited)
                return found;
            if (ip.Equals(config.FloatingIp.Address))
                await LookAtServers(config, provider, address, found);
        }
        if (await provider.FindMissingRights() is { Count: > 0 } missing)
            found.Add(Finding.Warn("token", $"it lacks {string.Join(", ", missing)}, which the vendor's document asks for beside reserved_ip:update; moves may be refused",
                "make a token that has them, too"));
        return found;
    }

    private static async Task LookAtServers(AgentConfig config, IFloatingIpProvider provider, Known address, List<Finding> found)
    {
        var vendor = config.FloatingIp.Vendor;
        var servers = await Task.WhenAll(config.Nodes.Select(node => provider.FindServer(node.DropletId)));
        if (servers.Any(server => server is null))
            return;
        var wrong = config.Nodes.Zip(servers, (node, server) => OfServer(config, node, server!, address)).OfType<Finding>().ToList();
        found.AddRange(wrong);
        if (wrong.Count == 0 && found.TrueForAll(finding => finding.Health == Health.Ok))
            found.Add(Finding.Ok($"{vendor.Server}s", $"the account has the {vendor.Server}s of all nodes"));
    }

    private static Finding OfAddress(CloudVendor vendor, string ip, Known address)
    {
        const string subject = "address";
        if (!vendor.NeedsToken)
            return OfProgram(subject, ip, address);
        return address.Status switch
        {
            ApiStatus.Ok => Finding.Ok(subject, $"the account has {ip}" + (address.Region is { } region ? $", in {region}" : "")),
            ApiStatus.NotFound => Finding.Fail(subject, $"the cloud does not know {ip} ({address.Detail}): it is no {vendor.Address} of the account that the token belongs to",
                "put floating_ip.address right, or take a token of the team that has it"),
            ApiStatus.Unauthorized => Finding.Fail(subject, $"the token is not valid ({address.Detail})", "write a new token to token_file"),
            ApiStatus.Forbidden => Finding.Fail(subject, $"the token is not allowed to read {ip} ({address.Detail})", $"make a token {vendor.Token}"),
            _ => Finding.Warn(subject, $"not looked up: {address.Detail}", "run the doctor again when the cloud API answers"),
        };
    }

    private static Finding OfProgram(string subject, string ip, Known address) => address.Status switch
    {
        ApiStatus.Ok => Finding.Ok(subject, $"the program finds {ip} {address.Detail}"),
        ApiStatus.NotFound => Finding.Fail(subject, $"the program does not know {ip}: {address.Detail}", "put floating_ip.address right, or the account that the program uses"),
        ApiStatus.Forbidden => Finding.Fail(subject, $"the program may not read {ip}: {address.Detail}", "give it credentials that may read and move the address"),
        _ => Finding.Fail(subject, $"the program does not tell who holds {ip}: {address.Detail}", $"run it by hand as the agent's user: sudo -u {AgentUser.Name} PROGRAM holder {ip}"),
    };

    /// <summary>Null: nothing is wrong with it.</summary>
    private static Finding? OfServer(AgentConfig config, NodeConfig node, Known server, Known address)
    {
        var vendor = config.FloatingIp.Vendor;
        var subject = $"{vendor.Server} of {node.Name}";
        return server.Status switch
        {
            ApiStatus.NotFound => Finding.Fail(subject, $"the cloud does not know {vendor.Server} {node.Server} ({server.Detail})",
                $"put {vendor.IdKey} of {node.Name} right: curl -s {vendor.Metadata!.GetLeftPart(UriPartial.Authority)}{vendor.IdPath} on that machine"),
            ApiStatus.Forbidden => Finding.Warn(subject, $"the token is not allowed to read {vendor.Server}s ({server.Detail}), so {vendor.Server} {node.Server} was not looked up",
                $"add the right to read {vendor.Server}s to the token{(vendor.ServerScope is { } scope ? $" ({scope})" : "")}"),
            ApiStatus.Ok when server.Region is { } region && address.Region is { } home && region != home => Finding.Fail(
                subject, $"{vendor.Server} {node.Server} is in {region}, and {config.FloatingIp.Address} in {home}: a {vendor.Address} cannot leave its region",
                $"take a {vendor.Server} and an address of one region"),
            ApiStatus.Ok => null,
            _ => Finding.Warn(subject, $"{vendor.Server} {node.Server} was not looked up: {server.Detail}", "run the doctor again when the cloud API answers"),
        };
    }
}
