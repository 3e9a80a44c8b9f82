using System.Diagnostics;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>
/// <c>doctor --prove-write</c>: has the agent ask the cloud to assign the address to its present holder, and reads the refusal. Only the agent can do that without
/// getting in the way of its own claim.
/// </summary>
internal static class WriteProof
{
    public const string Subject = "write access";

    /// <summary>The agent waits 10 s for a lookup, the request takes 5 s.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    public static async Task<Finding> Ask(AgentClient agent, CancellationToken stop)
    {
        var before = await Events(agent, "v1/events?n=1", stop);
        var asked = await agent.Post(ChangeRequest.ProveWrite, AgentClient.Usual, stop);
        if (asked.Failure is { } failure)
            return Finding.Fail(Subject, $"not proven now: {failure.Text}", "a drill proves it too");
        var last = before.Count > 0 ? before[^1].Id : 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < s_limit;)
        {
            if ((await Events(agent, $"v1/events?after={last}", stop)).FirstOrDefault(e => e.Event.StartsWith("write-", StringComparison.Ordinal)) is { } e)
                return Of(e);
            await Task.Delay(s_pause, stop);
        }
        return Finding.Fail(Subject, $"no answer within {s_limit.TotalSeconds:0} s", $"{CtlProgram.Name} events shows what came of it");
    }

    private static Finding Of(EventReport e) => e.Event switch
    {
        "write-proven" => Finding.Ok(Subject, e.Text),
        "write-unproven" => Finding.Warn(Subject, e.Text, e.Next ?? "ask again"),
        _ => Finding.Fail(Subject, e.Text, e.Next ?? $"{CtlProgram.Name} events"),
    };

    private static async Task<IReadOnlyList<EventReport>> Events(AgentClient agent, string path, CancellationToken stop) =>
        (await agent.Get(path, ReportJson.Default.IReadOnlyListEventReport, AgentClient.Usual, stop)).Value ?? [];
}
