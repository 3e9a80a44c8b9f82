using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Redaction;
using Spectre.Console;

namespace FlipAgent.Ctl;

/// <summary>
/// <c>flipagentctl doctor</c>: goes through everything that is known to go wrong, from the file to the cloud, and names the cause and what to do.
/// A check-up: it measures and advises, it never operates.
/// </summary>
internal sealed class Doctor(AgentClient agent, Terminal terminal)
{
    /// <summary>Ends with 1 when something fails; warnings alone are fine.</summary>
    /// <param name="node">Which node this is; null: the running agent says it, or the file and the machine do.</param>
    public async Task<int> Run(string file, string? node, CancellationToken stop)
    {
        var findings = new List<Finding>();
        var answer = await agent.Status(stop);
        var config = LookAtFile(file, node ?? answer.Value?.Node, findings);
        findings.AddRange(answer.Failure is { } failure ? [NoAnswer(failure)] : AgentExam.Look(answer.Value!));
        findings.AddRange(MachineExam.Look(config, agentRuns: answer.Value is not null));
        foreach (var finding in findings)
            Write(finding);
        return findings.Exists(finding => finding.Health == Health.Fail) ? ExitCode.Failed : ExitCode.Done;
    }

    private static AgentConfig? LookAtFile(string file, string? node, List<Finding> findings)
    {
        var result = ConfigReader.Read(file, node);
        if (result is not ConfigResult.Valid { Config: var config })
        {
            var errors = ((ConfigResult.Invalid)result).Errors;
            findings.Add(Finding.Fail("configuration", errors[0] + (errors.Length > 1 ? $" (and {errors.Length - 1} more)" : ""),
                $"{CtlProgram.Name} config check {file} shows every error"));
            return null;
        }
        findings.Add(Finding.Ok("configuration", $"{file} is valid"));
        foreach (var warning in config.Warnings.Concat(Cloud.GuardTarget.Warning(config) is { } blind ? [blind] : []))
            findings.Add(Finding.Warn("configuration", warning, $"change it in {file} when it is not meant so"));
        foreach (var warning in SecretFiles.Warnings(config))
            findings.Add(Finding.Warn("secrets", warning, "use https:// where the other side can"));
        var problems = SecretFiles.Problems(config).ToList();
        foreach (var problem in problems)
            findings.Add(Finding.Fail("secrets", problem, $"mend the file, then {CtlProgram.Name} reload"));
        if (problems.Count == 0)
            findings.Add(Finding.Ok("secrets", "every secret file can be read and is closed to others"));
        if (StandbyRight.Look(config) is { } right)
            findings.Add(right);
        return config;
    }

    private static Finding NoAnswer(Failure failure) => Finding.Fail("agent", failure.Text, failure.Code switch
    {
        ExitCode.NotRunning => "systemctl enable --now flipagent; journalctl -u flipagent -n 50 shows why it ended",
        ExitCode.Permission => "run this as root, or join the group flipagent and log in again",
        _ => "journalctl -u flipagent -n 50 shows what it is busy with",
    });

    private void Write(Finding finding)
    {
        var (word, colour) = finding.Health switch
        {
            Health.Ok => ("OK  ", Color.Green),
            Health.Warn => ("WARN", Color.Yellow),
            _ => ("FAIL", Color.Red),
        };
        terminal.Out.WriteLine($"{TextTable.Coloured(word, colour, terminal)}  {Printable.Of($"{finding.Subject}: {finding.Text}")}");
        if (finding.ToDo is { } toDo)
            terminal.Out.WriteLine($"      -> {Printable.Of(toDo)}");
    }
}
