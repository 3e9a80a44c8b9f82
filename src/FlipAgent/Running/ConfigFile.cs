using System.Security.Cryptography;
using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Yaml;
using FlipAgent.Kernel;
using FlipAgent.Reporting;

namespace FlipAgent.Running;

/// <summary>
/// How the configuration file on disk compares with what the agent goes by. One that is refused does no harm until the next start, which then fails: the status says so
/// today. What the agent goes by is kept in the state directory, so that there is a way back. Any thread.
/// </summary>
internal sealed class ConfigFile
{
    /// <summary>A disk that hangs holds up no status, and no reload.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Lock _lookLock = new();
    private readonly string _path;
    private readonly string? _node;
    private readonly string _kept;
    private readonly Func<string, byte[], string?> _place;
    private byte[]? _inUse;
    private DateTimeOffset _since;
    private bool _isKept;
    private Task<bool>? _keeping;
    private (byte[]? Content, string Problem)? _refused;
    private (DateTime Written, long Length, ConfigFileReport Report)? _last;
    private Task<ConfigFileReport>? _looking;
    private volatile ConfigFileReport? _latest;

    /// <param name="node">As in <see cref="ConfigReader.Read(string, string?)"/>.</param>
    /// <param name="place">How the copy is written; a test has it hang.</param>
    public ConfigFile(AgentConfig config, string? node, Func<string, byte[], string?>? place = null)
    {
        (_path, _node, _kept) = (config.Path, node, Path.Combine(config.StateDir, "last-good.yaml"));
        _place = place ?? (static (path, content) => PlacedFile.Renew(path, content, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead));
        Applied();
    }

    /// <summary>The agent goes by what is in the file now.</summary>
    public void Applied()
    {
        lock (_lock)
        {
            (_inUse, _since, _refused, _last) = (Hash(out var content), DateTimeOffset.UtcNow, null, null);
            _isKept = content is not null && Keep(content);
        }
    }

    /// <summary>A reload of what is in the file now was refused.</summary>
    public void Refused(string problem)
    {
        lock (_lock)
            (_refused, _last) = ((Hash(out _), problem), null);
    }

    /// <summary>What <see cref="Look"/> says; after 1 s what it said last, which is null when it never has.</summary>
    public async Task<ConfigFileReport?> LookSoon()
    {
        Task<ConfigFileReport> looking;
        lock (_lookLock)
            looking = _looking = _looking is { IsCompleted: false } ? _looking : Task.Run(Look);
        if (await Task.WhenAny(looking, Task.Delay(s_limit)) == looking)
            _latest = await looking;
        return _latest;
    }

    /// <summary>Reads the file only when it is another than at the last look. Takes some milliseconds then, so not for the decision loop.</summary>
    public ConfigFileReport Look()
    {
        lock (_lock)
        {
            var info = new FileInfo(_path);
            var (written, length) = info.Exists ? (info.LastWriteTimeUtc, info.Length) : (default, -1);
            if (_last is { } last && last.Written == written && last.Length == length)
                return last.Report;
            var report = Judge();
            _last = (written, length, report);
            return report;
        }
    }

    private ConfigFileReport Judge()
    {
        var hash = Hash(out _);
        ConfigFileReport Report(string state, string? problem) => new(_path, _since, state, problem, _isKept ? _kept : null);
        if (hash is not null && _inUse is not null && hash.AsSpan().SequenceEqual(_inUse))
            return Report("in-use", null);
        if (_refused is { } refused && hash is not null && refused.Content is not null && hash.AsSpan().SequenceEqual(refused.Content))
            return Report("refused", FirstLine(refused.Problem));
        return ConfigReader.Read(_path, _node) is ConfigResult.Invalid { Errors: var errors }
            ? Report("invalid", FirstLine(errors[0].ToString()))
            : Report("changed", null);
    }

    private static string FirstLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') is var end and >= 0 ? text[..end] : text;

    private byte[]? Hash(out byte[]? content)
    {
        content = RegularFile.Read(_path, 4 * YamlLoader.MaxLength + 4).Content;
        return content is null ? null : SHA256.HashData(content);
    }

    /// <summary>Losing it is allowed, as all that is in the state directory (F15). While one writing hangs there is no second one.</summary>
    private bool Keep(byte[] content)
    {
        if (_keeping is { IsCompleted: false })
            return false;
        _keeping = Task.Run(() => _place(_kept, content) is null);
        return _keeping.Wait(s_limit) && _keeping.Result;
    }
}
