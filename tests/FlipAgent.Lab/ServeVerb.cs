using System.Net;
using System.Runtime.InteropServices;

namespace FlipAgent.Lab;

/// <summary>
/// <c>flipagent-lab serve</c>: the stand-in cloud as a program of its own, for shell scripts and test networks. It says <c>ready URL</c> on
/// standard output once everything answers, and ends on SIGTERM or Ctrl-C.
/// </summary>
internal static class ServeVerb
{
    public const string Usage = """
        usage: flipagent-lab serve [OPTION]...
          --listen ADDRESS:PORT                where API, metadata, Slack and control answer; may be repeated (default 127.0.0.1:0)
          --droplet ID,NAME,ADDRESS[,MORE]...  a machine and its addresses, the private one first; may be repeated
          --region ID,SLUG                     puts a droplet into another region than nyc3
          --floating-ip ADDRESS[,DROPLET]      an address and its first holder; may be repeated
          --forward PORT[-PORT]                ports of the floating IPs that are passed on to the holder; may be repeated
          --on-move PROGRAM                    runs PROGRAM FLOATING-IP HOLDER-ADDRESS when traffic moves
          --token NAME,FILE[,SCOPE]...         a token that is accepted, read from FILE; without scopes it may do everything
          --assign-latency MS, --data-plane-lag MS, --metadata-lag MS
        The defaults are the reference cluster. Everything else is changed at run time below /lab (docs of LabFaults, LabKnobs).
        """;

    public static async Task<int> Run(string[] args)
    {
        LabOptions options;
        try
        {
            options = Parse(args);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"flipagent-lab: {e.Message}");
            return 2;
        }

        var end = new TaskCompletionSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(context, end));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => End(context, end));
        try
        {
            await using var lab = await LabCloud.Start(options);
            Console.WriteLine($"ready {lab.ApiUrl.GetLeftPart(UriPartial.Authority)}");
            await end.Task;
            return 0;
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"flipagent-lab: {e.Message}");
            return 1;
        }
    }

    internal static LabOptions Parse(string[] args)
    {
        var options = new LabOptions();
        List<IPEndPoint> listen = [];
        List<DropletSpec> droplets = [];
        List<FloatingIpSpec> floating = [];
        List<TokenSpec> tokens = [];
        List<int> forward = [];
        Dictionary<long, string> regions = [];
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{args[i]} needs a value\n{Usage}");
            var parts = value.Split(',');
            switch (args[i])
            {
                case "--listen": listen.Add(IPEndPoint.TryParse(value, out var at) ? at : throw Wrong(args[i], value, "ADDRESS:PORT")); break;
                case "--droplet": droplets.Add(Droplet(args[i], value, parts)); break;
                case "--region": regions[Number(args[i], parts[0])] = parts.ElementAtOrDefault(1) ?? throw Wrong(args[i], value, "ID,SLUG"); break;
                case "--floating-ip": floating.Add(new(Address(args[i], parts[0]), parts.Length > 1 ? Number(args[i], parts[1]) : null)); break;
                case "--forward": forward.AddRange(Ports(args[i], value)); break;
                case "--on-move": options = options with { OnMove = value }; break;
                case "--token": tokens.Add(Token(args[i], value, parts)); break;
                case "--assign-latency": options.Knobs.AssignLatency = TimeSpan.FromMilliseconds(Number(args[i], value)); break;
                case "--data-plane-lag": options.Knobs.DataPlaneLag = TimeSpan.FromMilliseconds(Number(args[i], value)); break;
                case "--metadata-lag": options.Knobs.MetadataLag = TimeSpan.FromMilliseconds(Number(args[i], value)); break;
                default: throw new FormatException($"unknown option {args[i]}\n{Usage}");
            }
        }

        return options with
        {
            Listen = listen.Count > 0 ? listen : options.Listen,
            Droplets = [.. (droplets.Count > 0 ? droplets : options.Droplets)
                .Select(d => d with { Region = regions.GetValueOrDefault(d.Id, d.Region) })],
            FloatingIps = floating.Count > 0 ? floating : options.FloatingIps,
            Tokens = tokens.Count > 0 ? tokens : options.Tokens,
            Forward = forward,
        };
    }

    private static void End(PosixSignalContext context, TaskCompletionSource end)
    {
        context.Cancel = true;
        end.TrySetResult();
    }

    private static DropletSpec Droplet(string option, string value, string[] parts) => parts.Length < 3
        ? throw Wrong(option, value, "ID,NAME,ADDRESS[,MORE]...")
        : new(Number(option, parts[0]), parts[1], Address(option, parts[2])) { MoreAddresses = [.. parts[3..].Select(p => Address(option, p))] };

    private static TokenSpec Token(string option, string value, string[] parts) => parts.Length < 2
        ? throw Wrong(option, value, "NAME,FILE[,SCOPE]...")
        : new(parts[0], File.ReadAllText(parts[1]).Trim()) { Scopes = parts.Length > 2 ? parts[2..].ToHashSet() : null };

    private static IEnumerable<int> Ports(string option, string value)
    {
        var ends = value.Split('-');
        var first = (int)Number(option, ends[0]);
        var last = ends.Length > 1 ? (int)Number(option, ends[1]) : first;
        return last >= first && last <= 65535 ? Enumerable.Range(first, last - first + 1) : throw Wrong(option, value, "PORT or PORT-PORT");
    }

    private static IPAddress Address(string option, string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw Wrong(option, text, "an IP address");

    private static long Number(string option, string text) =>
        long.TryParse(text, out var number) && number >= 0 ? number : throw Wrong(option, text, "a number");

    private static FormatException Wrong(string option, string value, string expected) => new($"{option} {value}: expected {expected}");
}
