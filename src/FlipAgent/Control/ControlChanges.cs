using FlipAgent.Core;
using FlipAgent.Logging;
using FlipAgent.Redaction;
using FlipAgent.Reporting;
using Microsoft.AspNetCore.Http.Features;

namespace FlipAgent.Control;

/// <summary>The requests that change something. Each is logged with who asked and what came of it.</summary>
internal sealed class ControlChanges(ControlHandlers handlers, ControlOptions options, ILogger log)
{
    public async Task Promote(HttpContext context, CancellationToken cancel)
    {
        var body = await Body(context, "yes");
        var yes = body.Bool("yes") ?? false;
        await Change(context, body, yes ? "promote --yes" : "promote", () => Run(new Command.Promote(yes), cancel));
    }

    public async Task Release(HttpContext context, CancellationToken cancel)
    {
        var body = await Body(context, "to");
        var to = body.Text("to");
        await Change(context, body, to is null ? "release" : $"release --to {to}", () => Run(new Command.ReleaseMaster(to), cancel));
    }

    public async Task Maintenance(HttpContext context, CancellationToken cancel)
    {
        var body = await Body(context, "on", "for_s", "reason");
        body.Require("on", "true or false");
        // It goes to the other nodes as it is, and adverts are not encrypted.
        var reason = body.Text("reason") is { } text ? Redactor.Redact(text) : null;
        var command = new Command.Maintenance(body.Bool("on") ?? false, body.Seconds("for_s"), reason) { By = context.Features.GetRequiredFeature<Caller>().Person() };
        var verb = "maintenance " + (command.On ? "on" : "off")
            + (command.For is { } time ? $" for {time.TotalSeconds:0.###} s" : "") + (reason is not null ? $" ({reason})" : "");
        await Change(context, body, verb, () => Run(command, cancel));
    }

    public async Task PrepareRestart(HttpContext context, CancellationToken cancel) =>
        await Change(context, await Body(context), "prepare-restart", () => Run(new Command.PrepareRestart(), cancel));

    public async Task ProveWrite(HttpContext context, CancellationToken cancel) =>
        await Change(context, await Body(context), "prove-write", () => Run(new Command.ProveWrite(), cancel));

    public async Task Reload(HttpContext context, CancellationToken cancel) =>
        await Change(context, await Body(context), "reload", async () =>
            await handlers.Reload(cancel).WaitAsync(cancel) is { } errors
                ? new CommandReport(false, ExitCode.ConfigInvalid, "", errors)
                : new CommandReport(true, ExitCode.Done, "configuration and secrets read again", null));

    public async Task TestAlert(HttpContext context, CancellationToken cancel) =>
        await Change(context, await Body(context), "test-alert", async () =>
            await handlers.TestAlert(cancel).WaitAsync(cancel) is { } failures
                ? new CommandReport(false, ExitCode.Failed, "", failures)
                : new CommandReport(true, ExitCode.Done, "every sink accepted the test alert", null));

    private Task<RequestBody> Body(HttpContext context, params string[] known) => RequestBody.Read(context.Request, options.IdleTimeout, known);

    private async Task<CommandReport> Run(Command command, CancellationToken cancel)
    {
        var result = await handlers.Run(command, cancel).WaitAsync(cancel);
        return new CommandReport(result.Refusal is null, result.Refusal is null ? ExitCode.Done : ExitCode.Refused, result.Text, result.Refusal);
    }

    private async Task Change(HttpContext context, RequestBody body, string verb, Func<Task<CommandReport>> run)
    {
        if (body.Error is { } wrong)
        {
            await Answers.Fail(context, ExitCode.Usage, wrong);
            return;
        }
        var caller = context.Features.GetRequiredFeature<Caller>();
        var outcome = "no answer in time";
        try
        {
            var report = await run();
            outcome = report.Ok ? "done" : "failed: " + Printable.Of(report.Error ?? "", 300);
            await Answers.Report(context, report);
        }
        finally
        {
            log.ControlChanged(Printable.Of(verb), caller.Uid ?? 0, caller.Pid ?? 0, caller.Comm(), outcome);
        }
    }
}
