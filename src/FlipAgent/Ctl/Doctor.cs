using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>
/// <c>flipagentctl doctor</c>: goes through everything that is known to go wrong, from the file to the cloud, and names the cause and what to do.
/// A check-up: it measures and advises, it never operates.
/// </summary>
internal sealed class Doctor(AgentClient agent, Terminal terminal)
{
    /// <summary>Ends with 1 when something fails; warnings alone are fine.</summary>
    /// <param name="node">Which node this is; null: the running agent says it, or the file and the machine do.</param>
    /// <param name="proveWrite">Have the agent find out whether its token may move the address.</param>
    public async Task<int> Run(string file, string? node, bool proveWrite, CancellationToken stop)
    {
        var findings = new List<Finding>();
        if (proveWrite)
            findings.Add(await WriteProof.Ask(agent, stop));
        var answer = await agent.Status(stop);
        // Who may not ask the agent cannot know either whether it runs.
        var isStranger = answer.Failure is { Code: ExitCode.Permission };
        var config = LookAtFile(file, node ?? answer.Value?.Node, findings);
        var lease = config is null ? [] : await LeaseExam.Look(config);
        findings.AddRange(answer.Failure is { } failure ? [NoAnswer(failure)] : AgentExam.Look(answer.Value!, config?.FloatingIp.ApiUrl.IdnHost)
            .Where(finding => !(config?.WrongNode is not null && finding.Subject == config.FloatingIp.Vendor.IdKey) && (!proveWrite || finding.Subject != WriteProof.Subject) && !LeaseExam.Says(lease, finding.Text)));
        if (config is not null)
        {
            findings.AddRange(await CloudExam.Look(config));
            findings.AddRange(lease);
            // What the agent has proven was said already.
            if (config.WrongNode is null && answer.Value?.Identity is not { State: "swapped" or "unknown" or "shared" } && IdentityExam.Look(config) is { } identity)
                findings.Add(identity);
        }
        findings.AddRange(MachineExam.Look(config, isStranger ? null : answer.Value is not null, answer.Value?.Checks.FirstOrDefault(check => check is { Kind: "network", Up: false })));
        if (RealTimeExam.Look(agent.Process) is { } realTime)
            findings.Add(realTime);
        foreach (var finding in findings)
            finding.Write(terminal);
        return findings.Exists(finding => finding.Health == Health.Fail) ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>What this user may not read says nothing of what the agent's user may.</summary>
    private static bool SeesAsTheAgent => Environment.IsPrivilegedProcess || Environment.UserName == AgentUser.Name;

    private static bool IsWord(string file) => !file.Contains('/') && !File.Exists(file);

    private static AgentConfig? LookAtFile(string file, string? node, List<Finding> findings)
    {
        if (!SeesAsTheAgent && RegularFile.Read(file, cap: 0, _ => false).Problem is { Kind: FileProblemKind.Unreadable })
        {
            findings.Add(Finding.Warn("configuration", $"user {Environment.UserName} may not read {file}: whether it is right is not known", "run this as root"));
            return null;
        }
        var result = ConfigReader.Read(file, node);
        if (result is not ConfigResult.Valid { Config: var config })
        {
            var errors = ((ConfigResult.Invalid)result).Errors;
            findings.Add(Finding.Fail("configuration", errors[0] + (errors.Length > 1 ? $" (and {errors.Length - 1} more)" : ""),
                IsWord(file) ? $"the word is taken for the file of the configuration: --node {file} looks as that node, --cluster at all nodes" : $"{CtlProgram.Name} config check {file} shows every error"));
            return null;
        }
        findings.Add(Finding.Ok("configuration", $"{file} is valid"));
        if (config.WrongNode is { } wrong)
            findings.Add(Finding.Fail("node", wrong, $"take node: out of {file}, or name this machine there; then systemctl restart flipagent"));
        foreach (var warning in config.Warnings.Where(warning => warning != config.WrongNode).Concat(Cloud.GuardTarget.Warning(config) is { } blind ? [blind] : []))
            findings.Add(Finding.Warn("configuration", warning, $"change it in {file} when it is not meant so"));
        foreach (var warning in SecretFiles.Warnings(config))
            findings.Add(Finding.Warn("secrets", warning, "use https:// where the other side can"));
        LookAtSecrets(config, findings);
        findings.AddRange(ProgramFiles.Warnings(config).Select(warning => Finding.Warn("programs", warning, "install it, or put the path right")));
        findings.AddRange(ProgramFiles.Changeable(config).Select(warning => Finding.Warn("programs", warning, "do that: nobody but root should decide what the agent runs")));
        foreach (var problem in AgentFiles.Problems(file))
            findings.Add(Finding.Fail("configuration", problem, $"then {CtlProgram.Name} reload"));
        if (StandbyRight.Look(config) is { } right)
            findings.Add(right);
        return config;
    }

    private static void LookAtSecrets(AgentConfig config, List<Finding> findings)
    {
        var problems = SecretFiles.Problems(config).ToList();
        foreach (var problem in problems)
            findings.Add(SeesAsTheAgent
                ? Finding.Fail("secrets", problem, $"mend the file, then {CtlProgram.Name} reload")
                : Finding.Warn("secrets", $"as user {Environment.UserName} sees it, who is neither root nor the agent's: {problem}", "run this as root, which tells whether the agent can use it"));
        if (problems.Count == 0)
            findings.Add(Finding.Ok("secrets", "every secret file can be read and is closed to others"));
    }

    private static Finding NoAnswer(Failure failure) => Finding.Fail("agent", failure.Text, failure.Code switch
    {
        ExitCode.NotRunning => "systemctl enable --now flipagent; journalctl -u flipagent -n 50 shows why it ended",
        ExitCode.Permission => "run this as root, or join the group flipagent and log in again",
        _ => "journalctl -u flipagent -n 50 shows what it is busy with",
    });
}
