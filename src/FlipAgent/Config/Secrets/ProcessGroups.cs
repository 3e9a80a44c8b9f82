using FlipAgent.Kernel;

namespace FlipAgent.Config.Secrets;

/// <summary>The groups this process is in; the group of a secret's file must be one of them.</summary>
internal static class ProcessGroups
{
    /// <summary>
    /// Whether members of the group are us. Effective and supplementary groups; for root, who runs <c>config check</c> on files that are meant
    /// for the agent, its own group and the group flipagent count too.
    /// </summary>
    public static bool IsOurs(uint group) =>
        group == Libc.EffectiveGroup() || Supplementary().Contains(group) || (Libc.EffectiveUser() == 0 && (group == 0 || group == UserDatabase.GroupId(AgentUser.Name)));

    private static uint[] Supplementary()
    {
        var count = Libc.GetGroups(0, null);
        if (count <= 0)
            return [];
        var groups = new uint[count];
        count = Libc.GetGroups(count, groups);
        return count <= 0 ? [] : groups[..count];
    }
}
