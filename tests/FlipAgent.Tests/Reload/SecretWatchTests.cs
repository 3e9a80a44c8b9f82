using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Running;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Reload;

/// <summary>A secret that is gone from disk is seen before the next start would be without it; what the agent goes by stays.</summary>
public sealed class SecretWatchTests : IDisposable
{
    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-secrets-").FullName;
    private readonly List<Event> _events = [];
    private readonly AgentConfig _config;
    private readonly SecretStore _store;
    private readonly string _key;
    private readonly string _token;

    public SecretWatchTests()
    {
        (_key, _token) = (Path.Combine(_directory, "cluster.key"), Path.Combine(_directory, "do-token"));
        Write(_key, KeyGen.Line(1));
        Write(_token, "dop_v1_canary_watch_0123456789");
        _config = Sample.Valid(Sample.Minimal.Replace("/etc/flipagent", _directory), "haproxy-1");
        _store = new SecretStore(SecretSet.Of(_config, before: null), _events.Add, () => { });
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void F61_a_secret_that_is_gone_from_disk_is_a_warning_until_it_is_back()
    {
        var watch = new SecretWatch(() => _config, _store);
        var before = _store.Current;
        Assert.Empty(watch.Look());
        File.Move(_key, _key + ".away");
        File.SetUnixFileMode(_token, Closed | UnixFileMode.OtherRead);
        var said = watch.Look();
        Assert.Equal(2, said.Length);
        Assert.Contains(said, one => one.StartsWith($"cluster key: {_key} is missing;", StringComparison.Ordinal) && one.EndsWith("; the next start of the agent would be without it", StringComparison.Ordinal));
        Assert.Contains(said, one => one.StartsWith($"cloud token: {_token} can be read by others (mode 0604)", StringComparison.Ordinal));
        File.Move(_key + ".away", _key);
        File.SetUnixFileMode(_token, Closed);
        Assert.Empty(watch.Look());
        // It only looks: what is in use, and what was reported of it, is as it was.
        Assert.Same(before, _store.Current);
        Assert.Empty(_events);
    }

    [Fact]
    public void What_the_agent_itself_has_missed_is_not_said_twice()
    {
        File.Delete(_token);
        _store.ReadToken();
        Assert.Equal(EventKind.SecretMissing, Assert.Single(_events).Kind);
        Assert.Empty(new SecretWatch(() => _config, _store).Look());
    }

    [Fact]
    public async Task F15_a_disk_that_hangs_holds_up_no_status_and_has_one_reader()
    {
        using var end = new ManualResetEventSlim(initialState: true);
        var readers = 0;
        var watch = new SecretWatch(() => _config, _store, config =>
        {
            Interlocked.Increment(ref readers);
            end.Wait();
            return SecretSet.Of(config, before: null);
        });
        File.Delete(_key);
        Assert.Single(await watch.LookSoon());
        end.Reset();
        var limit = TimeSpan.FromSeconds(20);
        Assert.Single(await watch.LookSoon().WaitAsync(limit));
        Assert.Single(await watch.LookSoon().WaitAsync(limit));
        Assert.Equal(2, readers);
        Write(_key, KeyGen.Line(1));
        end.Set();
        Assert.Empty(await watch.LookSoon().WaitAsync(limit));
    }

    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Closed);
    }
}
