using System.Collections.Immutable;
using System.Net;

namespace FlipAgent.Control;

/// <summary>Where the control server listens and how much it puts up with; the defaults are docs/cli.md and fault F63.</summary>
public sealed record ControlOptions
{
    /// <summary>Path of the unix socket, at most 107 bytes. Missing directories above it are made.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Where the read-only listener binds; null: off. Port 0: any free one.</summary>
    public IPEndPoint? Http { get; init; }

    /// <summary>Names by which the TCP listener may be asked, besides addresses and names without a dot.</summary>
    public ImmutableArray<string> HttpHosts { get; init; } = [];

    /// <summary>Members may read.</summary>
    public string ReadGroup { get; init; } = "flipagent";

    /// <summary>Members may read and change things.</summary>
    public string ChangeGroup { get; init; } = "flipagent-admin";

    /// <summary>Most connections of one listener at a time; the unix socket keeps an eighth of them for those who may change things.</summary>
    public int MostConnections { get; init; } = 64;

    /// <summary>How long a connection may say nothing, and how long head and body of a request may each take.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a reader over TCP may follow the events while there is none.</summary>
    public TimeSpan FollowIdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the agent may take over an answer; reload, check and test-alert may take six times as long.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
