using System.Net;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Api;

/// <summary>What all providers have in common that are asked over HTTP with a token: the connection, the limit of 5 s for each question, and what went wrong last.</summary>
internal abstract class HttpProvider : IFloatingIpProvider
{
    private readonly AddressBook _book;
    private readonly TimeLimit _limit;
    private readonly string? _hint;
    private volatile string? _problem;

    /// <param name="operations">What it asks, as <see cref="Counters"/> counts it.</param>
    protected HttpProvider(FloatingIpConfig floatingIp, ProviderGround ground, ApiDialect dialect, params string[] operations)
    {
        Counters = ApiCounters.OfHttp(operations);
        Requests = new ApiRequests(ApiRequests.LineTo(floatingIp, ground, out _book), ground, Counters, dialect);
        _hint = floatingIp.HttpsProxy is null && EnvironmentProxy.For(floatingIp.ApiUrl.IdnHost, Environment.GetEnvironmentVariable) is { } name
            ? EnvironmentProxy.Unused(name)
            : null;
        _limit = new TimeLimit(ground.Limit);
    }

    protected ApiRequests Requests { get; }

    public ApiCounters Counters { get; }

    public bool NameIsStale => _book.IsStale;

    public string? Problem => _problem;

    public Task<Input.HolderRead> ReadHolder(IPAddress address)
    {
        var started = Requests.Now();
        return Noting(
            _limit.Run(cancel => ReadHolder(address, cancel), () => new Input.HolderRead(started, ApiStatus.Failed, null, Locked: false, ScopeProven: false, null, Late)),
            read => Note(read.Status, read.Detail));
    }

    public Task<Input.AssignAnswered> Assign(IPAddress address, long server, uint term, Func<bool> mayStill)
    {
        var started = Requests.Now();
        return Noting(
            _limit.Run(
                cancel => Assign(address, server, term, mayStill, cancel),
                () => new Input.AssignAnswered(term, started, ApiStatus.Failed, Accepted: false, NotSent: false, 0, ActionStatus.Unknown, null, Late)),
            answer =>
            {
                if (!answer.NotSent)
                    Note(answer.Status, answer.Detail);
            });
    }

    public Task<Input.ActionRead> ReadAction(IPAddress address, long action)
    {
        var started = Requests.Now();
        return Noting(
            _limit.Run(cancel => ReadAction(address, action, cancel), () => new Input.ActionRead(started, action, ApiStatus.Failed, ActionStatus.Unknown, null, Late)),
            read => Note(read.Status, read.Detail));
    }

    public void KeepConnected(Action unreachable) => Requests.KeepSpare(unreachable);

    public Task<Known> FindAddress(IPAddress address) => _limit.Run(cancel => FindAddress(address, cancel), NotFound);

    public Task<Known?> FindServer(long server) => _limit.Run<Known?>(async cancel => await FindServer(server, cancel).ConfigureAwait(false), NotFound);

    public Task<IReadOnlyList<string>> FindMissingRights() => _limit.Run(FindMissingRights, () => []);

    public void Dispose() => Requests.Dispose();

    protected abstract Task<Input.HolderRead> ReadHolder(IPAddress address, CancellationToken cancel);

    protected abstract Task<Input.AssignAnswered> Assign(IPAddress address, long server, uint term, Func<bool> mayStill, CancellationToken cancel);

    protected abstract Task<Input.ActionRead> ReadAction(IPAddress address, long action, CancellationToken cancel);

    protected abstract Task<Known> FindAddress(IPAddress address, CancellationToken cancel);

    protected abstract Task<Known> FindServer(long server, CancellationToken cancel);

    protected virtual Task<IReadOnlyList<string>> FindMissingRights(CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>A read that did not come to a holder.</summary>
    protected static Input.HolderRead Unread(ApiRequests.Stamped sent, ApiAnswer answer) =>
        new(sent.SentAt, answer.Status, null, Locked: false, ScopeProven: false, answer.RetryAfter, sent.Token.Mask(answer.Detail)) { Left = answer.Left };

    /// <summary>What came of an assign.</summary>
    /// <param name="action">The cloud's number of it and how far it is; null: it was not accepted.</param>
    /// <param name="unprocessable">The cloud saw the right to make the request, and refuses what it asks for.</param>
    protected static Input.AssignAnswered Answered(uint term, ApiRequests.Stamped sent, ApiAnswer answer, (long Id, ActionStatus Status)? action, bool unprocessable) => new(
        term, sent.SentAt, answer.Status, action is not null, NotSent: answer.Http.Exchange == Exchange.Withheld, action?.Id ?? 0, action?.Status ?? ActionStatus.Unknown,
        answer.RetryAfter, sent.Token.Mask(answer.Detail))
    {
        RequestId = answer.RequestId is { } request ? sent.Token.Mask(request) : null,
        Left = answer.Left,
        Unprocessable = unprocessable,
    };

    private static async Task<T> Noting<T>(Task<T> request, Action<T> note)
    {
        var answer = await request.ConfigureAwait(false);
        note(answer);
        return answer;
    }

    private void Note(ApiStatus status, string? detail) => _problem = status switch
    {
        ApiStatus.Ok => null,
        ApiStatus.Failed when _hint is not null => $"{detail} ({_hint})",
        _ => detail,
    };

    private string Late => $"{Requests.Stage ?? "no answer"} within {_limit.Total.TotalSeconds:0.#} s";

    private Known NotFound() => new(ApiStatus.Failed, null, $"no answer within {_limit.Total.TotalSeconds:0.#} s");
}
