using FlipAgent.Kernel;

namespace FlipAgent.Config.Secrets;

/// <summary>
/// The user that the package's unit runs the agent as. Root can read everything, so when root checks files that are meant for the agent it has to ask
/// whether <em>that</em> user could.
/// </summary>
/// <param name="Groups">Its own group and those that list it.</param>
internal sealed record AgentUser(uint Id, IReadOnlySet<uint> Groups)
{
    public const string Name = "flipagent";

    /// <summary>The agent's user when this process is root and the machine has such a user; null otherwise: then one's own rights are the question.</summary>
    public static AgentUser? ToCheckFor => Libc.EffectiveUser() == 0 ? Find("/etc/passwd", "/etc/group") : null;

    /// <summary>From files like /etc/passwd and /etc/group (passwd(5), group(5)); null when there is no such user, or no such file.</summary>
    public static AgentUser? Find(string passwd, string group)
    {
        var entry = Fields(passwd).FirstOrDefault(f => f is [Name, _, _, _, ..]);
        if (entry is not [_, _, var id, var main, ..] || !uint.TryParse(id, out var user) || !uint.TryParse(main, out var own))
            return null;
        var groups = new HashSet<uint> { own };
        foreach (var fields in Fields(group))
            if (fields is [_, _, var number, var members, ..] && members.Split(',').Contains(Name) && uint.TryParse(number, out var parsed))
                groups.Add(parsed);
        return new AgentUser(user, groups);
    }

    /// <summary>By the first that applies of owner, group and others (path_resolution(7)).</summary>
    public bool MayRead(RegularFile.Found file)
    {
        var right = file.Owner == Id ? UnixFileMode.UserRead : Groups.Contains(file.Group) ? UnixFileMode.GroupRead : UnixFileMode.OtherRead;
        return (file.Mode & right) != 0;
    }

    private static List<string[]> Fields(string path)
    {
        try
        {
            return [.. File.ReadLines(path).Select(line => line.Split(':'))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // A root file system without it has no such user either.
        }
    }
}
