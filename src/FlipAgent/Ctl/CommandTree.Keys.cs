using System.CommandLine;

namespace FlipAgent.Ctl;

// The cluster's key.
internal sealed partial class CommandTree
{
    private void AddKeys()
    {
        var id = Options.Number("--id", "ID", "number of the key, 1 to 255: a new key of a rotation takes another one", 1, 1, 255);
        var install = new Option<bool>("--install") { Description = "put it in its place instead, for root and the agent alone; never over an existing one" };
        var file = Options.KeyFile();
        var force = new Option<bool>("--force") { Description = "over an existing one" };
        var keygen = Add("keygen", "print a new cluster key, or put it in its place",
            (arguments, _, _) => Task.FromResult(arguments.GetValue(install)
                ? new KeyVerbs(_terminal).Install(arguments.GetValue(id), arguments.GetValue(file), arguments.GetValue(force))
                : new KeyVerbs(_terminal).Print(arguments.GetValue(id))),
            id, install, file, force);
        keygen.Validators.Add(result =>
        {
            if (!result.GetValue(install) && (result.GetValue(force) || result.GetResult(file) is not null))
                result.AddError("--key-file and --force go with keygen --install");
        });

        Add("join", "put the cluster's key, from another node, in its place: asked for at the terminal, or read from the standard input",
            (arguments, _, _) => Task.FromResult(new KeyVerbs(_terminal).Join(arguments.GetValue(file), arguments.GetValue(force))),
            file, force, Options.NoSecret());
    }
}
