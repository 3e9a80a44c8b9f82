using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using FlipAgent.Cloud.Api;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Hetzner;

/// <summary>
/// The Hetzner Cloud API, v1 (docs.hetzner.cloud, Floating IPs): an assign takes the address from its present server, is an action, and locks the address until that ends; a
/// second one meanwhile is refused (<c>locked</c>). No field shows the lock.
/// </summary>
internal sealed class HetznerClient : HttpProvider
{
    private readonly AddressIds _ids;

    // Addresses whose last assign was refused because an action runs, or whose answer was lost, so that its own may.
    private readonly ConcurrentDictionary<IPAddress, long> _locked = new();

    // When no action was found that would explain a refusal. What refuses everything is not asked for its reason each time.
    private readonly ConcurrentDictionary<IPAddress, TimeSpan> _unexplained = new();
    private static readonly TimeSpan s_askedAgain = TimeSpan.FromSeconds(60);

    public HetznerClient(FloatingIpConfig floatingIp, ProviderGround ground)
        : base(floatingIp, ground, HetznerDialect.Instance, "read_holder", "assign", "read_action", "find_address", "read_lock") => _ids = new AddressIds(Requests);

    protected override async Task<Input.HolderRead> ReadHolder(IPAddress address, CancellationToken cancel)
    {
        var (sent, found) = await Read(address, cancel).ConfigureAwait(false);
        if (found is null)
            return Unread(sent, sent.Answer);
        if (found.Server is <= 0)
            return Unread(sent, sent.Answer.NotUnderstood("the holder in the answer cannot be read"));
        var locked = await IsLocked(address, cancel).ConfigureAwait(false);
        // What a token may read it may read whole, so nobody is nobody.
        return new(sent.SentAt, ApiStatus.Ok, found.Server, locked, ScopeProven: true, null, sent.Token.Mask(sent.Answer.Detail)) { Left = sent.Answer.Left };
    }

    protected override async Task<Input.AssignAnswered> Assign(IPAddress address, long server, uint term, Func<bool> mayStill, CancellationToken cancel)
    {
        var (id, problem) = await _ids.Find(address, cancel).ConfigureAwait(false);
        if (problem is not null)
            return Answered(term, problem, problem.Answer, null, unprocessable: false);
        if (id is null)
            return Unlisted(term);
        var body = JsonSerializer.SerializeToUtf8Bytes(new AssignBody(server), HetznerJson.Default.AssignBody);
        var sent = await Requests.Post("assign", $"/v1/floating_ips/{id}/actions/assign", body, mayStill, cancel).ConfigureAwait(false);
        var answer = sent.Answer;
        if (answer.Status == ApiStatus.NotFound)
            _ids.Forget(address);
        var unexplained = _unexplained.TryGetValue(address, out var at) && Requests.Now() - at < s_askedAgain;
        if ((answer.Error?.Code is "locked" or "conflict" && !unexplained) || (answer.Status == ApiStatus.Failed && answer.Http.Exchange != Exchange.Withheld))
            _locked[address] = id.Value;
        if (answer.Status == ApiStatus.Ok)
            _unexplained.TryRemove(address, out _);
        // The right to write is looked at before what is asked for.
        var unprocessable = answer.Error?.Code is "floating_ip_assigned" or "invalid_input" or "locked" or "conflict";
        if (answer.Status != ApiStatus.Ok)
            return Answered(term, sent, answer with { Detail = $"{answer.Detail} (assign to server {server})" }, null, unprocessable);
        if (TryReadAction(answer, out var action, out var status, out _))
            return Answered(term, sent, answer with { Detail = $"{answer.Detail}, action {action}" }, (action, status), unprocessable);
        _locked[address] = id.Value;
        return Answered(term, sent, answer.NotUnderstood("the action in the answer cannot be read"), null, unprocessable);
    }

    protected override async Task<Input.ActionRead> ReadAction(IPAddress address, long action, CancellationToken cancel)
    {
        var (answer, sentAt, token) = await Requests.Get("read_action", $"/v1/actions/{action}", cancel).ConfigureAwait(false);
        var (status, why) = (ActionStatus.Unknown, "");
        if (answer.Status == ApiStatus.Ok && (!TryReadAction(answer, out var id, out status, out why) || id != action))
            answer = answer.NotUnderstood("the answer is not this action");
        return new(sentAt, action, answer.Status, answer.Status == ApiStatus.Ok ? status : ActionStatus.Unknown, answer.RetryAfter, token.Mask(answer.Detail + why))
        { Left = answer.Left };
    }

