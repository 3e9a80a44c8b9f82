using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Core;
using FlipAgent.Supervision;

namespace FlipAgent.Lease;

/// <summary>What a worker stands on.</summary>
/// <param name="Password">The password in use; null: none, or none could be read yet.</param>
/// <param name="ClientKey">The private key of the client certificate; null: none, or none could be read yet.</param>
/// <param name="ReadSecrets">Reads both again.</param>
/// <param name="Now">The monotonic clock of the loop.</param>
internal sealed record LeaseGround(Func<Secret?> Password, Func<Secret?> ClientKey, Action ReadSecrets, Func<TimeSpan> Now);

/// <summary>
/// Asks the store for what the core wants of it and posts the answer: exactly one for each question, always, within a third of the lease's time. A release has a thread of its
/// own, so that it never waits for a renewal that hangs. Every public method returns at once.
/// </summary>
internal sealed class LeaseWorker : IDisposable
{
    private static readonly TimeSpan s_lookEach = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_lookSoon = TimeSpan.FromSeconds(5);

    private readonly Lane _lane;
    private readonly Lane _releaseLane;
    private readonly SupervisedPart _looks;
    private readonly LeaseGround _ground;
    private readonly string _directory;
    private readonly string[] _nodes;
    private readonly EtcdLease _lease;
    private readonly EtcdUser _user;
    private readonly Action<Input> _post;
    private readonly Lock _opening = new();
    private readonly TimeSpan _limit;
    private EtcdStore? _store;
    private volatile bool _retired;
    private volatile string? _problem;
    private long _lookedAt = long.MinValue;
    private volatile Task _look = Task.CompletedTask;

    /// <param name="config">One that has a lease.</param>
    /// <param name="clientKey">The private key of the client certificate as it was read with this configuration; null: none, or none could be read yet.</param>
    /// <param name="post">Takes the answers; called from the worker's threads.</param>
    public LeaseWorker(AgentConfig config, LeaseGround ground, Secret? clientKey, Action<Input> post, Supervisor supervisor)
    {
        Config = config.Election.Lease ?? throw new ArgumentException("there is no lease", nameof(config));
        (_ground, _directory, _post) = (ground, config.Directory, post);
        _nodes = NamesOf(config);
        _limit = Config.Ttl / 3;
        _user = new EtcdUser(Config.Username, ground.Password, ground.ReadSecrets);
        _lease = new EtcdLease(
            new LeaseKey(Config.KeyOf(config.Cluster), config.Cluster, config.Self.Name, _nodes), Config.Ttl, ground.Now);
        Files = LeaseFiles.Read(Config, _directory, clientKey, out var problem);
        _problem = problem;
        _lane = new Lane("lease", supervisor);
        _releaseLane = new Lane("lease release", supervisor);
        _looks = supervisor.Part("lease look");
    }

    /// <summary>What it was made for.</summary>
    public LeaseConfig Config { get; }

    /// <summary>Whether another worker is needed for this configuration: it says something else of the lease or of the nodes, or the files hold something else.</summary>
    /// <param name="clientKey">The private key of the client certificate as it is read now.</param>
    public bool IsOfAnother(AgentConfig config, Secret? clientKey) => config.Election.Lease != Config || !_nodes.SequenceEqual(NamesOf(config))
        || LeaseFiles.Read(Config, config.Directory, clientKey, out _) != Files;

    private static string[] NamesOf(AgentConfig config) => [.. config.Nodes.Select(node => node.Name)];

    /// <summary>What the files held that it goes by; null: they cannot be used yet.</summary>
    public LeaseFiles? Files { get; private set; }

    /// <summary>How the store stands. Any thread.</summary>
    public LeaseView View => Volatile.Read(ref _store) is { } store
        ? new LeaseView(store.Views, _problem ?? (store.Alarm is { } alarm ? $"etcd {alarm}" : null) ?? (store.IsOpen ? "etcd asks nobody for a user: whoever reaches it can take the lease" : null), store.ClockDifference)
        : new LeaseView([.. Config.Endpoints.Select(e => new MemberView(FlipAgent.Config.Sections.LeaseSection.Text(e), null, null, null, false, null, null))], _problem, null);

    /// <summary>Answered by <see cref="Input.LeaseAnswered"/>.</summary>
    public void Ask(Effect.AskLease ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        var lane = ask.Request == LeaseRequest.Release ? _releaseLane : _lane;
        var asked = _ground.Now();
        lane.Do(() => Post(asked, ask.Request, lane.Part.Run(() => Find(ask, asked), e => new LeaseFinding(LeaseStatus.Failed, $"failed inside the agent: {SupervisedPart.Describe(e)}"))));
    }

