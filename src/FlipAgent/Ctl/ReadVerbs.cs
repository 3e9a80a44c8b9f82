using System.Globalization;
using System.Text.Json;
using FlipAgent.Control;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>The verbs that only look: each asks the agent one question and prints the answer.</summary>
internal sealed class ReadVerbs(AgentClient agent, Terminal terminal)
{
    /// <summary>Prints the status, and ends with 7 when the verdict is anything but ok.</summary>
    public async Task<int> Status(bool json, bool watch, CancellationToken stop)
    {
        if (watch)
            return await Watch(stop);
        var answer = await agent.GetText("v1/status", AgentClient.Usual, stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        var (read, unreadable) = AgentClient.Parse(answer.Value!, ReportJson.Default.StatusReport);
        if (read is not { } status)
            return terminal.Fail(unreadable!);
        // The agent's own words, so that fields of a newer agent are not lost.
        if (json)
            terminal.Out.Write(AgentClient.Shown(answer.Value!));
        else
            StatusView.Write(status, terminal, DateTimeOffset.UtcNow);
        return status.Verdict == "ok" ? ExitCode.Done : ExitCode.Degraded;
    }

    /// <summary>Prints events, the oldest first.</summary>
    /// <param name="number">How many of the kept ones; 0: all.</param>
    public async Task<int> Events(bool follow, bool json, int number, CancellationToken stop)
    {
        var query = number > 0 ? string.Create(CultureInfo.InvariantCulture, $"?n={number}") : "?";
        if (follow)
            return terminal.Fail(await agent.Lines($"v1/events{query}&follow=1", line => Print(line, json), stop));
        var answer = await agent.GetText($"v1/events{query}", AgentClient.Usual, stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        try
        {
            using var events = JsonDocument.Parse(answer.Value!);
            foreach (var one in events.RootElement.EnumerateArray())
                Print(one.GetRawText(), json);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return terminal.Fail(AgentClient.Unreadable());
        }
    }

    /// <summary>Tells the story of a term: as the agent remembers it, otherwise as the journal has it.</summary>
    /// <param name="term">Null: that of the last move.</param>
    /// <param name="past">The journal; where it is one of another place, the agent is not asked.</param>
    public async Task<int> Explain(uint? term, HistoryVerbs past, bool elsewhere, CancellationToken stop)
    {
        if (term is null && elsewhere)
            return terminal.Fail(ExitCode.Usage, "expected the number of a term with --directory: flipagentctl history shows when the address moved");
        if (term is null)
        {
            var status = await agent.Status(stop);
            if (status.Failure is { } unknown)
                return terminal.Fail(unknown);
            term = status.Value!.LastMove?.Term ?? status.Value.Term;
        }
        var path = string.Create(CultureInfo.InvariantCulture, $"v1/explain/{term}");
        var answer = elsewhere ? default : await agent.Get(path, ReportJson.Default.ExplainReport, AgentClient.Usual, stop);
        var story = answer.Value;
        if (story is null)
        {
            (story, var problem) = await past.Explain(term.Value, stop);
            if (story is null)
                return terminal.Fail(answer.Failure?.Code ?? ExitCode.Failed, answer.Failure is { } failure ? $"{failure.Text}; {problem}" : problem);
        }
        foreach (var line in story.Text.TrimEnd('\n').Split('\n'))
            terminal.Out.WriteLine(Printable.Of(line));
        return ExitCode.Done;
    }

    /// <summary>Runs the checks and ends with 7 when one is not up.</summary>
    public async Task<int> Check(CancellationToken stop)
    {
        var answer = await agent.Get("v1/check", ReportJson.Default.IReadOnlyListCheckReport, AgentClient.Long, stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        StatusView.WriteChecks(answer.Value!, terminal, DateTimeOffset.UtcNow);
        return answer.Value!.All(check => check.Up == true) ? ExitCode.Done : ExitCode.Degraded;
    }

    public Task<int> ConfigShow(CancellationToken stop) => PrintText("v1/config", stop);

    public Task<int> Metrics(CancellationToken stop) => PrintText("metrics", stop);

    public async Task<int> Version(CancellationToken stop)
    {
        terminal.Out.WriteLine($"{CtlProgram.Name} {typeof(CtlProgram).Assembly.GetName().Version?.ToString(3)}");
        var status = await agent.Status(stop);
        // A version question never fails: half an answer is better than none.
        terminal.Out.WriteLine(status.Value is { } running
            ? $"flipagent {Printable.Of(running.Version)}, running as {Printable.Of(running.Node)}"
            : $"flipagent: {status.Failure!.Text}");
        return ExitCode.Done;
    }

    private async Task<int> Watch(CancellationToken stop)
    {
        using var screen = terminal.Live ? new Screen(terminal) : null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, screen?.Left ?? CancellationToken.None);
        try
        {
            while (true)
            {
                var answer = await agent.Status(either.Token);
                using var frame = new StringWriter();
                if (answer.Value is { } status)
                    StatusView.Write(status, terminal with { Out = frame }, DateTimeOffset.UtcNow);
                else
                    frame.WriteLine($"{CtlProgram.Name}: {answer.Failure!.Text}");
                if (screen is null)
                    terminal.Out.WriteLine(frame.ToString());
                else
                    screen.Draw(frame.ToString());
                terminal.Out.Flush();
                await Task.Delay(TimeSpan.FromSeconds(1), either.Token);
            }
        }
        catch (OperationCanceledException) when (screen is { Left.IsCancellationRequested: true })
        {
            return Screen.Interrupted;
        }
    }

    /// <summary>Prints an event that is given as JSON.</summary>
    public void Print(string line, bool json)
    {
        if (json)
            terminal.Out.WriteLine(AgentClient.Shown(line));
        else if (JsonSerializer.Deserialize(line, ReportJson.Default.EventReport) is { } one)
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{one.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z  {one.Severity,-8}  term {one.Term,-4}  {one.Event,-20}  {Printable.Of(one.Text)}"));
        terminal.Out.Flush();
    }

    private async Task<int> PrintText(string path, CancellationToken stop)
    {
        var answer = await agent.GetText(path, AgentClient.Usual, stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure);
        terminal.Out.Write(AgentClient.Shown(answer.Value!));
        return ExitCode.Done;
    }
}
