using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud;

/// <summary>
/// The three questions that the agent has for the DigitalOcean API: who holds the floating IP (they call it a reserved IP today), please give it to this
/// droplet, how far is that action. Each is answered within 5 s, and "could not find out" is an answer too. Nothing here retries a write or decides
/// anything; that is the core's job.
/// </summary>
public sealed class DigitalOceanClient : IDisposable
{
    private readonly AddressBook _book;
    private readonly ApiRequests _requests;
    private readonly ScopeProof _scope;
    private readonly TimeLimit _limit;
    private readonly IPAddress _address;
    private readonly string? _hint;
    private volatile string? _problem;

    /// <param name="ownDroplet">This node's droplet; asked for when it must be shown that the token can read droplets.</param>
    /// <param name="stateDir">Where the API's addresses are kept between runs; null: nowhere.</param>
    /// <param name="token">The present token; null: there is none. Called from any thread.</param>
    /// <param name="tokenRefused">The API answered 401: read the token again. Called from any thread; may take a file read.</param>
    /// <param name="now">The monotonic clock of the loop. Called from any thread.</param>
    public DigitalOceanClient(
        FloatingIpConfig floatingIp, long ownDroplet, string? stateDir, Func<string?> token, Action tokenRefused, Func<TimeSpan> now)
        : this(floatingIp, ownDroplet, stateDir, token, tokenRefused, now, Dns.GetHostAddresses, roots: null, TimeSpan.FromSeconds(5))
    {
    }

    /// <param name="lookUp">The name service; blocks.</param>
    /// <param name="roots">The only certificate authorities to trust; null: the system's.</param>
    /// <param name="limit">For each call as a whole.</param>
    internal DigitalOceanClient(
        FloatingIpConfig floatingIp, long ownDroplet, string? stateDir, Func<string?> token, Action tokenRefused, Func<TimeSpan> now,
        Func<string, IPAddress[]> lookUp, X509Certificate2Collection? roots, TimeSpan limit)
    {
        _address = floatingIp.Address;
        var file = stateDir is null ? null : Path.Combine(stateDir, "api-addresses");
        _requests = new ApiRequests(ApiRequests.LineTo(floatingIp, file, lookUp, roots, out _book), token, tokenRefused, now, Counters);
        _hint = floatingIp.HttpsProxy is null && EnvironmentProxy.For(floatingIp.ApiUrl.IdnHost, Environment.GetEnvironmentVariable) is { } name
            ? EnvironmentProxy.Unused(name)
            : null;
        _scope = new ScopeProof(_requests, ownDroplet);
        _limit = new TimeLimit(limit);
    }

    public ApiCounters Counters { get; } = new();

    /// <summary>The name service did not answer when it was last asked, so the addresses of the past are used (F44).</summary>
    public bool NameIsStale => _book.IsStale;

    /// <summary>Why the last request was not answered as it should be, as a phrase without a secret; null: it was, or none was made.</summary>
    public string? Problem => _problem;

    /// <summary>GET of the floating IP: who holds it. Never throws for anything that the world does; ends within 5 s.</summary>
    public Task<Input.HolderRead> ReadHolder()
    {
        var started = _requests.Now();
        return Noting(
            _limit.Run(ReadHolder, () => new Input.HolderRead(started, ApiStatus.Failed, null, Locked: false, ScopeProven: false, null, Late)),
            read => Note(read.Status, read.Detail));
    }

    /// <summary>POST of an assign. Never throws for anything that the world does; ends within 5 s. Sent at most once.</summary>
    /// <param name="term">Comes back in the answer.</param>
    /// <param name="mayStill">Asked on another thread when the connection stands, right before the request goes out (rule C1).</param>
    public Task<Input.AssignAnswered> Assign(uint term, long dropletId, Func<bool> mayStill)
    {
        var started = _requests.Now();
        return Noting(
            _limit.Run(
                cancel => Assign(term, dropletId, mayStill, cancel),
                () => new Input.AssignAnswered(term, started, ApiStatus.Failed, Accepted: false, NotSent: false, 0, ActionStatus.Unknown, null, Late)),
            answer =>
            {
                if (!answer.NotSent)
                    Note(answer.Status, answer.Detail);
            });
    }

    /// <summary>GET of an action of the floating IP. Never throws for anything that the world does; ends within 5 s. With 404 the action's status is unknown.</summary>
    public Task<Input.ActionRead> ReadAction(long actionId)
    {
        var started = _requests.Now();
        return Noting(
            _limit.Run(cancel => ReadAction(actionId, cancel), () => new Input.ActionRead(started, actionId, ApiStatus.Failed, ActionStatus.Unknown, null, Late)),
            read => Note(read.Status, read.Detail));
    }

    /// <summary>From now on a connection is kept open, so that the request of a failover does not begin with a handshake. That asks the API nothing.</summary>
    /// <param name="unreachable">Called each 30 s while the API cannot be connected, from a pool thread.</param>
    public void KeepConnected(Action unreachable) => _requests.KeepSpare(unreachable);

