using System.Text;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>
/// The cluster's key: made on one node, taken over on the others, and put in place so that root and the agent can read it and nobody else, at no moment. It comes by the terminal, which
/// does not show it, or by a pipe; never by the command line, which every user of a machine can read.
/// </summary>
internal sealed class KeyVerbs(Terminal terminal)
{
    public const string DefaultFile = "/etc/flipagent/cluster.key";

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>The configuration that says where the agent looks for the key.</summary>
    internal string Config { get; init; } = CtlProgram.DefaultConfig;

    /// <summary>The file where no configuration names one.</summary>
    internal string File { get; init; } = DefaultFile;

    /// <summary>Whose the file becomes; null: root's and the agent's group's.</summary>
    internal FileRights? Rights { get; init; }

    /// <summary>A new key on the standard output.</summary>
    public int Print(int id)
    {
        terminal.Out.WriteLine(KeyGen.Line(id));
        // On the screen is the wrong place for a key, and who sees this learns the right one.
        if (terminal.Live)
            terminal.Error.WriteLine("To keep it off the screen: flipagentctl keygen --install");
        return ExitCode.Done;
    }

    /// <summary>A new key in its place; one that is there stays, unless it is forced: the other nodes have it.</summary>
    /// <param name="file">null: the file that the configuration names.</param>
    public int Install(int id, string? file, bool force)
    {
        if (Place(file, "keygen --install", out var code) is not { } place)
            return code;
        var line = KeyGen.Line(id);
        var there = Path.Exists(place.File);
        if (Write(place, line, replace: force) is { } failed)
            return failed;
        terminal.Out.WriteLine($"{place.File}: a new key, {place.Shown}");
        if (there)
            terminal.Out.WriteLine("The nodes do not hear each other until all have the same key and are reloaded.");
        terminal.Out.WriteLine($"Next, for each other node: ssh {Environment.MachineName} sudo cat {place.File} | ssh NODE sudo flipagentctl join");
        Remark(place.File);
        return ExitCode.Done;
    }

    /// <summary>The key of the other nodes, from the terminal or the standard input, in its place.</summary>
    /// <param name="file">null: the file that the configuration names.</param>
    public int Join(string? file, bool force)
    {
        // Before anybody is asked for a secret.
        if (Place(file, "join", out var code) is not { } place)
            return code;
        var text = StandardInput.Try(() => Ask(place.File), out var unread)?.TrimStart('\uFEFF') ?? "";
        if ((unread is null ? Problem(text) : $"the standard input {unread}") is { } problem)
            return terminal.Fail(ExitCode.Failed, $"{problem}; expected what stands in {place.File} of another node. Nothing was changed.");
        var result = KeyRing.Parse(text);
        if (result.Keys is not { } keys)
            return terminal.Fail(ExitCode.Failed, $"that is no key: {string.Join("; ", result.Errors)}. Expected what stands in {place.File} of another node. Nothing was changed.");

        var same = KeysOf(place.File) is { } known && known.IsSameAs(keys);
        if (same && IsAsItShould(place))
            terminal.Out.WriteLine($"{place.File} has this key already; {keys}");
        else if (Write(place, Tidy(text), replace: force || same) is { } failed)
            return failed;
        else
            terminal.Out.WriteLine($"{place.File}: {keys}, {place.Shown}");
        terminal.Out.WriteLine(Next());
        Remark(place.File);
        return ExitCode.Done;
    }

    private string Ask(string file)
    {
        if (terminal.ReadHidden is not { } hidden)
            return terminal.ReadSome(SecretFile.MaxBytes);
        var text = hidden(SecretFile.MaxBytes, () =>
        {
            terminal.Error.Write($"The cluster's key, as it stands in {file} of another node (it is not shown): ");
            terminal.Error.Flush();
        });
        terminal.Error.WriteLine();
        return text;
    }

    private readonly record struct Spot(string File, FileRights Rights, string Shown);

