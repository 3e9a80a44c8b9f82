using System.Collections.Immutable;
using FlipAgent.Core;
using FlipAgent.Logging;

namespace FlipAgent.Config.Secrets;

/// <summary>
/// The secrets of one configuration, as they were last read: the key ring and the token. Read at start, on a reload and when the cloud refuses the
/// token. A secret that is missing is a trouble that people are told of, never a reason to stop.
/// </summary>
internal sealed class Secrets(Action<Event> tell)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _troubles = [];
    private volatile KeyRing? _keys;
    private volatile Secret? _token;
    private AgentConfig? _config;

    public KeyRing? Keys => _keys;

    public string? Token => _token?.Reveal();

    /// <summary>What is wrong with the secrets now, one sentence each.</summary>
    public ImmutableArray<string> Troubles
    {
        get
        {
            lock (_lock)
                return [.. _troubles.Values];
        }
    }

    /// <summary>Why no advert can be sent or believed, or null.</summary>
    public string? KeyTrouble
    {
        get
        {
            lock (_lock)
                return _troubles.GetValueOrDefault("cluster key");
        }
    }

    /// <summary>Why a reload of this configuration must not happen: its key or token cannot be used. Null when it may. Nothing is kept.</summary>
    public static string? Problem(AgentConfig config)
    {
        if (SecretFile.Read(config.Election.KeyFile, config.Directory) is not SecretResult.Ok key)
            return SecretFile.Read(config.Election.KeyFile, config.Directory).Describe(config.Election.KeyFile);
        var errors = KeyRing.Parse(key.Secret.Reveal()).Errors;
        if (!errors.IsEmpty)
            return $"{config.Election.KeyFile}: {string.Join("; ", errors)}";
        var token = SecretFile.Read(config.FloatingIp.TokenFile, config.Directory);
        return token is SecretResult.Ok ? null : token.Describe(config.FloatingIp.TokenFile);
    }

    public void Read(AgentConfig config)
    {
        _config = config;
        ReadKeys(config.Election.KeyFile);
        ReadToken();
        foreach (var file in config.Alerts.SelectMany(FilesOf))
            OfFile(file);
    }

    /// <summary>Reads the token again; the cloud refused the one in use, or there was none.</summary>
    public void ReadToken()
    {
        if (_config is { } config)
            _token = Take("cloud token", config.FloatingIp.TokenFile) ?? _token; // One that was good may still be.
    }

    /// <summary>The content of a secret file that is read when it is needed; null when it cannot be had.</summary>
    public string? OfFile(string file) => Take($"alert secret {file}", file)?.Reveal();

    private void ReadKeys(string file)
    {
        if (Take("cluster key", file) is not { } secret)
            return;
        foreach (var line in secret.Reveal().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            Redactor.Register(line.Contains(':') ? line[(line.IndexOf(':') + 1)..].Trim() : line);
        var parsed = KeyRing.Parse(secret.Reveal());
        _keys = parsed.Keys ?? _keys;
        Note("cluster key", parsed.Keys is null ? $"{file}: {string.Join("; ", parsed.Errors)}" : null);
    }

    private Secret? Take(string what, string file)
    {
        var result = SecretFile.Read(file, _config?.Directory ?? "/etc/flipagent");
        var secret = (result as SecretResult.Ok)?.Secret;
        if (secret is not null)
            Redactor.Register(secret.Reveal());
        Note(what, secret is null ? result.Describe(file) : null);
        return secret;
    }

    private void Note(string what, string? trouble)
    {
        string? before;
        lock (_lock)
        {
            before = _troubles.GetValueOrDefault(what);
            if (trouble is null)
                _troubles.Remove(what);
            else
                _troubles[what] = $"{what}: {trouble}";
        }
        if (trouble is not null && before is null)
            tell(new Event(EventKind.SecretMissing, Severity.Critical, 0, $"{what}: {trouble}")
            { Next = "Put the secret in place (root:flipagent, mode 0640), then flipagentctl reload." });
        else if (trouble is null && before is not null)
            tell(new Event(EventKind.SecretRestored, Severity.Info, 0, $"{what} can be read again") { Alert = true });
    }

    private static IEnumerable<string> FilesOf(SinkConfig sink) => sink switch
    {
        SinkConfig.Slack slack => [slack.WebhookUrlFile],
        SinkConfig.Webhook webhook => [.. new[] { webhook.UrlFile, webhook.HmacKeyFile }.OfType<string>()],
        _ => [],
    };
}
