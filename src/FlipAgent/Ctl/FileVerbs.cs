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
            return ConfigCheck(ConfigReader.ReadText(StandardInput.Read(terminal), "(standard input)", node), "(standard input)");
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
        if (IdentityExam.Look(config) is { Health: Health.Fail } identity)
            terminal.Error.WriteLine($"{file}: warning: {identity.Subject}: {identity.Text} ({identity.ToDo})");
        foreach (var warning in ProgramFiles.Warnings(config))
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

    /// <summary>What the metadata service tells of this machine; null: nothing.</summary>
    internal Func<Cloud.OwnMachine?> Machine { get; init; } = Cloud.OwnMachine.Ask;

    /// <summary>Writes the commented example, with what this machine knows of itself filled in; an existing file is never touched.</summary>
    /// <param name="file">A path; - is the standard output.</param>
    /// <param name="lease">With the section for a lease in etcd.</param>
    public int Init(string file, bool lease = false)
    {
        var machine = Machine();
        var text = machine is null ? ConfigTemplate.Text(lease: lease) : FirstFile.Of(machine, lease);
        if (file == StandardInput.Name)
        {
            terminal.Out.Write(text);
            return ExitCode.Done;
        }
        try
        {
            using (var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write))
            using (var writer = new StreamWriter(stream))
                writer.Write(text);
            terminal.Out.WriteLine($"wrote {file}");
            if (machine is not null)
                terminal.Out.WriteLine($"This machine is {machine.Vendor.Server} {machine.Id} of {machine.Vendor.Title}; what its metadata service tells is in the file. The rest says FILL IN.");
            terminal.Out.WriteLine($"Now set {(machine is null ? "nodes, address and droplet ids" : "what says FILL IN")} in it, put the key in its place (flipagentctl keygen --install; join on the other nodes){(lease ? ", the password of etcd" : "")} and the token, then: flipagentctl config check {file}");
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return terminal.Fail(ExitCode.Failed, NotWritten(file, e));
        }
    }

    private static string NotWritten(string file, Exception e)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        if (Directory.Exists(file))
            return $"{file} is a directory; expected the name of a new file, such as {Path.Combine(file, "flipagent.yaml")}";
        if (Path.Exists(file))
            return $"{file} exists already and is left as it is";
        if (e is UnauthorizedAccessException)
            return $"{file} cannot be written: user {Environment.UserName} may not write into {folder} (as root it works)";
        return Directory.Exists(folder) ? $"{file} cannot be written: {e.Message}" : $"{file} cannot be written: there is no directory {folder}";
    }
}
