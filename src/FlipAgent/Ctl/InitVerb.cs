using FlipAgent.Cloud;
using FlipAgent.Cloud.Api;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Control;
using FlipAgent.Kernel;
using FlipAgent.Naming;

namespace FlipAgent.Ctl;

/// <summary>What was asked of <c>init</c>. Null everywhere: as usual.</summary>
/// <param name="File">A path; - is the standard output.</param>
/// <param name="Lease">With the section for a lease in etcd.</param>
internal sealed record InitOrder(string File, bool Lease = false)
{
    public string? TokenFile { get; init; }

    public string? Tag { get; init; }

    public CloudVendor? Vendor { get; init; }

    public Uri? Api { get; init; }

    public Uri? Metadata { get; init; }
}

/// <summary>
/// Writes the commented example, with what this machine knows of itself, what the account knows of its neighbours, and what a person at the terminal answers. An existing file is never touched, and
/// nothing is written before the last question is answered.
/// </summary>
internal sealed class InitVerb(Terminal terminal)
{
    /// <summary>The cloud of this machine; null: none that is known.</summary>
    internal Func<CloudVendor?> Here { get; init; } = () => OwnServer.Cloud;

    /// <summary>For each question to the API.</summary>
    internal TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);

    public async Task<int> Run(InitOrder order)
    {
        var toFile = order.File != StandardInput.Name;
        // Before anybody is asked anything.
        if (toFile && (Path.Exists(order.File) || !Directory.Exists(Folder(order.File))))
            return terminal.Fail(ExitCode.Failed, NotWritten(order.File, null));
        var given = new GivenCloud(order.TokenFile is { } named ? Path.GetFullPath(named) : null, order.Api, order.Metadata);
        var vendor = order.Vendor ?? (order.Metadata is null ? Here() : CloudVendor.DigitalOcean);
        var machine = vendor?.Metadata is { } usual ? OwnMachine.Ask(vendor, order.Metadata ?? usual) : null;
        if (machine is null)
        {
            if (vendor is not null && (order.Vendor ?? (object?)order.Metadata) is not null)
                Warn($"the metadata service ({order.Metadata ?? vendor.Metadata}) does not say which {vendor.Server} this machine is, so nothing of it is filled in");
            if (given.TokenFile is { } tokenFile)
                Token(tokenFile, SecretFile.Read(tokenFile));
            if (order.Tag is not null)
                Warn("--tag has no effect: the account is asked only for the neighbours of a machine that is known");
            return Write(order, given.Text(ConfigTemplate.Text(cloud: vendor, lease: order.Lease)), (vendor ?? CloudVendor.DigitalOcean).Server, null, null);
        }

        var file = FirstFile.Of(machine) with { Given = given };
        var found = await Look(order, machine).ConfigureAwait(false);
        foreach (var problem in found?.Problems ?? [])
            Warn(problem);
        file = found is null ? file : file.With(found);
        if (terminal.Person && file.IsOpen)
            file = new FirstQuestions(terminal, found).Ask(file);
        var written = Write(order, file.Text(order.Lease), machine.Vendor.Server, machine, file);
        if (written == ExitCode.Done && toFile && found is null && file.IsOpen && order.TokenFile is null)
            terminal.Out.WriteLine($"With the token of the API in {vendor!.UsualTokenFile} before, init finds the {vendor.Address} and the other {vendor.Server} as well.");
        return written;
    }

    /// <summary>What the account has around this machine; null: there is no token to ask with.</summary>
    private async Task<AccountView?> Look(InitOrder order, OwnMachine machine)
    {
        var path = Path.GetFullPath(order.TokenFile ?? machine.Vendor.UsualTokenFile);
        var read = SecretFile.Read(path);
        if ((order.TokenFile is null && read is SecretResult.Missing) || Token(path, read) is not { } token)
            return null;
        using var reader = CloudProviders.Account(machine.Vendor, order.Api ?? machine.Vendor.Api!, new ProviderGround(null, () => token, () => { }, () => Clocks.Monotonic) { Limit = Limit });
        return reader is null ? null : await AccountView.Of(reader, machine, order.Tag, $"the token in {path}").ConfigureAwait(false);
    }

    /// <summary>Null: there is none that could be used, which is said.</summary>
    private string? Token(string path, SecretResult read)
    {
        var token = (read as SecretResult.Ok)?.Secret.Reveal();
        var flaw = new ApiToken(token).Flaw;
        if (token is not null && flaw is null)
            return token;
        Warn($"the account is not asked: {(token is null ? read.Describe(path) : $"{path} holds no API token: {flaw}; expected the token alone")}");
        return null;
    }

    /// <param name="server">What a machine is called in this file.</param>
    private int Write(InitOrder order, string text, string server, OwnMachine? machine, FirstFile? file)
    {
        var path = order.File;
        if (path == StandardInput.Name)
        {
            terminal.Out.Write(text);
            return ExitCode.Done;
        }
        try
        {
            using (var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
            using (var writer = new StreamWriter(stream))
                writer.Write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return terminal.Fail(ExitCode.Failed, NotWritten(path, e));
        }
        terminal.Out.WriteLine($"wrote {path}");
        if (machine is not null && file is not null)
            Tell(machine, file);
        var what = machine is null ? $"set nodes, address and {server} ids in it, " : file?.IsOpen == true ? "set what says FILL IN in it, " : "";
        terminal.Out.WriteLine($"Now {what}put the key in its place (flipagentctl keygen --install; join on the other nodes){(order.Lease ? ", the password of etcd" : "")} and the token, then: flipagentctl config check {path}");
        return ExitCode.Done;
    }

    private void Tell(OwnMachine machine, FirstFile file)
    {
        var vendor = machine.Vendor;
        terminal.Out.WriteLine($"This machine is {vendor.Server} {machine.Id} of {vendor.Title}; what its metadata service tells is in the file.{(file.IsOpen ? " The rest says FILL IN." : "")}");
        if (machine.Region is { } region)
            terminal.Out.WriteLine($"It is in {Redaction.Printable.Of(region)}.{(machine.Anchor is { } anchor ? $" What is sent to the {vendor.Address} arrives at its anchor address, {anchor}: HAProxy has to listen there, or at all addresses." : "")}");
        if (file.KnowsFloatingIp && !file.FloatingIp.Equals(machine.FloatingIp))
            terminal.Out.WriteLine($"The {vendor.Address} is {file.FloatingIp}.");
        if (!FirstFile.IsUnknown(file.Peer))
            terminal.Out.WriteLine($"The other node is {file.Peer.Name} ({file.Peer.Address}, {vendor.Server} {file.Peer.Server}).");
    }

    private void Warn(string text) => terminal.Error.WriteLine($"{CtlProgram.Name}: warning: {text}");

    private static string Folder(string file) => Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";

    private static string NotWritten(string file, Exception? e)
    {
        var folder = Folder(file);
        if (Directory.Exists(file))
            return $"{file} is a directory; expected the name of a new file, such as {Path.Combine(file, "flipagent.yaml")}";
        if (Path.Exists(file))
            return $"{file} exists already and is left as it is";
        if (e is UnauthorizedAccessException)
            return $"{file} cannot be written: user {Environment.UserName} may not write into {folder} (as root it works)";
        return Directory.Exists(folder) ? $"{file} cannot be written: {e?.Message}" : $"{file} cannot be written: there is no directory {folder}";
    }
}