    /// <summary>Another worker takes over: what is still under way is answered, but nothing of it counts.</summary>
    public void Retire() => _retired = true;

    /// <summary>Takes no more requests; those under way are still answered. Does not wait.</summary>
    public void Dispose()
    {
        _lane.Dispose();
        _releaseLane.Dispose();
    }

    /// <summary>Closes the connections; nothing may be under way any more.</summary>
    public void Close() => Volatile.Read(ref _store)?.Dispose();

    /// <summary>Asks every member how it is; for the doctor, who waits for it.</summary>
    internal async Task Look()
    {
        Interlocked.Exchange(ref _lookedAt, _ground.Now().Ticks);
        if (Open() is { } store)
            await store.Look().ConfigureAwait(false);
    }

    private LeaseFinding Find(Effect.AskLease ask, TimeSpan asked)
    {
        if (Open() is not { } store)
            return new(LeaseStatus.Refused, _problem ?? "");
        LookNowAndThen(store);
        // Before the first lease it is known whether all members are of one etcd, unless one of them is silent.
        if (ask.Request == LeaseRequest.Acquire && !store.HasLooked)
            _look.Wait(_limit * 0.3);
        // What waited in the lane has less time left. A tenth is for winding up.
        var limit = (_limit * 0.9) - (_ground.Now() - asked);
        if (limit <= TimeSpan.Zero)
            return Late;
        var work = store.Ask(session => ask.Request switch
        {
            LeaseRequest.Read => _lease.Read(session),
            LeaseRequest.Acquire => _lease.Acquire(session, ask.LeaseId, ask.Term),
            LeaseRequest.Renew => _lease.Renew(session, ask.LeaseId),
            _ => _lease.Release(session, ask.LeaseId),
        }, limit);
        // It ends by itself; this is for a process whose thread pool stands still.
        var finding = work.Wait((_limit * 0.97) - (_ground.Now() - asked) is { Ticks: > 0 } left ? left : TimeSpan.Zero) ? work.Result : Late;
        _problem = finding.Detail.Length > 0 ? finding.Detail : null;
        // Nobody has it and nobody can take it.
        return ask.Request == LeaseRequest.Read && store.Alarm is { } alarm && finding.Status is LeaseStatus.Free or LeaseStatus.Other
            ? finding with { Status = LeaseStatus.Refused, Detail = $"etcd {alarm}" }
            : finding;
    }

    private LeaseFinding Late => new(LeaseStatus.Failed, $"etcd: no answer within {_limit.TotalSeconds:0.#} s: the process is starved");

    private void Post(TimeSpan asked, LeaseRequest request, LeaseFinding finding)
    {
        // Whose lease it would be is another question now.
        if (_retired)
            finding = new(LeaseStatus.Failed, "the configuration of the lease has changed");
        _post(new Input.LeaseAnswered(request, finding.Status == LeaseStatus.Held ? finding.SentAt : asked, finding.Status, finding.Detail)
        {
            LeaseId = finding.Status == LeaseStatus.Held ? finding.LeaseId : 0,
            Ttl = finding.Ttl,
            Holder = finding.Holder,
            Term = finding.Term,
        });
    }

    private void LookNowAndThen(EtcdStore store)
    {
        var now = _ground.Now().Ticks;
        var before = Interlocked.Read(ref _lookedAt);
        if (before != long.MinValue && now - before < (store.AnyIsAway ? s_lookSoon : s_lookEach).Ticks || Interlocked.CompareExchange(ref _lookedAt, now, before) != before)
            return;
        _look = Task.Run(() => _looks.Run(async () =>
        {
            await store.Look().ConfigureAwait(false);
            return true;
        }, _ => false));
    }

    /// <summary>Null: the files cannot be used, and <see cref="_problem"/> says why. They are read again at each request until they can.</summary>
    private EtcdStore? Open()
    {
        lock (_opening)
        {
            if (_store is not null)
                return _store;
            if (Files is null)
            {
                _ground.ReadSecrets();
                Files = LeaseFiles.Read(Config, _directory, _ground.ClientKey(), out var problem);
                _problem = problem;
            }
            if (Files is not { } files)
                return null;
            Volatile.Write(ref _store, new EtcdStore([.. Config.Endpoints.Select(url => new EtcdMember(url, files.Roots, files.Client, _ground.Now))], _user, _ground.Now));
            return _store;
        }
    }
}
