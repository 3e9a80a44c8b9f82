using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Ctl;
using FlipAgent.Lab;
using FlipAgent.Naming;

namespace FlipAgent.Tests.Ctl;

/// <summary>Runs init as on a machine of the stand-in cloud, with a token or without one, and with a person or without one.</summary>
internal sealed class InitGround : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-init-").FullName;

    public string File => Path.Combine(_directory, "flipagent.yaml");

    public string Text => System.IO.File.ReadAllText(File);

    public string TokenFile => Path.Combine(_directory, "token");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static LabOptions Machines(params DropletSpec[] machines) => new() { Droplets = machines, FloatingIps = [] };

    public static DropletSpec Machine(long id, string name, string address) => new(id, name, System.Net.IPAddress.Parse(address));

    public string Secret(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        System.IO.File.WriteAllText(path, text);
        System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>The real program under its second name.</summary>
    public string Client() => System.IO.File.CreateSymbolicLink(Path.Combine(_directory, "flipagentctl"), Path.Combine(AppContext.BaseDirectory, "flipagent")).FullName;

    /// <param name="typed">What the person types, line by line, and then nothing more; null: there is no person.</param>
    public async Task<CtlRun> Init(LabCloud lab, long id, string cloud = "digitalocean", string[]? typed = null, Func<InitOrder, InitOrder>? change = null, string? token = LabOptions.DefaultToken, Uri? api = null)
    {
        if (token is not null)
            Secret("token", token);
        var lines = new Queue<string>(typed ?? []);
        var terminal = CtlRun.Plain() with { Person = typed is not null, ReadLine = () => lines.TryDequeue(out var line) ? line : null };
        var order = new InitOrder(File) { TokenFile = TokenFile, Vendor = CloudVendor.Of(cloud), Api = api ?? lab.ApiUrl, Metadata = lab.MetadataUrl(id) };
        var exit = await new InitVerb(terminal) { Limit = TimeSpan.FromSeconds(1) }.Run(change is null ? order : change(order));
        Assert.DoesNotContain(LabOptions.DefaultToken, $"{terminal.Out}{terminal.Error}{(System.IO.File.Exists(File) ? Text : "")}");
        Assert.Empty(lines);
        return new CtlRun(exit, $"{terminal.Out}", $"{terminal.Error}");
    }

    /// <summary>The requests to the API, in their order.</summary>
    public static string[] Asked(LabCloud lab) => [.. lab.History.All.Where(entry => entry.Kind == "request").Select(entry => entry.Text)];

    /// <summary>The file is one that config check takes once the secrets are there.</summary>
    public async Task IsValid()
    {
        Assert.DoesNotContain("FILL IN", Text);
        Secret("cluster.key", KeyGen.Line(1));
        Secret("do-token", LabOptions.DefaultToken);
        Secret("slack-webhook", "https://hooks.slack.com/services/T0/B0/canary");
        System.IO.File.WriteAllText(File, Text.Replace("/etc/flipagent/", _directory + "/"));
        // Whether the metadata service of the file agrees is looked at too, by the address of the asker: not here.
        System.IO.File.WriteAllText(File, string.Join('\n', Text.Split('\n').Where(line => !line.StartsWith("  metadata_url:", StringComparison.Ordinal)).Select(Quiet)));
        var check = await CtlRun.Of("config", "check", File, "--node", Own().Name);
        Assert.Equal((0, $"{File}: valid; cluster web-lb, 2 nodes, this is {Own().Name}\n"), (check.Exit, check.Out));
    }

    private static string Quiet(string line) => line.StartsWith("  api_url:", StringComparison.Ordinal) ? line + "\n  metadata_url: http://127.0.0.1:9" : line;

    private NodeConfig Own() => Assert.IsType<ConfigResult.Valid>(ConfigReader.ReadText(Text, File, Text.Split("- {name: ")[1].Split(',')[0])).Config.Self;
}
