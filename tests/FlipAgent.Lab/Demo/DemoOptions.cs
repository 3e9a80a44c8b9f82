using System.Globalization;

namespace FlipAgent.Lab.Demo;

/// <summary>How the demonstration is to be run; the defaults are what <c>make demo</c> uses.</summary>
internal sealed record DemoOptions
{
    public const string Usage = """
        usage: flipagent-lab demo --agent PATH [--reference DIR] [--provider NAME] [--rounds N] [--assign-ms MS] [--network A.B.C] [--picture FILE] [--keep]
          --agent      the flipagent binary
          --reference  the directory deploy/reference (default: found from the working directory)
          --provider   the cloud: digitalocean (default), hetzner, or exec, where a program asks DigitalOcean's API
          --rounds     how often HAProxy is killed to measure the speed, 0 to 50 (default 10)
          --assign-ms  how long the stand-in cloud takes to move the address (default 2000)
          --network    first three bytes of the loopback addresses (default 127.0.1)
          --picture    where the picture goes (default out/demo.svg)
          --keep       keep the directory with logs (it is always kept when a step did not happen)
        """;

    public string Agent { get; init; } = "out/flipagent";

    public string Reference { get; init; } = "deploy/reference";

    public string Provider { get; init; } = "digitalocean";

    public int Rounds { get; init; } = 10;

    public TimeSpan Assign { get; init; } = TimeSpan.FromSeconds(2);

    public string Network { get; init; } = "127.0.1";

    public string Picture { get; init; } = "out/demo.svg";

    public bool Keep { get; init; }

    /// <exception cref="FormatException">Says what was wrong and what was expected.</exception>
    public static DemoOptions Parse(string[] args)
    {
        var options = new DemoOptions();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--keep")
            {
                options = options with { Keep = true };
                continue;
            }

            var name = args[i];
            var value = ++i < args.Length ? args[i] : throw new FormatException($"{name} needs a value\n{Usage}");
            options = name switch
            {
                "--agent" => options with { Agent = value },
                "--reference" => options with { Reference = value },
                "--provider" => options with { Provider = value is "digitalocean" or "hetzner" or "exec" ? value : throw new FormatException($"{name} {value}: expected digitalocean, hetzner or exec") },
                "--rounds" => options with { Rounds = Number(name, value, 0, 50) },
                "--assign-ms" => options with { Assign = TimeSpan.FromMilliseconds(Number(name, value, 100, 15000)) },
                "--network" => options with { Network = value },
                "--picture" => options with { Picture = value },
                _ => throw new FormatException($"unknown option {name}\n{Usage}"),
            };
        }

        return options.Check();
    }

    private DemoOptions Check()
    {
        if (!File.Exists(Agent))
        {
            throw new FormatException($"--agent {Agent}: there is no such file; 'make publish' makes out/flipagent");
        }

        if (!File.Exists(Path.Combine(Reference, "flipagent.yaml")))
        {
            throw new FormatException($"--reference {Reference}: expected the directory deploy/reference of the repository");
        }

        if (!System.Net.IPAddress.TryParse(Network + ".1", out _) || !Network.StartsWith("127.", StringComparison.Ordinal))
        {
            throw new FormatException($"--network {Network}: expected three bytes of a loopback network, such as 127.0.1");
        }

        return this with { Agent = Path.GetFullPath(Agent), Reference = Path.GetFullPath(Reference), Picture = Path.GetFullPath(Picture) };
    }

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{name} {value}: expected a number from {least} to {most}");
}
