using System.Net;
using System.Text;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;
using FlipAgent.Kernel;

namespace FlipAgent.Config.Sections;

/// <summary>
/// Reads the configuration file (docs/configuration.md). Text goes in at one end; out comes either a complete configuration with every default filled
/// in, or the list of everything that is wrong. Nothing in between: no caller ever sees half a configuration. Secrets are not read here, only
/// the names of their files.
/// </summary>
public static class ConfigReader
{
    /// <summary>Reads a file. A file that cannot be read is an error like any other, with no line.</summary>
    /// <param name="path">Absolute, or relative to the working directory.</param>
    /// <param name="nodeName">The value of --node, or null.</param>
    public static ConfigResult Read(string path, string? nodeName) => Read(path, nodeName, Surroundings.OfThisMachine());

    /// <inheritdoc cref="Read(string, string?)"/>
    public static ConfigResult Read(string path, string? nodeName, Surroundings surroundings)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(surroundings);
        // Four bytes a character at most: what is longer than that is longer than the limit on characters too.
        var file = RegularFile.Read(path, 4 * YamlLoader.MaxLength + 4);
        if (file.Content is not { } bytes)
            return new ConfigResult.Invalid([new ConfigError(path, 0, 0, Unreadable(file.Problem!.Value))]);
        // Bytes that are not UTF-8 become U+FFFD, which the loader reports with its place.
        var text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
        var result = ReadText(text, path, nodeName, surroundings);
        if (result is not ConfigResult.Valid { Config: var config } || !file.IsWritableByOthers)
            return result;
        var warning = $"{path} can be changed by others than its owner (mode {RegularFile.Octal(file.Mode)}); they decide what is run";
        return new ConfigResult.Valid(config with { Warnings = config.Warnings.Add(warning) });
    }

    /// <summary>Reads text, for tests and for whatever has no file.</summary>
    /// <param name="file">The name that errors begin with; becomes <see cref="AgentConfig.Path"/>.</param>
    public static ConfigResult ReadText(string text, string file, string? nodeName = null, Surroundings? surroundings = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(file);
        var diagnostics = new DiagnosticBag(file, surroundings ?? Surroundings.OfThisMachine());
        return Read(text, nodeName, diagnostics);
    }

    /// <summary>Every key that there is, as <c>section.key</c>: what the reader asks for when it is given a file with one of everything.</summary>
    internal static IReadOnlyCollection<string> KnownKeys(string completeFile, Surroundings surroundings)
    {
        var diagnostics = new DiagnosticBag("", surroundings);
        Read(completeFile, null, diagnostics);
        return diagnostics.Asked;
    }

    private static ConfigResult Read(string text, string? nodeName, DiagnosticBag diagnostics)
    {
        AgentConfig? config = null;
        switch (YamlLoader.Load(text, diagnostics))
        {
            case YamlValue.Map map:
                config = Interpret(Section.Top(map, diagnostics), nodeName);
                break;
            case { } other:
                diagnostics.Error(other.At, $"the file is {other.Kind}; expected a mapping, that is lines such as cluster: web-lb");
                break;
        }

        return config is null || diagnostics.Any
            ? new ConfigResult.Invalid(diagnostics.Errors())
            : new ConfigResult.Valid(config with { Warnings = diagnostics.Warnings, Hash = ConfigHash.Of(config), WrongNode = WhoAmI.Wrong(config, diagnostics.Surroundings) });
    }

    private static AgentConfig Interpret(Section root, string? nodeName)
    {
        var cluster = root.Required<string>("cluster", "a name that all nodes share, such as web-lb", Scalars.Name, "");
        var nodes = NodesSection.Read(root, FloatingIpSection.VendorOf(root));
        var checks = ChecksSection.Read(root);
        var me = WhoAmI.Index(root, nodes, nodeName);
        var election = ElectionSection.Read(root, nodes);
        var floatingIp = FloatingIpSection.Read(root, nodes, checks, election.KeyFile);
        var alerts = AlertsSection.Read(root, out var heartbeat);
        var runtimeDir = root.Optional<string>("runtime_dir", Scalars.AbsolutePath, Directory(root, "RUNTIME_DIRECTORY", "/run/flipagent"));
        var stateDir = root.Optional<string>("state_dir", Scalars.AbsolutePath, Directory(root, "STATE_DIRECTORY", "/var/lib/flipagent"));
        var control = root.Child("control");
        var socket = control.Optional<string>("socket", Scalars.SocketPath, runtimeDir.TrimEnd('/') + "/control.sock");
        if (!control.Has("socket") && Scalars.SocketPath(socket, out _) is { } complaint)
            root.Error("runtime_dir", $"the control socket {Echo.Of(socket)} {complaint}");
        var http = control.Optional<IPEndPoint?>("http", EndPoint, null);
        var httpHosts = control.OneOrMore<string>("http_hosts", Scalars.HostName, "");
        control.Done();
        root.Done();
        var config = new AgentConfig
        {
            Path = root.Diagnostics.File,
            Cluster = cluster,
            Nodes = nodes,
            Me = me,
            Election = election,
            FloatingIp = floatingIp,
            Checks = checks,
            Alerts = alerts,
            Heartbeat = heartbeat,
            ControlSocket = socket,
            ControlHttp = http,
            ControlHttpHosts = httpHosts,
            RuntimeDir = runtimeDir,
            StateDir = stateDir,
        };
        // Who says --node may well ask about another machine than this one.
        if (!root.Diagnostics.Any && nodeName is null && WhoAmI.Wrong(config, root.Diagnostics.Surroundings) is { } wrong)
            root.Diagnostics.Warn(wrong);
        if (!root.Diagnostics.Any)
            ConfigWarnings.Look(config, root.Diagnostics);
        return config;
    }

    /// <summary>systemd names the directory that it made; with several, they are joined by colons (systemd.exec(5)).</summary>
    private static string Directory(Section root, string variable, string otherwise) =>
        root.Diagnostics.Surroundings.Variable(variable)?.Split(':')[0] is ['/', ..] made ? made : otherwise;

    private static string? EndPoint(string text, out IPEndPoint? value)
    {
        if (text == "off")
        {
            value = null;
            return null;
        }

        var complaint = Scalars.EndPoint(text, out var endPoint);
        value = endPoint;
        return complaint;
    }

    private static string Unreadable(FileProblem problem) => problem.Kind switch
    {
        FileProblemKind.Missing => "there is no such file; expected the configuration (flipagentctl init writes a first one)",
        FileProblemKind.TooLarge => $"the file is too large; expected at most {YamlLoader.MaxLength} characters",
        FileProblemKind.NotAFile => $"is not a file ({problem.Reason}); expected the configuration",
        _ => $"cannot be read ({problem.Reason}); expected a file that user {Environment.UserName} can read",
    };
}
