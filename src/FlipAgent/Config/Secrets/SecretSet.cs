using System.Collections.Immutable;
using FlipAgent.Core;
using FlipAgent.Redaction;

namespace FlipAgent.Config.Secrets;

/// <summary>
/// The secrets of one configuration as they were read at one moment. Never changed: a reload and a refused token make a new one, which the
/// <see cref="SecretStore"/> exchanges.
/// </summary>
internal sealed record SecretSet
{
    private const string ClusterKey = "cluster key", CloudToken = "cloud token", LeasePasswordName = "lease password", LeaseKeyName = "lease client key";

    private readonly string _directory;
    private readonly string _tokenFile;
    private readonly LeaseConfig? _lease;
    private readonly Action<string>? _turn;

    private SecretSet(AgentConfig config, Action<string>? turn) =>
        (_directory, _tokenFile, _lease, _turn) = (config.Directory, config.FloatingIp.TokenFile, config.Election.Lease, turn);

    /// <summary>Null: no key could be read yet.</summary>
    public KeyRing? Keys { get; private init; }

    /// <summary>Null: no token could be read yet.</summary>
    public Secret? Token { get; private init; }

    /// <summary>The password for the store of the lease; null: there is none, or none could be read yet.</summary>
    public Secret? LeasePassword { get; private init; }

    /// <summary>The private key of the client certificate for it, PEM; null: there is none, or none could be read yet.</summary>
    public Secret? LeaseKey { get; private init; }

    /// <summary>What is wrong with each secret that was read, by its name; null: nothing.</summary>
    public ImmutableSortedDictionary<string, string?> Read { get; private init; } = ImmutableSortedDictionary<string, string?>.Empty;

    /// <summary>What is wrong with the secrets, one sentence each.</summary>
    public IEnumerable<string> Problems => Read.Where(one => one.Value is not null).Select(one => $"{one.Key}: {one.Value}");

    /// <summary>Why no advert can be sent or believed, or null.</summary>
    public string? KeyProblem => Read.GetValueOrDefault(ClusterKey) is { } problem ? $"{ClusterKey}: {problem}" : null;

    /// <summary>Why a reload must not go over to these: the key, the token or a secret of the lease cannot be used. Null: it may.</summary>
    public string? Unusable =>
        Read.GetValueOrDefault(ClusterKey) ?? Read.GetValueOrDefault(CloudToken) ?? Read.GetValueOrDefault(LeasePasswordName) ?? Read.GetValueOrDefault(LeaseKeyName);

    /// <summary>Reads all secrets of a configuration.</summary>
    /// <param name="before">What was good there is kept in place of what cannot be read now: it may still be good. Null: nothing was read before.</param>
    /// <param name="turn">Takes the path of each file right before it is read: the reading may hang.</param>
    public static SecretSet Of(AgentConfig config, SecretSet? before, Action<string>? turn = null)
    {
        var set = new SecretSet(config, turn) { Keys = before?.Keys, Token = before?.Token, LeasePassword = before?.LeasePassword, LeaseKey = before?.LeaseKey }
            .WithKeys(config.Election.KeyFile).WithToken().WithLease();
        foreach (var file in config.Alerts.SelectMany(sink => sink.Secrets).Select(secret => secret.File).Concat(config.Heartbeat?.UrlFile is { } heartbeat ? [heartbeat] : []))
            set = set.WithFile(file, out _);
        return set;
    }

    /// <summary>The same with the token as it is in its file now; a token that was good is kept when it cannot be read.</summary>
    public SecretSet WithToken()
    {
        if (_tokenFile.Length == 0)
            return this;
        var set = With(CloudToken, _tokenFile, out var token);
        return set with { Token = token ?? Token };
    }

    /// <summary>The same with the password and the client key of the lease as they are in their files now; what was good is kept when it cannot be read.</summary>
    public SecretSet WithLease()
    {
        var set = this;
        if (_lease?.PasswordFile is { } passwordFile)
        {
            set = set.With(LeasePasswordName, passwordFile, out var password);
            set = set with { LeasePassword = password ?? LeasePassword };
        }
        if (_lease?.CertKeyFile is { } keyFile)
        {
            set = set.With(LeaseKeyName, keyFile, out var key);
            set = set with { LeaseKey = key ?? LeaseKey };
        }
        return set;
    }

    /// <summary>The same with what reading this file came to.</summary>
    /// <param name="secret">Its content; null when it cannot be had.</param>
    public SecretSet WithFile(string file, out Secret? secret) => With($"alert secret {file}", file, out secret);

    private SecretSet WithKeys(string file)
    {
        var set = With(ClusterKey, file, out var secret);
        if (secret is null)
            return set;
        foreach (var line in secret.Reveal().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            Redactor.Register(line.Contains(':') ? line[(line.IndexOf(':') + 1)..].Trim() : line);
        var parsed = KeyRing.Parse(secret.Reveal());
        return parsed.Keys is { } keys
            ? set with { Keys = keys }
            : set with { Read = set.Read.SetItem(ClusterKey, $"{file}: {string.Join("; ", parsed.Errors)}") };
    }

    private SecretSet With(string name, string file, out Secret? secret)
    {
        _turn?.Invoke(SecretFile.PathOf(file, _directory));
        var result = SecretFile.Read(file, _directory);
        secret = (result as SecretResult.Ok)?.Secret;
        return this with { Read = Read.SetItem(name, secret is null ? result.Describe(file) : null) };
    }
}