    public void Dispose() => _requests.Dispose();

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

    private string Late => $"{_requests.Stage ?? "no answer"} within {_limit.Total.TotalSeconds:0.#} s";

    private async Task<Input.HolderRead> ReadHolder(CancellationToken cancel)
    {
        var (answer, sentAt, token) = await _requests.Get("read_holder", $"/v2/reserved_ips/{_address}", cancel).ConfigureAwait(false);
        Input.HolderRead Not(ApiAnswer a) =>
            new(sentAt, a.Status, null, Locked: false, ScopeProven: false, a.RetryAfter, token.Mask(a.Detail)) { Left = a.Left };
        if (answer.Status != ApiStatus.Ok)
            return Not(answer);
        var ip = answer.Read(DigitalOceanJson.Default.ReservedIpAnswer)?.ReservedIp;
        if (ip is null || !IPAddress.TryParse(ip.Ip, out var about) || !about.Equals(_address))
            return Not(answer.NotUnderstood("the answer is not about this floating IP"));
        if (!TryReadDroplet(ip.Droplet, out var droplet))
            return Not(answer.NotUnderstood("the holder in the answer cannot be read"));
        if (droplet is not null)
            _scope.Seen(token);
        var proven = droplet is not null || await _scope.IsProven(token, cancel).ConfigureAwait(false);
        var detail = droplet is null && !proven
            ? $"{answer.Detail}; no holder shown, but the token was not seen to read droplets (scope droplet:read)"
            : answer.Detail;
        return new(sentAt, ApiStatus.Ok, droplet, ip.Locked ?? false, proven, null, token.Mask(detail)) { Left = answer.Left };
    }

    private async Task<Input.AssignAnswered> Assign(uint term, long dropletId, Func<bool> mayStill, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new AssignBody("assign", dropletId), DigitalOceanJson.Default.AssignBody);
        var (answer, sentAt, token) = await _requests
            .Post("assign", $"/v2/reserved_ips/{_address}/actions", body, mayStill, cancel).ConfigureAwait(false);
        Input.AssignAnswered Answer(ApiAnswer a, bool accepted, long id, ActionStatus action) => new(
            term, sentAt, a.Status, accepted, NotSent: a.Http.Exchange == Exchange.Withheld, id, action, a.RetryAfter, token.Mask(a.Detail))
        {
            RequestId = a.RequestId is { } request ? token.Mask(request) : null,
            Left = a.Left,
            Unprocessable = a.Http is { Exchange: Exchange.Answered, Code: 422, IsJson: true },
        };
        if (answer.Status != ApiStatus.Ok)
            return Answer(answer.Http is { Exchange: Exchange.Answered, Code: 404 or 422 } ? answer with { Detail = $"{answer.Detail} (assign to droplet {dropletId})" } : answer, false, 0, ActionStatus.Unknown);
        return TryReadAction(answer, out var id, out var status)
            ? Answer(answer with { Detail = $"{answer.Detail}, action {id}" }, true, id, status)
            : Answer(answer.NotUnderstood("the action in the answer cannot be read"), false, 0, ActionStatus.Unknown);
    }

    private async Task<Input.ActionRead> ReadAction(long actionId, CancellationToken cancel)
    {
        var path = $"/v2/reserved_ips/{_address}/actions/{actionId}";
        var (answer, sentAt, token) = await _requests.Get("read_action", path, cancel).ConfigureAwait(false);
        var status = ActionStatus.Unknown;
        if (answer.Status == ApiStatus.Ok && (!TryReadAction(answer, out var id, out status) || id != actionId))
            answer = answer.NotUnderstood("the answer is not this action");
        return new(sentAt, actionId, answer.Status, answer.Status == ApiStatus.Ok ? status : ActionStatus.Unknown, answer.RetryAfter, token.Mask(answer.Detail))
        { Left = answer.Left };
    }

    /// <summary>A missing field is like null here: what it means is up to the proof of scope.</summary>
    private static bool TryReadDroplet(JsonElement droplet, out long? id)
    {
        id = null;
        if (droplet.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
            return true;
        if (droplet.ValueKind != JsonValueKind.Object || !droplet.TryGetProperty("id", out var field)
            || field.ValueKind != JsonValueKind.Number || !field.TryGetInt64(out var number) || number <= 0)
            return false;
        id = number;
        return true;
    }

    private static bool TryReadAction(ApiAnswer answer, out long id, out ActionStatus status)
    {
        var action = answer.Read(DigitalOceanJson.Default.ActionAnswer)?.Action;
        id = action?.Id ?? 0;
        status = action?.Status switch
        {
            "in-progress" or "new" => ActionStatus.InProgress,
            "completed" => ActionStatus.Completed,
            "errored" => ActionStatus.Errored,
            // The API has said "done" for a while (terraform-provider-digitalocean #712): whatever it says next, the floating IP itself is asked.
            _ => ActionStatus.Unknown,
        };
        return id > 0 && action?.Status is not null;
    }
}
