namespace FlipAgent.Control;

/// <summary>What the program at the other end of a connection may do. Each right includes the ones before it.</summary>
public enum Rights
{
    None,
    Read,
    Change,
}

/// <summary>
/// Who is at the other end of a connection. On the unix socket the kernel vouches for it, like a passport that nobody can write for himself;
/// over TCP nothing is known, so TCP only ever reads.
/// </summary>
/// <param name="Uid">The peer's user id when it connected; null over TCP.</param>
/// <param name="Pid">Its process id, 0 when it lives in another pid namespace; null over TCP.</param>
internal sealed record Peer(Rights Rights, uint? Uid, int? Pid)
{
    public static readonly Peer OverTcp = new(Rights.Read, null, null);

    public bool IsTcp => Uid is null;
}
