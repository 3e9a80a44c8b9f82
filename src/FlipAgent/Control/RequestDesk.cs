using System.Collections.Frozen;
using FlipAgent.Redaction;
using FlipAgent.Supervision;
using Microsoft.AspNetCore.Http.Features;

namespace FlipAgent.Control;

/// <summary>
/// Takes each request to the one who answers it, after two questions: may this caller do that, and is there such a thing. <see cref="Routes"/> is the
/// whole list of addresses.
/// </summary>
internal sealed class RequestDesk
{
    private readonly TimeSpan _answerTimeout;
    private readonly string _readGroup;
    private readonly string _changeGroup;
    private readonly HostNames _hosts;
    private readonly CancellationToken _stopping;
    private readonly FrozenDictionary<string, Route> _routes;
    private readonly DenialLog _denials;
    private readonly SupervisedPart _part;

    public RequestDesk(ControlOptions options, ControlHandlers handlers, ILogger log, Supervisor supervisor, CancellationToken stopping)
    {
        _part = supervisor.Part("control server");
        _answerTimeout = options.AnswerTimeout;
        (_readGroup, _changeGroup) = (options.ReadGroup, options.ChangeGroup);
        _hosts = new HostNames(options.HttpHosts);
        _stopping = stopping;
        _denials = new DenialLog(log);
        _routes = Routes(new ControlReads(handlers, options), new ControlChanges(handlers, options, log)).ToFrozenDictionary();
    }

    private delegate Task Answering(HttpContext context, CancellationToken cancel);

    /// <param name="Timeouts">In answer time-outs; 0: for as long as the caller likes.</param>
    private readonly record struct Route(string Method, Answering Answer, int Timeouts = 1);

    /// <summary>Answers one request; never throws for anything that a caller can cause.</summary>
    public async Task Answer(HttpContext context)
    {
        try
        {
            await Admit(context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await Answers.Fail(context, ExitCode.Usage, e.Message, e.StatusCode);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
        {
        }
        catch (OperationCanceledException)
        {
            var why = _stopping.IsCancellationRequested ? "the agent is stopping" : "the agent did not answer in time";
            await Answers.Fail(context, ExitCode.Unknown, why + (IsRead(context) ? "" : ": whether it was done is not known"));
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            _part.Failed(e);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await Answers.Fail(context, ExitCode.Unknown, $"the agent failed to answer this: {SupervisedPart.Describe(e)}", StatusCodes.Status500InternalServerError);
        }
    }

    private static Dictionary<string, Route> Routes(ControlReads reads, ControlChanges changes) => new()
    {
        ["/"] = new("GET", reads.Page),
        ["/live"] = new("GET", reads.Live, Timeouts: 0),
        ["/healthz"] = new("GET", reads.Healthz),
        ["/metrics"] = new("GET", reads.Metrics),
        ["/v1/status"] = new("GET", reads.Status),
        ["/v1/events"] = new("GET", reads.Events, Timeouts: 0),
        [ControlReads.ExplainPrefix] = new("GET", reads.Explain),
        ["/v1/check"] = new("GET", reads.CheckNow, Timeouts: 6),
        ["/v1/config"] = new("GET", reads.Config),
        ["/v1/promote"] = new("POST", changes.Promote),
        ["/v1/release"] = new("POST", changes.Release),
        ["/v1/maintenance"] = new("POST", changes.Maintenance),
        ["/v1/reload"] = new("POST", changes.Reload, Timeouts: 6),
        ["/v1/prove-write"] = new("POST", changes.ProveWrite),
        ["/v1/prepare-restart"] = new("POST", changes.PrepareRestart),
        ["/v1/test-alert"] = new("POST", changes.TestAlert, Timeouts: 6),
    };

    private Task Admit(HttpContext context)
    {
        var caller = context.Features.GetRequiredFeature<Caller>();
        if (caller.IsTcp && !_hosts.Accepts(context.Request.Host))
            return Answers.Fail(context, ExitCode.Permission,
                $"\"{Printable.Of(context.Request.Host.Host, 80)}\" is no name of this listener: ask by address, or add the name to control.http_hosts", StatusCodes.Status421MisdirectedRequest);
        if (caller.IsTcp && !IsRead(context))
            return NotAllowed(context, "this listener is read-only: GET is all that it takes; use the control socket to change things");
        if (caller.IsTcp && context.Request.Path == "/v1/check")
            return Answers.Fail(context, ExitCode.Permission, "this listener only shows what is known: it runs no checks; use the control socket");
        var needed = IsRead(context) ? Rights.Read : Rights.Change;
        return caller.Rights < needed ? Deny(context, caller, needed) : Dispatch(context);
    }

    private async Task Dispatch(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (!_routes.TryGetValue(ControlReads.IsExplain(path) ? ControlReads.ExplainPrefix : path, out var route))
        {
            var error = $"there is no {Printable.Of(path, 80)} here; docs/cli.md lists what there is";
            await Answers.Fail(context, ExitCode.Usage, error, StatusCodes.Status404NotFound);
        }
        else if (route.Method != context.Request.Method)
            await NotAllowed(context, $"{Printable.Of(path, 80)} takes {route.Method} only", route.Method);
        else
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping);
            if (route.Timeouts > 0)
                limit.CancelAfter(route.Timeouts * _answerTimeout);
            await route.Answer(context, limit.Token);
        }
    }

    private Task Deny(HttpContext context, Caller caller, Rights needed)
    {
        var (right, group) = needed == Rights.Change ? ("change things", _changeGroup) : ("read", $"{_readGroup} or {_changeGroup}");
        _denials.Write($"{context.Request.Method} {Printable.Of(context.Request.Path.Value ?? "", 80)}", caller, group);
        return Answers.Fail(context, ExitCode.Permission,
            $"uid {caller.Uid} may not {right} here: that takes root or the group {group} (a new member must log in again first)");
    }

    private static Task NotAllowed(HttpContext context, string error, string allowed = "GET")
    {
        context.Response.Headers.Allow = allowed;
        return Answers.Fail(context, ExitCode.Usage, error, StatusCodes.Status405MethodNotAllowed);
    }

    private static bool IsRead(HttpContext context) => HttpMethods.IsGet(context.Request.Method);
}
