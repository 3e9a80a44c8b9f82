using System.Collections.Immutable;
using System.Net;
using FlipAgent.Core;
using FlipAgent.Naming;

namespace FlipAgent.Config;

/// <summary>
/// The whole configuration file (docs/configuration.md) after it was read and found valid: every value filled in, every default applied, no secret
/// in it (only the names of the files that hold them). One reload, one new instance.
/// </summary>
public sealed record AgentConfig
{
    /// <summary>The file it was read from.</summary>
    public required string Path { get; init; }

    public required string Cluster { get; init; }

    public required ImmutableArray<NodeConfig> Nodes { get; init; }

    /// <summary>Index of this node in <see cref="Nodes"/>.</summary>
    public required int Me { get; init; }

    public required ElectionConfig Election { get; init; }

    public required FloatingIpConfig FloatingIp { get; init; }

    public required ImmutableArray<CheckConfig> Checks { get; init; }

    public required ImmutableArray<SinkConfig> Alerts { get; init; }

    /// <summary>Null: none.</summary>
    public HeartbeatConfig? Heartbeat { get; init; }

    /// <summary>Path of the control socket.</summary>
    public required string ControlSocket { get; init; }

    /// <summary>Where the read-only HTTP listener binds; null: off.</summary>
    public IPEndPoint? ControlHttp { get; init; }

    /// <summary>Host names by which that listener may be asked, besides addresses and names without a dot.</summary>
    public ImmutableArray<string> ControlHttpHosts { get; init; } = [];

    public required string RuntimeDir { get; init; }

    public required string StateDir { get; init; }

    /// <summary>Hash over what must agree on all nodes (nodes, election, floating IP, checks), for showing drift.</summary>
    public ulong Hash { get; init; }

    /// <summary>
    /// What is allowed but worth a warning: equal priorities, http:// URLs, a single node.
    /// </summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Why this machine is another node than <see cref="Self"/>; null: nothing says so.</summary>
    public string? WrongNode { get; init; }

    public NodeConfig Self => Nodes[Me];

    /// <summary>Where relative names of secret files begin: <c>SecretFile.Read(config.FloatingIp.TokenFile, config.Directory)</c>.</summary>
    public string Directory => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? "/";

    /// <summary>The part of it that the election needs.</summary>
    public ClusterSettings ToClusterSettings() => new()
    {
        Cluster = Cluster,
        Nodes = [.. Nodes.Select(n => new Node(n.Name, n.DropletId, n.Priority))],
        Me = Me,
        AddressIds = [.. FloatingIp.Addresses.Select(AddressId.Of)],
        Interval = Election.Interval,
        Preempt = Election.Preempt,
        PreemptDelay = Election.PreemptDelay,
        StartupDelay = Election.StartupDelay,
        TakebackDelay = Election.TakebackDelay,
        Guard = FloatingIp.Guard is not null,
        GuardTimeout = FloatingIp.GuardTimeout,
        ReclaimForeign = FloatingIp.ReclaimForeign,
        Lease = Election.Lease is { } lease ? new LeaseTerms(lease.Ttl) { Store = lease.StoreOf(Cluster) } : null,
        ColdStandby = Checks.Any(c => c is CheckConfig.Unit { ColdStandby: true }),
        Checks = [.. Checks.Select(c => new CheckWeight(c.Name, c.Weight))],
        ConfigHash = Hash,
        AgentVersion = typeof(AgentConfig).Assembly.GetName().Version is { } v ? new Version(v.Major, v.Minor, v.Build) : new Version(0, 0, 0),
    };
}

/// <param name="DropletId">The server at the cloud, as a number (<see cref="ServerId"/>).</param>
public sealed record NodeConfig(string Name, IPAddress Address, long DropletId, int Priority)
{
    /// <summary>The server as its cloud names it.</summary>
    public string Server => ServerId.NameOf(DropletId);
}

/// <param name="Port">UDP port, 1 to 65535.</param>
/// <param name="Multicast">The group, or null for unicast to the nodes' addresses.</param>
public sealed record ElectionConfig(
    int Port, IPAddress? Multicast, TimeSpan Interval, bool Preempt, TimeSpan PreemptDelay, TimeSpan StartupDelay, string KeyFile)
{
    /// <summary>How long nobody sees the service answer at its new holder before the move is taken back, 1 s to 10 min.</summary>
    public required TimeSpan TakebackDelay { get; init; }

    /// <summary>Rule E15; null: none.</summary>
    public LeaseConfig? Lease { get; init; }
}

