using FlipAgent.Config;
using FlipAgent.Config.Sections;
using FlipAgent.Control;

namespace FlipAgent.Ctl;

/// <summary>The verbs that work on files and need no agent.</summary>
internal sealed class FileVerbs(Terminal terminal)
{
    /// <summary>Ends with 8 when the file or one of its secret files is not as it must be; warnings alone are fine.</summary>
    /// <param name="file">A path; - is the standard input.</param>
    public int ConfigCheck(string file, string? node)
    {
        if (file == StandardInput.Name)
        {
            const string name = "(standard input)";
            return StandardInput.Read(terminal, out var problem) is { } text
                ? ConfigCheck(ConfigReader.ReadText(text, name, node), name)
                : ConfigCheck(new ConfigResult.Invalid([new ConfigError(name, 0, 0, $"{problem}; expected the configuration")]), name);
        }
        return ConfigCheck(ConfigReader.Read(file, node), file);
    }

    private int ConfigCheck(ConfigResult result, string file)
    {
        if (result is not ConfigResult.Valid { Config: var config })
        {
            terminal.Error.WriteLine(result);
            return ExitCode.ConfigInvalid;
        }
        foreach (var warning in config.Warnings.Concat(SecretFiles.Warnings(config)).Concat(Cloud.GuardTarget.Warning(config) is { } blind ? [blind] : []))
            terminal.Error.WriteLine($"{file}: warning: {warning}");
        if (StandbyRight.Look(config) is { Health: not Health.Ok } right)
            terminal.Error.WriteLine($"{file}: warning: {right.Subject}: {right.Text} ({right.ToDo})");
        // On the machine of another node its droplet_id is that one's, and right.
        if (config.WrongNode is null && IdentityExam.Look(config) is { Health: Health.Fail } identity)
            terminal.Error.WriteLine($"{file}: warning: {identity.Subject}: {identity.Text} ({identity.ToDo})");
        foreach (var warning in ProgramFiles.Warnings(config).Concat(ProgramFiles.Changeable(config)))
            terminal.Error.WriteLine($"{file}: warning: {warning}");
        var problems = AgentFiles.Problems(file).Concat(SecretFiles.Problems(config)).ToList();
        foreach (var problem in problems)
            terminal.Error.WriteLine($"{file}: {problem}");
        if (problems.Count > 0)
            return ExitCode.ConfigInvalid;
        terminal.Out.WriteLine($"{file}: valid; cluster {config.Cluster}, {config.Nodes.Length} nodes, this is {config.Self.Name}");
        return ExitCode.Done;
    }

    public int ConfigSchema()
    {
        terminal.Out.Write(FlipAgent.Config.Sections.ConfigSchema.Text());
        return ExitCode.Done;
    }
}
