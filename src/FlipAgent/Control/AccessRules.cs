using System.Net.Sockets;
using FlipAgent.Kernel;

namespace FlipAgent.Control;

/// <summary>
/// Who may read and who may change (docs/cli.md). Everybody on the machine may connect to the socket; how far a caller may go is decided here by the peer
/// credentials.
/// </summary>
/// <param name="ReadGroup">Id of the group that may read; null: it does not exist.</param>
/// <param name="ChangeGroup">Id of the group that may change things; null: it does not exist.</param>
/// <param name="OwnUid">The agent's own user.</param>
internal sealed record AccessRules(uint? ReadGroup, uint? ChangeGroup, uint OwnUid)
{
    /// <summary>Neither group exists, so the socket is the agent's own, mode 0600.</summary>
    public bool Private => ReadGroup is null && ChangeGroup is null;

    /// <summary>Mode of the socket file: whoever can write to the file can connect.</summary>
    public UnixFileMode SocketMode => (UnixFileMode)(Private ? 0b110_000_000 : 0b110_110_110);

    /// <summary>Looks up the groups by name, once: a group that is made later counts after a restart of the agent.</summary>
    public static AccessRules Of(string readGroup, string changeGroup) =>
        new(UserDatabase.GroupId(readGroup), UserDatabase.GroupId(changeGroup), UserDatabase.OwnUid());

    /// <summary>The caller of a connected unix socket, with its rights.</summary>
    public Caller Judge(Socket socket)
    {
        var credentials = CallerCredentials.Of(socket);
        return new Caller(RightsOf(credentials), credentials.Uid, credentials.Pid);
    }

    internal Rights RightsOf(CallerCredentials caller)
    {
        if (caller.Uid == 0 || (Private && caller.Uid == OwnUid) || caller.IsIn(ChangeGroup))
            return Rights.Change;
        return caller.Uid == OwnUid || caller.IsIn(ReadGroup) ? Rights.Read : Rights.None;
    }
}
