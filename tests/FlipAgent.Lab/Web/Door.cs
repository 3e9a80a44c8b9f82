using FlipAgent.Harness;

namespace FlipAgent.Lab.Web;

/// <summary>
/// The way through which every answer leaves: looks for a fault, lets the work be done or not, writes it down, and sends what is left of the answer. The
/// same for the API, the metadata service and Slack.
/// </summary>
internal sealed class Door(LabFaults faults, LabKnobs knobs, LabHistory history, CancellationToken stopping)
{
    /// <param name="token">Name of the caller's token, for faults that hit only one.</param>
    /// <param name="work">Does what was asked for and says the answer; gets the fault, since some become part of the work.</param>
    /// <param name="note">What to write down; status and fault are filled in here, the time is the request's arrival.</param>
    /// <param name="dress">Gives errors the form of the cloud that is played; null: they have it.</param>
    public async Task Pass(
        HttpContext context, FaultPoint point, string? token, string? droplet, Func<Fault?, Task<Answer>> work, HistoryEntry note, Func<Answer, Answer>? dress = null)
    {
        dress ??= answer => answer;
        var source = context.Connection.RemoteIpAddress?.MapToIPv4().ToString();
        var fault = faults.Take(point, token, source, droplet);
        note = note with { Source = source, Token = token, Fault = fault is null ? null : LabFaults.Word(fault.Kind) };
        var delay = point is FaultPoint.Metadata or FaultPoint.Slack ? TimeSpan.Zero : knobs.AnswerDelay;
        if (fault?.Kind == FaultKind.Delay)
        {
            delay += fault.Delay;
        }

        try
        {
            if (fault is not null && FaultAnswers.BeforeAcceptance(fault.Kind))
            {
                var instead = FaultAnswers.Instead(fault, null);
                history.Add(note with { Status = instead?.Status });
                await Task.Delay(delay, context.RequestAborted);
                await Misbehave(context, fault, instead is null ? null : dress(instead));
                return;
            }

            var truth = await work(fault);
            history.Add(note with { Status = truth.Status });
            await Task.Delay(delay, context.RequestAborted);
            await Misbehave(context, fault, dress(fault is null ? truth : FaultAnswers.Instead(fault, truth) ?? truth));
        }
        catch (OperationCanceledException)
        {
            // The caller gave up. That is its right, and often the point of the test.
        }
    }

    private Task Misbehave(HttpContext context, Fault? fault, Answer? answer)
    {
        switch (fault?.Kind)
        {
            case FaultKind.Reset or FaultKind.AcceptThenReset:
                Answer.Reset(context);
                return Task.CompletedTask;
            case FaultKind.AcceptThenDrop:
                Answer.Drop(context);
                return Task.CompletedTask;
            case FaultKind.Hang or FaultKind.AcceptThenHang:
                return Answer.Hang(context, stopping);
            case FaultKind.Drip:
                return answer!.Drip(context, knobs.DripInterval);
            default:
                return answer!.Send(context);
        }
    }
}
