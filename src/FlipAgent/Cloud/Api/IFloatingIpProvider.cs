using System.Net;
using FlipAgent.Core;

namespace FlipAgent.Cloud.Api;

/// <summary>
/// What the agent needs of a cloud: who holds an address, please give it to this server, how far is that request. Each question is answered within 5 s, and "could not find
/// out" is an answer too. Nothing here retries a write or decides anything; that is the core's job. What is special about a cloud stays behind this (docs/providers.md).
/// </summary>
/// <remarks>
/// A server is a number here (<see cref="Naming.ServerId"/>). An answer is judged by the cloud's own codes and never by wording (rule C3): what is not understood leaves the outcome
/// open (<see cref="ApiStatus.Failed"/>).
/// </remarks>
public interface IFloatingIpProvider : IDisposable
{
    /// <summary>How often the cloud was asked and how it answered.</summary>
    ApiCounters Counters { get; }

    /// <summary>The name service did not answer when it was last asked, so the addresses of the past are used (F44).</summary>
    bool NameIsStale { get; }

    /// <summary>Why the last request was not answered as it should be, as a phrase without a secret; null: it was, or none was made.</summary>
    string? Problem { get; }

    /// <summary>Who holds the address. Never throws for anything that the world does; ends within 5 s.</summary>
    Task<Input.HolderRead> ReadHolder(IPAddress address);

    /// <summary>Asks for the address to be given to a server. Never throws for anything that the world does; ends within 5 s. Sent at most once.</summary>
    /// <param name="term">Comes back in the answer.</param>
    /// <param name="mayStill">Asked on another thread right before the request goes out (rule C1).</param>
    Task<Input.AssignAnswered> Assign(IPAddress address, long server, uint term, Func<bool> mayStill);

    /// <summary>How far an accepted request is. Never throws for anything that the world does; ends within 5 s. One that the cloud does not know (any more) has an unknown status.</summary>
    Task<Input.ActionRead> ReadAction(IPAddress address, long action);

    /// <summary>From now on a connection is kept open, so that the request of a failover does not begin with a handshake. That asks the API nothing.</summary>
    /// <param name="unreachable">Called each 30 s while the API cannot be connected, from a pool thread.</param>
    void KeepConnected(Action unreachable);

    /// <summary>For people: does the account have this address. Ends within 5 s, where a program asks the cloud in that one's time (1 to 60 s).</summary>
    Task<Known> FindAddress(IPAddress address);

    /// <summary>For people: does the account have this server; null: this provider cannot tell. Ends within 5 s.</summary>
    Task<Known?> FindServer(long server);

    /// <summary>For people: rights that the cloud's documents ask for, and that these credentials lack. Empty: none is known to be missing. Ends within 5 s.</summary>
    Task<IReadOnlyList<string>> FindMissingRights();
}

/// <summary>What the cloud knows of one thing that the file names.</summary>
/// <param name="Status">How it answered.</param>
/// <param name="Region">The region that it cannot leave, such as nyc3; null: it has none, or nothing was answered.</param>
/// <param name="Detail">The answer as one phrase, without a secret.</param>
public sealed record Known(ApiStatus Status, string? Region, string Detail);

/// <summary>The metadata service of a machine: free, needs no token.</summary>
public interface IMachineMetadata : IDisposable
{
    /// <summary>It tells whether the address is here (rule C6); false: only which server this is.</summary>
    bool IsWitness { get; }

    /// <summary>Is this address here. Never throws for anything that the world does; ends within 1 s.</summary>
    Task<Input.MetadataRead> ReadOnce(IPAddress address);

    /// <summary>The server that this machine is; null: nothing came within 1 s that is an id. Never throws for anything that the world does.</summary>
    Task<long?> ReadId();
}

/// <summary>What a provider gets from the agent, or from the doctor.</summary>
/// <param name="StateDir">Where the API's addresses are kept between runs; null: nowhere.</param>
/// <param name="Token">The present token; null: there is none. Called from any thread.</param>
/// <param name="TokenRefused">The API does not accept the token, or it is none that could be sent: read it again. Called from any thread; may take a file read.</param>
/// <param name="Now">The monotonic clock of the loop. Called from any thread.</param>
public sealed record ProviderGround(string? StateDir, Func<string?> Token, Action TokenRefused, Func<TimeSpan> Now)
{
    /// <summary>The name service; blocks.</summary>
    internal Func<string, IPAddress[]> LookUp { get; init; } = Dns.GetHostAddresses;

    /// <summary>The only certificate authorities to trust; null: the system's.</summary>
    internal System.Security.Cryptography.X509Certificates.X509Certificate2Collection? Roots { get; init; }

    /// <summary>For each question as a whole.</summary>
    internal TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);
}
