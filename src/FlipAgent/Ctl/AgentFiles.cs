using FlipAgent.Config.Secrets;
using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>Whether the agent could read what root has just read: it runs as a user of its own.</summary>
internal static class AgentFiles
{
    /// <summary>One sentence for what keeps the agent's user from reading the configuration; none: nothing.</summary>
    /// <param name="file">The path of the configuration.</param>
    public static IEnumerable<string> Problems(string file) => Problems(file, AgentUser.ToCheckFor);

    internal static IEnumerable<string> Problems(string file, AgentUser? user)
    {
        // Only where the agent looks for it: another file is somebody's draft.
        if (user is null || Path.GetFullPath(file) != CtlProgram.DefaultConfig)
            yield break;
        var found = RegularFile.Read(file, cap: 0, _ => false);
        if (found.Problem is null && !user.MayRead(found))
            yield return $"{file} cannot be read by the user {AgentUser.Name} (mode {RegularFile.Octal(found.Mode)}, uid {found.Owner}, gid {found.Group}); "
                + $"expected chmod 0644 {file}, for there is no secret in it";
    }
}