/// <param name="Address">The leading address: roles go by it, and it is what is guarded.</param>
/// <param name="TokenFile">Empty: none.</param>
/// <param name="Guard">Where the guard asks, already with the floating IP as host; null: off.</param>
public sealed record FloatingIpConfig(
    IPAddress Address, string TokenFile, Uri? Guard, TimeSpan GuardTimeout, Uri ApiUrl, Uri MetadataUrl, bool ReclaimForeign)
{
    /// <summary>
    /// The guard as a check, so that one prober does both: an <see cref="CheckConfig.Http"/> or <see cref="CheckConfig.Tcp"/> at
    /// <see cref="Guard"/> with <see cref="GuardTimeout"/>, and the Host header, server name, accepted codes and PROXY header of the http check
    /// that asks the same port. Certificates are not verified. Null: off.
    /// </summary>
    public CheckConfig? GuardCheck { get; init; }

    /// <summary>The cloud.</summary>
    public CloudVendor Vendor { get; init; } = CloudVendor.DigitalOcean;

    /// <summary>All floating IPs, <see cref="Address"/> first: the others follow it.</summary>
    public ImmutableArray<IPAddress> Addresses => [Address, .. Others];

    /// <summary>Those beside <see cref="Address"/>.</summary>
    public ValueList<IPAddress> Others { get; init; } = new([]);

    /// <summary>The program that asks the cloud, and its arguments; empty where the agent asks itself.</summary>
    public ValueList<string> Command { get; init; } = new([]);

    /// <summary>How long one run of <see cref="Command"/> may take, 1 s to 60 s.</summary>
    public TimeSpan CommandTimeout { get; init; }

    /// <summary>Where every droplet finds its metadata service.</summary>
    public static Uri UsualMetadataUrl { get; } = new("http://169.254.169.254");

    /// <summary>The HTTP proxy that the API is reached through, http://host:port; null: none.</summary>
    public Uri? HttpsProxy { get; init; }
}

/// <summary>Settings that every kind of check has (docs/checks.md).</summary>
public abstract record CheckConfig
{
    private CheckConfig()
    {
    }

    public required string Name { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>
    /// Time between two looks while the check is up and its last look failed, 10 ms to <see cref="Interval"/>. By default a quarter of the interval, at least
    /// 100 ms, and never more than the interval. Process checks have none: the exit of a process is seen at once.
    /// </summary>
    public TimeSpan FastInterval
    {
        get => _fastInterval ?? (Kind == "process" ? Interval : DefaultFastInterval(Interval));
        init => _fastInterval = value;
    }

    private readonly TimeSpan? _fastInterval;

    /// <summary>What <see cref="FastInterval"/> is when the file does not say it.</summary>
    public static TimeSpan DefaultFastInterval(TimeSpan interval)
    {
        var quarter = interval / 4;
        var least = TimeSpan.FromMilliseconds(100);
        var fast = quarter > least ? quarter : least;
        return fast < interval ? fast : interval;
    }

    /// <summary>Successes in a row until it is up.</summary>
    public int Rise { get; init; } = 2;

    /// <summary>Failures in a row until it is down.</summary>
    public int Fall { get; init; } = 2;

    public int Weight { get; init; }

    /// <summary>Whom it asks stands in the file through a variable, so it may be another on each node.</summary>
    public bool AsksByVariable { get; init; }

    /// <summary>The word in `status --json`: process, tcp, http, haproxy, exec.</summary>
    public abstract string Kind { get; }

    /// <param name="RestartGrace">How long a restart by systemd may take before it counts as down.</param>
    /// <param name="ColdStandby"><c>standby: cold</c> (rule E14).</param>
    public sealed record Unit(string UnitName, TimeSpan RestartGrace, bool ColdStandby) : CheckConfig
    {
        public override string Kind => "process";
    }

    public sealed record PidFile(string File) : CheckConfig
    {
        public override string Kind => "process";
    }

    public sealed record ProcessName(string Comm) : CheckConfig
    {
        public override string Kind => "process";
    }

    /// <param name="Target">host:port</param>
    public sealed record Tcp(DnsEndPoint Target) : CheckConfig
    {
        public override string Kind => "tcp";
    }

    /// <param name="Expect">Status codes that count as up; empty: 200 to 299.</param>
    /// <param name="Host">Host header; null: from the URL.</param>
    /// <param name="Sni">Server name for TLS; null: from the URL.</param>
    /// <param name="VerifyTls">False: any certificate will do (a check of the local HAProxy by its address).</param>
    /// <param name="ProxyV2">Send a PROXY protocol v2 LOCAL header first.</param>
    public sealed record Http(Uri Url, ImmutableArray<int> Expect, string? Host, string? Sni, bool VerifyTls, bool ProxyV2) : CheckConfig
    {
        public override string Kind => "http";

        /// <summary>An array is equal to itself alone, and each reading of a file makes another one.</summary>
        public bool Equals(Http? other) => base.Equals(other) && Url == other.Url && Expect.AsSpan().SequenceEqual(other.Expect.AsSpan())
            && Host == other.Host && Sni == other.Sni && VerifyTls == other.VerifyTls && ProxyV2 == other.ProxyV2;

        public override int GetHashCode() => base.GetHashCode();
    }

    /// <param name="Socket">Path of HAProxy's stats socket.</param>
    public sealed record HaProxy(string Socket) : CheckConfig
    {
        public override string Kind => "haproxy";
    }

    /// <param name="Argv">The program and its arguments; at least the program.</param>
    public sealed record Exec(ImmutableArray<string> Argv) : CheckConfig
    {
        public override string Kind => "exec";

        /// <inheritdoc cref="Http.Equals(Http?)"/>
        public bool Equals(Exec? other) => base.Equals(other) && Argv.AsSpan().SequenceEqual(other.Argv.AsSpan());

        public override int GetHashCode() => base.GetHashCode();
    }
}

/// <summary>The URL that is fetched while the cluster is well, so that a service elsewhere notices when it no longer is, or when nobody is left to say so.</summary>
/// <param name="UrlFile">File with the URL, which may hold a secret; or null when <paramref name="Url"/> is given.</param>
/// <param name="Every">10 s to 24 h.</param>
public sealed record HeartbeatConfig(Uri? Url, string? UrlFile, TimeSpan Every);
