using FlipAgent.Cloud;
using FlipAgent.Config;

namespace FlipAgent.Ctl;

/// <summary>Is this machine the server that the file says: for the doctor and <c>config check</c>, with both numbers (docs/rules.md, S2).</summary>
internal static class IdentityExam
{
    /// <summary>Null: there is nobody to ask here.</summary>
    public static Finding? Look(AgentConfig config) => OwnServer.CanAsk(config) ? Judge(config, OwnServer.Ask(config)) : null;

    /// <param name="own">The server that the metadata service says this machine is; null: it did not say.</param>
    internal static Finding Judge(AgentConfig config, long? own)
    {
        var (self, vendor) = (config.Self, config.FloatingIp.Vendor);
        var subject = vendor.IdKey;
        if (own is not { } id)
            return Finding.Warn(subject, $"not proven: the metadata service ({config.FloatingIp.MetadataUrl}) does not say which {vendor.Server} this machine is; the file says {self.Server}",
                $"compare it with the control panel; may this node open TCP {config.FloatingIp.MetadataUrl.Port} to {config.FloatingIp.MetadataUrl.Host}?");
        if (id == self.DropletId)
            return Finding.Ok(subject, $"this machine is {vendor.Server} {id}, as the file says of {self.Name}");
        var toDo = $"set {subject} of {self.Name} to {id} on all nodes, then {CtlProgram.Name} reload";
        return config.Nodes.FirstOrDefault(node => node.DropletId == id) is { } other
            ? Finding.Fail(subject, $"this machine is {vendor.Server} {id}, which the file has for {other.Name}; for {self.Name} it says {self.Server}",
                $"is this machine {other.Name}? Then set node: (or --node in the unit) to that, and change no {subject}. Otherwise set {subject} of {self.Name} to {id} and that of {other.Name} to its own, on all nodes, then {CtlProgram.Name} reload")
            : Finding.Fail(subject, $"this machine is {vendor.Server} {id}, which the file has for no node; for {self.Name} it says {self.Server}, so the floating IP would go to another server", toDo);
    }
}
