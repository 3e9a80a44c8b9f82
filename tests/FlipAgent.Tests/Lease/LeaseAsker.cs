using System.Collections.Concurrent;
using System.Diagnostics;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Lease;
using FlipAgent.Supervision;
using FlipAgent.Tests.Config;

namespace FlipAgent.Tests.Lease;

/// <summary>What one node's core would do: asks its worker, one question at a time, and waits for the answer, which has to come in time.</summary>
internal sealed class LeaseAsker : IDisposable
{
    private readonly BlockingCollection<Input.LeaseAnswered> _answers = [];

    /// <param name="etcd">What stands behind <c>etcd:</c>, and further keys.</param>
    public LeaseAsker(string etcd, string cluster, string node = "haproxy-1", string ttl = "9s", Func<string?>? password = null)
    {
        var config = Of(etcd, cluster, node, ttl);
        var key = config.Election.Lease!.CertKeyFile is { } file ? ((SecretResult.Ok)SecretFile.Read(file)).Secret : null;
        var ground = new LeaseGround(() => password?.Invoke() is { } word ? new Secret(word) : null, () => key, () => SecretsRead++, () => Clocks.Monotonic);
        Worker = new LeaseWorker(config, ground, key, input => _answers.Add((Input.LeaseAnswered)input), Supervisor.Silent);
    }

    public LeaseAsker(IEnumerable<Uri> urls, string cluster, string node = "haproxy-1", string ttl = "9s")
        : this($"[{string.Join(", ", urls.Select(url => $"\"{url.GetLeftPart(UriPartial.Authority)}\""))}]", cluster, node, ttl)
    {
    }

    public LeaseWorker Worker { get; }

    public int SecretsRead { get; private set; }

    public static AgentConfig Of(string etcd, string cluster, string node = "haproxy-1", string ttl = "9s") => Sample.Valid(
        Sample.Minimal.Replace("web-lb", cluster, StringComparison.Ordinal).Replace("  key_file", $"  lease: {{etcd: {etcd}, ttl: {ttl}}}\n  key_file", StringComparison.Ordinal), node);

    public Input.LeaseAnswered Ask(LeaseRequest request, long id = 0, uint term = 0)
    {
        var clock = Stopwatch.StartNew();
        Worker.Ask(new Effect.AskLease(request, id, term));
        Assert.True(_answers.TryTake(out var answer, TimeSpan.FromSeconds(30)), "there is an answer");
        // The thread that takes the answer may be late on a busy machine; the worker's own limits are a tenth below.
        Assert.True(clock.Elapsed < Worker.Config.Ttl / 3 + TimeSpan.FromSeconds(1), $"the answer came within {clock.Elapsed}");
        Assert.Equal(request, answer!.Request);
        return answer;
    }

    public Input.LeaseAnswered Acquire(uint term = 1, long last = 0) => Ask(LeaseRequest.Acquire, last, term);

    public Input.LeaseAnswered Read() => Ask(LeaseRequest.Read);

    public Input.LeaseAnswered Renew(long id) => Ask(LeaseRequest.Renew, id);

    public Input.LeaseAnswered Release(long id) => Ask(LeaseRequest.Release, id);

    /// <summary>Acquires, and it has to work.</summary>
    public Input.LeaseAnswered Take(uint term = 1)
    {
        var answer = Acquire(term);
        Assert.Equal((LeaseStatus.Held, ""), (answer.Status, answer.Detail));
        return answer;
    }

    public void Dispose()
    {
        Worker.Dispose();
        _answers.Dispose();
    }
}