    /// <summary>Where the key goes and whose it will be, when this user may put it there and nobody else can put another one there.</summary>
    private Spot? Place(string? file, string verb, out int code)
    {
        code = ExitCode.Failed;
        if (Rights is null && UserDatabase.OwnUid() != 0)
        {
            code = terminal.Fail(ExitCode.Permission, $"{verb} takes root, for the file is to be root's: sudo flipagentctl {verb}");
            return null;
        }
        if ((Rights ?? OfTheAgent()) is not { } rights)
        {
            terminal.Fail(code, $"there is no group {AgentUser.Name} on this machine, which is to read the key; the package makes it, so install that first");
            return null;
        }
        var path = Path.GetFullPath(file ?? Named() ?? File);
        var (folder, problem) = SafeFolder.Of(Path.GetDirectoryName(path) ?? "/", rights.Owner);
        if (folder is null)
        {
            terminal.Fail(code, $"{path} is not written: {problem}");
            return null;
        }
        path = Path.Combine(folder, Path.GetFileName(path));
        if (Libc.Stat(Libc.AtCurrentDirectory, path, Libc.AtSymlinkNoFollow, Libc.StatxBasic, out var stat) == 0
            && (stat.Mode & Libc.ModeTypeMask) is not (Libc.ModeRegular or Libc.ModeLink))
        {
            terminal.Fail(code, $"{path} is not a file; expected the name of one");
            return null;
        }
        return new Spot(path, rights, $"{(Rights is null ? $"root:{AgentUser.Name}" : $"{rights.Owner}:{rights.Group}")} {RegularFile.Octal(rights.Mode)}");
    }

    private static FileRights? OfTheAgent() => UserDatabase.GroupId(AgentUser.Name) is { } group ? new FileRights(0, group, Mode) : null;

    private int? Write(Spot place, string text, bool replace) =>
        PlacedFile.Write(place.File, Encoding.UTF8.GetBytes(text + "\n"), place.Rights, replace, out var problem) switch
        {
            Placing.Done => null,
            Placing.Exists => terminal.Fail(ExitCode.Failed, $"{place.File} exists already and is left as it is: with another key this node would not hear the others. "
                + "--force puts the new one in its place; to change the key of a cluster that runs see docs/security.md"),
            _ => terminal.Fail(ExitCode.Failed, $"{place.File} cannot be written: {problem}; what was there is there still"),
        };

    /// <summary>What is wrong with a text that is not even a key file; no part of it is ever in the answer.</summary>
    private static string? Problem(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > SecretFile.MaxBytes)
            return $"that is longer than {SecretFile.MaxBytes} bytes, and no key file";
        if (string.IsNullOrWhiteSpace(text))
            return "no key has come, the input is empty";
        if (text.Any(c => c == '\uFFFD' || (char.IsControl(c) && c is not ('\n' or '\r' or '\t'))))
            return "that is not text";
        if (text.Contains("://", StringComparison.Ordinal))
            return "that is a URL and not the key";
        if (text.TrimStart().StartsWith("do", StringComparison.Ordinal) && text.Contains("_v1_", StringComparison.Ordinal))
            return "that is a token of the cloud's API and not the key";
        return text.Contains("-----BEGIN", StringComparison.Ordinal) ? "that is a certificate or a key of another kind" : null;
    }

    /// <summary>Lines as Unix ends them, without what stands at their ends; comments stay.</summary>
    private static string Tidy(string text) =>
        string.Join('\n', text.Split(['\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static KeyRing? KeysOf(string file) =>
        RegularFile.Read(file, SecretFile.MaxBytes).Content is { } content ? KeyRing.Parse(Encoding.UTF8.GetString(content)).Keys : null;

    private static bool IsAsItShould(Spot place) =>
        RegularFile.Read(place.File, cap: 0, _ => false) is var found && new FileRights(found.Owner, found.Group, found.Mode) == place.Rights;

    private string Next()
    {
        if (!Path.Exists(Config))
            return $"Next: the same {Config} as on the other nodes, then flipagentctl config check and systemctl enable --now flipagent";
        return Path.Exists(CtlProgram.DefaultSocket) ? "Next: flipagentctl reload" : "Next: flipagentctl config check, then systemctl enable --now flipagent";
    }

    /// <summary>A key that lies where the agent does not look for it is no use.</summary>
    private void Remark(string file)
    {
        if (Named() is { } named && Path.GetFullPath(named) != file && Resolved(named) != file)
            terminal.Error.WriteLine($"{CtlProgram.Name}: warning: {Config} names {named} (election.key_file): the agent does not look into {file}");
    }

    private static string Resolved(string file) =>
        SafeFolder.Of(Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/", 0).Path is { } folder ? Path.Combine(folder, Path.GetFileName(file)) : file;

    /// <summary>The key file that the configuration names; null where there is none that is valid yet.</summary>
    private string? Named() => Path.Exists(Config) && ConfigReader.Read(Config, null) is ConfigResult.Valid { Config: var config }
        ? SecretFile.PathOf(config.Election.KeyFile, config.Directory)
        : null;
}
