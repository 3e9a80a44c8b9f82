using FlipAgent.Config;
using FlipAgent.Config.Secrets;

namespace FlipAgent.Running;

/// <summary>
/// Could the next start read the secrets that the agent goes by? One that is gone or shut from it does no harm until then, and then this node takes no part: the status says so
/// today. What is read is not used. Any thread.
/// </summary>
/// <param name="config">The configuration in use.</param>
/// <param name="secrets">What is in use; what is wrong with that is said elsewhere.</param>
/// <param name="read"><see cref="SecretSet.Of"/>; a test has it hang.</param>
internal sealed class SecretWatch(Func<AgentConfig> config, SecretStore secrets, Func<AgentConfig, SecretSet>? read = null)
{
    /// <summary>A disk that hangs holds up no status.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly Func<AgentConfig, SecretSet> _read = read ?? (static config => SecretSet.Of(config, before: null));
    private readonly Lock _lock = new();
    private Task<string[]>? _looking;
    private volatile string[] _latest = [];

    /// <summary>What <see cref="Look"/> says; after 1 s what it said last. While one look hangs there is no second one.</summary>
    public async Task<string[]> LookSoon()
    {
        Task<string[]> looking;
        lock (_lock)
            looking = _looking = _looking is { IsCompleted: false } ? _looking : Task.Run(Look);
        if (await Task.WhenAny(looking, Task.Delay(s_limit)) == looking)
            _latest = await looking;
        return _latest;
    }

    /// <summary>A sentence for each secret that was read well and could not be read again.</summary>
    public string[] Look()
    {
        var inUse = secrets.Current.Read;
        return [.. _read(config()).Read.Where(one => one.Value is not null && inUse.GetValueOrDefault(one.Key) is null)
            .Select(one => $"{one.Key}: {one.Value}; the next start of the agent would be without it")];
    }
}
