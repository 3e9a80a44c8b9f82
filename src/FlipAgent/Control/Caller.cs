using System.Globalization;
using FlipAgent.Kernel;
using FlipAgent.Redaction;

namespace FlipAgent.Control;

/// <summary>What the program at the other end of a connection may do. Each right includes the ones before it.</summary>
public enum Rights
{
    None,
    Read,
    Change,
}

/// <summary>
/// Who is at the other end of a connection. On the unix socket the kernel says so (SO_PEERCRED); over TCP nothing is known, so TCP only ever reads.
/// </summary>
/// <param name="Uid">The caller's user id when it connected; null over TCP.</param>
/// <param name="Pid">Its process id, 0 when it lives in another pid namespace; null over TCP.</param>
internal sealed record Caller(Rights Rights, uint? Uid, int? Pid)
{
    public static readonly Caller OverTcp = new(Rights.Read, null, null);

    public bool IsTcp => Uid is null;

    /// <summary>
    /// The user, for people: by name, and where it is root by way of sudo or su, who logged in as well, which the kernel knows (proc_pid_loginuid(5)). Null over TCP.
    /// </summary>
    public string? Person()
    {
        if (Uid is not { } uid)
            return null;
        var name = NameOf(uid);
        return uid == 0 && LoginUid() is { } login and > 0 ? $"{NameOf(login)} as {name}" : name;
    }

    private static string NameOf(uint uid) => UserDatabase.NameOf(uid) is { Length: > 0 } name ? Printable.Of(name, 40) : $"uid {uid}";

    /// <summary>Null: nobody logged in, as for a timer, or it cannot be read.</summary>
    private uint? LoginUid()
    {
        try
        {
            return Pid is > 0 && uint.TryParse(File.ReadAllText($"/proc/{Pid}/loginuid"), CultureInfo.InvariantCulture, out var login) && login != uint.MaxValue ? login : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The name of the program, as it calls itself; "gone" when it has ended. For the log only: any program can take any name.</summary>
    public string Comm()
    {
        try
        {
            return Printable.Of(File.ReadAllText($"/proc/{Pid}/comm").TrimEnd('\n'), 20);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "gone";
        }
    }
}
