using FlipAgent.Kernel;

namespace FlipAgent.Config.Secrets;

/// <summary>The groups this process is in; the group of a secret's file must be one of them.</summary>
internal static class ProcessGroups
{
    private const string GroupFile = "/etc/group";

    /// <summary>
    /// Whether members of the group are us. Effective and supplementary groups; for root, who runs <c>config check</c> on files that are meant
    /// for the agent, its own group and the group flipagent count too.
    /// </summary>
    public static bool IsOurs(uint group) =>
        group == Libc.EffectiveGroup() || Supplementary().Contains(group) || (Libc.EffectiveUser() == 0 && (group == 0 || group == Named("flipagent")));

    private static uint[] Supplementary()
    {
        var count = Libc.GetGroups(0, null);
        if (count <= 0)
            return [];
        var groups = new uint[count];
        count = Libc.GetGroups(count, groups);
        return count <= 0 ? [] : groups[..count];
    }

    /// <summary>Id of a group of /etc/group (group(5): name:password:id:members), null when there is none.</summary>
    private static uint? Named(string name)
    {
        try
        {
            foreach (var line in File.ReadLines(GroupFile))
                if (line.Split(':') is [var n, _, var id, ..] && n == name && uint.TryParse(id, out var parsed))
                    return parsed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A root file system without /etc/group has no group flipagent either.
        }

        return null;
    }
}