    protected override async Task<Known> FindAddress(IPAddress address, CancellationToken cancel)
    {
        var (sent, found) = await Read(address, cancel).ConfigureAwait(false);
        var detail = found?.Blocked == true ? $"{sent.Answer.Detail}; it is blocked by the vendor" : sent.Answer.Detail;
        return new(sent.Answer.Status, null, sent.Token.Mask(detail));
    }

    protected override async Task<Known> FindServer(long server, CancellationToken cancel)
    {
        var (answer, _, token) = await Requests.Get("survey", $"/v1/servers/{server}", cancel).ConfigureAwait(false);
        if (answer.Status == ApiStatus.Ok && answer.Read(HetznerJson.Default.ServerAnswer)?.Server?.Id != server)
            answer = answer.NotUnderstood("the answer is not about this server");
        return new(answer.Status, null, token.Mask(answer.Detail));
    }

    /// <summary>The floating IP itself; null: the answer says why not. An id that the API has forgotten, or that is another address by now, is found anew, once.</summary>
    private async Task<(ApiRequests.Stamped Sent, FloatingIpDto? Found)> Read(IPAddress address, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (id, problem) = await _ids.Find(address, cancel).ConfigureAwait(false);
            if (problem is not null)
                return (problem, null);
            if (id is null)
                return (Requests.Unasked(ApiStatus.Failed, Endless), null);
            var sent = await Requests.Get("read_holder", $"/v1/floating_ips/{id}", cancel).ConfigureAwait(false);
            var found = sent.Answer.Status == ApiStatus.Ok ? sent.Answer.Read(HetznerJson.Default.FloatingIpAnswer)?.FloatingIp : null;
            if (found is { Ip: { } ip } && found.Id == id && AddressIds.Covers(ip, address))
                return (sent, found);
            var gone = sent.Answer.Status == ApiStatus.NotFound || found is { Id: > 0 };
            if (gone)
                _ids.Forget(address);
            if (!gone || attempt == 2)
                return (sent.Answer.Status == ApiStatus.Ok ? sent with { Answer = sent.Answer.NotUnderstood("the answer is not about this floating IP") } : sent, null);
        }
    }

    /// <summary>An action runs on the address. It is asked only after an assign that was refused for that or not answered, since no field of the address shows it.</summary>
    private async Task<bool> IsLocked(IPAddress address, CancellationToken cancel)
    {
        if (!_locked.TryGetValue(address, out var id))
            return false;
        var (answer, _, _) = await Requests.Get("read_lock", $"/v1/floating_ips/{id}/actions?status=running&per_page=1", cancel).ConfigureAwait(false);
        var running = answer.Status == ApiStatus.Ok && answer.Read(HetznerJson.Default.ActionList)?.Actions is { Length: > 0 };
        // An answer that did not come says nothing: the next lookup asks again.
        if (!running && answer.Status == ApiStatus.Ok)
        {
            _locked.TryRemove(address, out _);
            _unexplained[address] = Requests.Now();
        }
        return running;
    }

    private const string Endless = "the list of floating IPs has no end";

    private Input.AssignAnswered Unlisted(uint term) =>
        new(term, Requests.Now(), ApiStatus.Failed, Accepted: false, NotSent: false, 0, ActionStatus.Unknown, null, Endless);

    private static bool TryReadAction(ApiAnswer answer, out long id, out ActionStatus status, out string why)
    {
        var action = answer.Read(HetznerJson.Default.ActionAnswer)?.Action;
        id = action?.Id ?? 0;
        why = "";
        status = action?.Status switch
        {
            "running" => ActionStatus.InProgress,
            "success" => ActionStatus.Completed,
            "error" => ActionStatus.Errored,
            // A word that is new: whatever it means, the floating IP itself is asked.
            _ => ActionStatus.Unknown,
        };
        if (status == ActionStatus.Errored && action?.Error is { } error)
            why = $" {PlainText.Of(error.Code ?? "", 40)}: {PlainText.Of(error.Message ?? "", 160)}";
        return id > 0 && action?.Status is not null;
    }
}
