using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;

namespace FlipAgent.Tests.Config;

/// <summary>What the agent makes of secrets that come, go and change while it runs.</summary>
public sealed class SecretStoreTests : IDisposable
{
    private const string Hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("flipagent-secrets-");
    private readonly List<Event> _reported = [];
    private readonly AgentConfig _config;
    private int _tokens;

    public SecretStoreTests()
    {
        var path = Path.Combine(_home.FullName, "flipagent.yaml");
        _config = Sample.Valid(Sample.Minimal, "haproxy-1") with { Path = path };
        _config = _config with
        {
            Election = _config.Election with { KeyFile = "./key" },
            FloatingIp = _config.FloatingIp with { TokenFile = "./token" },
            Alerts = [new SinkConfig.Slack("./hook")],
        };
        Write("key", Hex);
        Write("token", "the first token");
        Write("hook", "https://hooks.slack.com/services/T/B/x");
    }

    /// <summary>A disk that hangs at the start: the last path that was named is the one that is waited for.</summary>
    [Fact]
    public void F90_each_file_is_named_before_it_is_read()
    {
        List<string> named = [];
        var set = SecretSet.Of(_config, null, named.Add);
        Assert.Equal(set.Read.Count, named.Count);
        Assert.Equal(SecretFile.PathOf(_config.Election.KeyFile, _config.Directory), named[0]);
        Assert.Contains(SecretFile.PathOf(_config.FloatingIp.TokenFile, _config.Directory), named);
    }

    [Fact]
    public void What_is_missing_is_reported_once_and_again_when_it_is_back()
    {
        Remove("hook");
        var store = Store();
        Assert.Equal(EventKind.SecretMissing, Assert.Single(_reported).Kind);
        Assert.Contains("hook is missing", Assert.Single(store.Current.Problems), StringComparison.Ordinal);
        Assert.Null(store.OfFile("./hook"));
        Assert.Single(_reported);
        Write("hook", "https://hooks.slack.com/services/T/B/y");
        Assert.EndsWith("/y", store.OfFile("./hook"), StringComparison.Ordinal);
        Assert.Equal(EventKind.SecretRestored, _reported[^1].Kind);
        Assert.Empty(store.Current.Problems);
    }

    [Fact]
    public void A_reading_changes_nothing_before_it_is_used()
    {
        var store = Store();
        var (before, keys) = (store.Current, store.Current.Keys);
        Write("key", Hex.Replace("00", "a1", StringComparison.Ordinal));
        Write("token", "the second token");
        var next = SecretSet.Of(_config, before);
        Assert.Same(before, store.Current);
        Assert.Equal("the first token", store.Token);
        store.Use(next);
        Assert.Equal("the second token", store.Token);
        Assert.NotSame(keys, store.Current.Keys);
        Assert.Empty(_reported);
    }

    [Fact]
    public void What_was_good_is_kept_when_it_cannot_be_read_and_a_reload_must_not_go_over_to_that()
    {
        var store = Store();
        var keys = store.Current.Keys;
        Remove("key");
        Remove("token");
        store.ReadToken();
        Assert.Equal("the first token", store.Token);
        var next = SecretSet.Of(_config, store.Current);
        Assert.Same(keys, next.Keys);
        Assert.Contains("key is missing", next.Unusable, StringComparison.Ordinal);
        Assert.StartsWith("cluster key: ./key is missing", next.KeyProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_token_is_told_once_whoever_read_it_and_the_same_one_is_not()
    {
        var store = Store();
        store.ReadToken();
        store.Use(SecretSet.Of(_config, store.Current));
        Assert.Equal(0, _tokens);
        Write("token", "the second token");
        store.ReadToken();
        store.ReadToken();
        Assert.Equal(1, _tokens);
        Write("token", "the third token");
        store.Use(SecretSet.Of(_config, store.Current));
        Assert.Equal(2, _tokens);
        Remove("token");
        store.ReadToken();
        Assert.Equal(2, _tokens);
    }

    [Fact]
    public void A_key_that_is_none_is_a_problem_of_the_key()
    {
        Write("key", "not hex");
        var set = SecretSet.Of(_config, null);
        Assert.Null(set.Keys);
        Assert.NotNull(set.KeyProblem);
        Assert.NotNull(set.Unusable);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private SecretStore Store() => new(SecretSet.Of(_config, before: null), _reported.Add, () => _tokens++);

    private void Remove(string name) => File.Delete(Path.Combine(_home.FullName, name));

    private void Write(string name, string content)
    {
        var path = Path.Combine(_home.FullName, name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
