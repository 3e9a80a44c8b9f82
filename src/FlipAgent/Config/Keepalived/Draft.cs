using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FlipAgent.Config.Sections;
using FlipAgent.Config.Values;
using FlipAgent.Naming;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// A flipagent.yaml in the making: what keepalived's file knows is filled in, what it does not know says FILL IN. Ids and addresses that are not known have values
/// that <c>config check</c> refuses, so that no half-filled form gets into service; what has a guess in place of it (a peer's name, its priority) is accepted.
/// </summary>
internal sealed class Draft
{
    public string Source { get; set; } = "keepalived.conf";

    public string Cluster { get; set; } = "web-lb";

    public List<DraftNode> Nodes { get; } = [];

    public TimeSpan? Interval { get; set; }

    public bool Preempt { get; set; }

    public TimeSpan? PreemptDelay { get; set; }

    public TimeSpan? StartupDelay { get; set; }

    public string Provider { get; set; } = "digitalocean";

    /// <summary>What a script moves.</summary>
    public IPAddress? FloatingIp { get; set; }

    /// <summary>Where a script moves several; otherwise empty.</summary>
    public ImmutableArray<IPAddress> FloatingIps { get; set; } = [];

    /// <summary>What further scripts seem to move as well.</summary>
    public List<IPAddress> AlsoMoved { get; } = [];

    /// <summary>All public addresses that stand in a script that moves something: a virtual address among them is one that it moves.</summary>
    public List<IPAddress> Mentioned { get; } = [];

    /// <summary>The floating IPs in the end, the leading one first, as the provider allows them; empty: which they are is not known.</summary>
    public ImmutableArray<IPAddress> Addresses { get; set; } = [];

    /// <summary>Which others may be floating IPs, to follow FILL IN; null: none, or none that is known.</summary>
    public string? AddressDoubt { get; set; }

    /// <summary>The server that this machine is, as a script says; null: none does.</summary>
    public long? OwnServer { get; set; }

    public List<CheckConfig> Checks { get; } = [];

    public bool Slack { get; set; }

    /// <summary>Checks of keepalived's that are tracked and could not be carried over.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>One of the checks runs a script.</summary>
    public bool HasScripts { get; set; }

    /// <summary>A script said at which cloud it moves something.</summary>
    public bool IsCloudKnown { get; set; }

    /// <summary>A script that may move the floating IP could not be read or understood.</summary>
    public bool IsCloudUncertain { get; set; }

    /// <summary>Why nothing of a cluster is in it; null: something is.</summary>
    public string? Blank { get; set; }

    /// <summary>A part of the configuration could not be read.</summary>
    public bool IsIncomplete { get; set; }

    /// <summary>The agent asks this cloud itself.</summary>
    public bool IsBuiltIn => Vendor != CloudVendor.Exec;

    public CloudVendor Vendor => CloudVendor.Of(Provider) ?? CloudVendor.Exec;

