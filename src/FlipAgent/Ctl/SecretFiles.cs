using FlipAgent.Cloud.Api;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Values;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Lease;

namespace FlipAgent.Ctl;

/// <summary>
/// Looks at every secret file that a configuration names, as the agent will: like trying each key in its lock before the day it is needed. What is
/// in them is never shown.
/// </summary>
internal static class SecretFiles
{
    /// <summary>One sentence for each secret file that the agent could not use; none: all are fine.</summary>
    public static IEnumerable<string> Problems(AgentConfig config) => Problems(config, AgentUser.ToCheckFor);

    /// <param name="user">Whom the agent runs as; null: as whoever runs this.</param>
    internal static IEnumerable<string> Problems(AgentConfig config, AgentUser? user)
    {
        foreach (var (key, name) in Named(config))
        {
            var result = SecretFile.Read(name, config.Directory);
            var path = SecretFile.PathOf(name, config.Directory);
            if (result is not SecretResult.Ok { Secret: var secret })
                yield return $"{key}: {result.Describe(path)}";
            else if (user is not null && RegularFile.Read(path, SecretFile.MaxBytes, _ => false) is var file && !user.MayRead(file))
                yield return $"{key}: {path} cannot be read by the user {AgentUser.Name} (mode {RegularFile.Octal(file.Mode)}, uid {file.Owner}, gid {file.Group}); "
                    + $"expected chgrp {AgentUser.Name} {path} and chmod 0640 {path}";
            else if (key == "key_file")
                foreach (var error in KeyRing.Parse(secret.Reveal()).Errors)
                    yield return $"{key}: {path}, {error}";
            else if (key == "token_file" && config.FloatingIp.Vendor.NeedsToken && new ApiToken(secret.Reveal()).Flaw is { } flaw)
                yield return $"{key}: {path} holds no API token: {flaw}; expected the token alone";
            else if (key is "webhook_url_file" or "url_file" && !(Uri.TryCreate(secret.Reveal(), UriKind.Absolute, out var url) && Urls.IsWeb(url)))
                yield return $"{key}: {path} holds no URL; expected one that begins with https://, alone in the file";
        }
        if (OfLease(config) is { } lease)
            yield return lease;
    }

    /// <summary>What is wrong with the authorities, or with the client certificate and its key; null: nothing, or what was said already.</summary>
    private static string? OfLease(AgentConfig config)
    {
        if (config.Election.Lease is not { } lease)
            return null;
        var key = SecretFile.Find(lease.CertKeyFile, config.Directory);
        return lease.CertKeyFile is not null && key is null || LeaseFiles.Read(lease, config.Directory, key, out var problem) is not null ? null : problem;
    }

    /// <summary>Secrets that can be read on the way, because they are URLs with http:// to another host.</summary>
    public static IEnumerable<string> Warnings(AgentConfig config)
    {
        foreach (var (key, name) in Named(config))
            if (key is "webhook_url_file" or "url_file" && SecretFile.Find(name, config.Directory) is { } secret
                && Uri.TryCreate(secret.Reveal(), UriKind.Absolute, out var url) && Urls.IsOpenToOthers(url))
                yield return $"{key}: the URL in {SecretFile.PathOf(name, config.Directory)} is http:// to {url.Host}: it can be read on the way";
    }

    private static IEnumerable<(string Key, string Name)> Named(AgentConfig config)
    {
        yield return ("key_file", config.Election.KeyFile);
        if (config.FloatingIp.TokenFile.Length > 0)
            yield return ("token_file", config.FloatingIp.TokenFile);
        if (config.Election.Lease?.CertKeyFile is { } certKey)
            yield return ("cert_key_file", certKey);
        if (config.Election.Lease?.PasswordFile is { } password)
            yield return ("password_file", password);
        foreach (var secret in config.Alerts.SelectMany(sink => sink.Secrets))
            yield return secret;
        if (config.Heartbeat?.UrlFile is { } heartbeat)
            yield return ("url_file", heartbeat);
    }
}
