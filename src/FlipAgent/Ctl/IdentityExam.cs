using FlipAgent.Cloud;
using FlipAgent.Config;

namespace FlipAgent.Ctl;

/// <summary>Is this machine the droplet that the file says: for the doctor and <c>config check</c>, with both numbers (docs/rules.md, S2).</summary>
internal static class IdentityExam
{
    public const string Subject = "droplet_id";

    /// <summary>Null: there is nobody to ask here.</summary>
    public static Finding? Look(AgentConfig config) => OwnDroplet.CanAsk(config) ? Judge(config, OwnDroplet.Ask(config)) : null;

    /// <param name="own">The droplet that the metadata service says this machine is; null: it did not say.</param>
    internal static Finding Judge(AgentConfig config, long? own)
    {
        var self = config.Self;
        if (own is not { } id)
            return Finding.Warn(Subject, $"not proven: the metadata service ({config.FloatingIp.MetadataUrl}) does not say which droplet this machine is; the file says {self.DropletId}",
                $"compare it with the control panel; may this node open TCP {config.FloatingIp.MetadataUrl.Port} to {config.FloatingIp.MetadataUrl.Host}?");
        if (id == self.DropletId)
            return Finding.Ok(Subject, $"this machine is droplet {id}, as the file says of {self.Name}");
        var toDo = $"set droplet_id of {self.Name} to {id} on all nodes, then {CtlProgram.Name} reload";
        return config.Nodes.FirstOrDefault(node => node.DropletId == id) is { } other
            ? Finding.Fail(Subject, $"this machine is droplet {id}, which the file has for {other.Name}; for {self.Name} it says {self.DropletId}", toDo)
            : Finding.Fail(Subject, $"this machine is droplet {id}, which the file has for no node; for {self.Name} it says {self.DropletId}, so the floating IP would go to another server", toDo);
    }
}