    public string Yaml()
    {
        var text = new StringBuilder();
        text.Append($"# Made from {Source} by flipagentctl import-keepalived. Look for FILL IN, then run: flipagentctl config check\n");
        // Who sends the draft into a file may never see the notes.
        text.Append(Blank is null ? "\n" : $"# {char.ToUpperInvariant(Blank[0])}{Blank[1..]}. What follows is an empty form.\n\n");
        text.Append($"cluster: {Cluster}\n\nnodes:                          # the same file on every node\n");
        if (OwnServer is { } server && Nodes is [{ Config.DropletId: 0 } own, ..])
            Nodes[0] = new DraftNode(own.Config with { DropletId = server }, own.FillIn.Replace("droplet_id", "").TrimEnd(' ', ','));
        foreach (var node in Nodes)
            text.Append($"  - {ConfigText.Node(node.Config, Vendor)}{(node.FillIn.Length > 0 ? $"   # FILL IN {node.FillIn.Replace(CloudVendor.DigitalOcean.IdKey, Vendor.IdKey)}" : "")}\n");
        text.Append("\nelection:\n");
        Line(text, "interval", Interval is { } t && t != ElectionSection.DefaultInterval ? Duration.Text(t) : null);
        Line(text, "preempt", Preempt ? "true" : null);
        Line(text, "preempt_delay", PreemptDelay is { } delay ? Duration.Text(delay) : null);
        Line(text, "startup_delay", StartupDelay is { } startup && startup > TimeSpan.Zero ? Duration.Text(startup) : null);
        text.Append("  key_file: /etc/flipagent/cluster.key        # flipagentctl keygen; the same on all nodes\n");
        text.Append($"\nfloating_ip:\n  provider: {Vendor.Name}{CloudRemark()}\n");
        if (!IsBuiltIn)
            text.Append(Provider == "aws"
                ? "  command: [/usr/lib/flipagent/providers/aws]\n"
                : $"  command: [/usr/local/lib/flipagent-{Provider}]    # FILL IN: a program that asks {Provider} (docs/providers.md)\n");
        text.Append(Addresses switch
        {
            [] => $"  address: 0.0.0.0             # FILL IN{(AddressDoubt is null ? "" : $": {AddressDoubt}")}\n",
            [var only] => $"  address: {Shown(only)}{Doubt}\n",
            _ => $"  addresses: {List(Addresses)}{Doubt}\n",
        });
        text.Append(IsBuiltIn
            ? $"  token_file: {Vendor.UsualTokenFile,-31} # {Vendor.TokenNote}\n"
            : "  # token_file: /etc/flipagent/token           # its path is in $FLIPAGENT_TOKEN_FILE for the program\n");
        AddChecks(text);
        text.Append(Slack
            ? "\nalerts:\n  - slack: {webhook_url_file: /etc/flipagent/slack-webhook}\n"
            : "\nalerts: []\n  # - slack: {webhook_url_file: /etc/flipagent/slack-webhook}\n");
        return text.ToString();
    }

    /// <summary>As the value of addresses.</summary>
    public static string List(IEnumerable<IPAddress> addresses) => $"[{string.Join(", ", addresses.Select(Shown))}]";

    private static string Shown(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"\"{address}\"" : $"{address}";

    private string Doubt => AddressDoubt is null ? "" : $"   # FILL IN: {AddressDoubt}";

    private void AddChecks(StringBuilder text)
    {
        text.Append("\nchecks:\n");
        foreach (var check in Checks)
            ConfigText.Check(text, check, onlyChanged: true);
        if (Checks.Count == 0)
            text.Append($"  - {{name: haproxy, process: {{unit: haproxy.service}}}}   # {NoChecks()}\n");
        else if (LeftOut.Count > 0)
            text.Append($"  # FILL IN, see the notes: {LeftOutNames()}\n");
        if (!Checks.Any(c => c is CheckConfig.Http))
            text.Append("  # - {name: site, http: \"http://127.0.0.1:80/\"}        # sees a HAProxy that hangs, and lets the guard ask the same\n");
    }

    private string CloudRemark() =>
        !IsBuiltIn ? $"   # {(IsCloudUncertain && !IsCloudKnown ? "FILL IN, it is a guess: " : "")}{Provider} is not built in: a program asks it"
        : IsCloudUncertain && !IsCloudKnown ? "   # FILL IN: a script that may move the floating IP could not be read or understood"
        : Vendor != CloudVendor.DigitalOcean ? ""
        : IsCloudKnown ? ""
        : IsIncomplete ? "   # FILL IN: keepalived's file could not be read whole, and nothing in what was read moves a floating IP at a cloud"
        : "   # assumed: nothing in keepalived's file moves a floating IP at a cloud";

    private string NoChecks() =>
        LeftOut.Count > 0 ? $"FILL IN: not carried over, see the notes: {LeftOutNames()}"
        : IsIncomplete ? "FILL IN: keepalived's file could not be read whole, and what was read tracks no script or process"
        : "keepalived's file tracks no script and no process";

    private string LeftOutNames() => string.Join(", ", LeftOut.Select(n => new string([.. Echo.Mask(n).Where(c => c is > ' ' and < '\x7f').Take(40)])));

    private static void Line(StringBuilder text, string key, string? value)
    {
        if (value is not null)
            text.Append($"  {key}: {value}\n");
    }
}

/// <param name="FillIn">Which of its values keepalived's file does not know.</param>
internal sealed record DraftNode(NodeConfig Config, string FillIn);
