using FlipAgent.Cloud;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;

namespace FlipAgent.Ctl;

/// <summary>
/// What the doctor asks the cloud itself: does the account have the address and the droplets of the file, and are they in one region. It needs no running agent, so a
/// wrong number is found before the first start.
/// </summary>
internal static class CloudExam
{
    /// <summary>Nothing when the token cannot be read, which has a finding of its own.</summary>
    public static async Task<IReadOnlyList<Finding>> Look(AgentConfig config)
    {
        if (SecretFile.Read(config.FloatingIp.TokenFile, config.Directory) is not SecretResult.Ok { Secret: var token })
            return [];
        using var survey = new CloudSurvey(config.FloatingIp, token.Reveal());
        var address = await survey.Address(config.FloatingIp.Address);
        var found = new List<Finding> { OfAddress(config, address) };
        if (address.Status is ApiStatus.Failed or ApiStatus.Unauthorized or ApiStatus.RateLimited)
            return found;
        var droplets = await survey.Droplets(config.Nodes);
        found.AddRange(config.Nodes.Zip(droplets, (node, droplet) => OfDroplet(config, node, droplet, address)).OfType<Finding>());
        if (found.TrueForAll(finding => finding.Health == Health.Ok))
            found.Add(Finding.Ok("droplets", "the account has the droplets of all nodes"));
        return found;
    }

    private static Finding OfAddress(AgentConfig config, Known address)
    {
        const string subject = "address";
        var ip = config.FloatingIp.Address;
        return address.Status switch
        {
            ApiStatus.Ok => Finding.Ok(subject, $"the account has {ip}" + (address.Region is { } region ? $", in {region}" : "")),
            ApiStatus.NotFound => Finding.Fail(subject, $"the cloud does not know {ip} ({address.Detail}): it is no reserved IP of the account that the token belongs to",
                "put floating_ip.address right, or take a token of the team that has it"),
            ApiStatus.Unauthorized => Finding.Fail(subject, $"the token is not valid ({address.Detail})", "write a new token to token_file"),
            ApiStatus.Forbidden => Finding.Fail(subject, $"the token may not read {ip} ({address.Detail})", "make a token with the scopes reserved_ip:read, reserved_ip:update and droplet:read"),
            _ => Finding.Warn(subject, $"not looked up: {address.Detail}", "run the doctor again when the cloud API answers"),
        };
    }

    /// <summary>Null: nothing is wrong with it.</summary>
    private static Finding? OfDroplet(AgentConfig config, NodeConfig node, Known droplet, Known address)
    {
        var subject = $"droplet of {node.Name}";
        return droplet.Status switch
        {
            ApiStatus.NotFound => Finding.Fail(subject, $"the cloud does not know droplet {node.DropletId} ({droplet.Detail})",
                $"put droplet_id of {node.Name} right: curl -s {FloatingIpConfig.UsualMetadataUrl}metadata/v1/id on that machine"),
            ApiStatus.Forbidden => Finding.Warn(subject, $"the token may not read droplets ({droplet.Detail}), so droplet {node.DropletId} was not looked up",
                "add the scope droplet:read to the token"),
            ApiStatus.Ok when droplet.Region is { } region && address.Region is { } home && region != home => Finding.Fail(
                subject, $"droplet {node.DropletId} is in {region}, and {config.FloatingIp.Address} in {home}: a reserved IP cannot leave its region",
                "take a droplet and an address of one region"),
            ApiStatus.Ok => null,
            _ => Finding.Warn(subject, $"droplet {node.DropletId} was not looked up: {droplet.Detail}", "run the doctor again when the cloud API answers"),
        };
    }
}
