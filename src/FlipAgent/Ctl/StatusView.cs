using FlipAgent.Control;
using FlipAgent.Redaction;
using FlipAgent.Reporting;
using Spectre.Console;

namespace FlipAgent.Ctl;

/// <summary>
/// What <c>flipagentctl status</c> prints (docs/cli.md): the verdict in one line, then the cluster, the checks of this node, the last move, what
/// to worry about. The first line is enough for who only wants to know whether to worry.
/// </summary>
internal static class StatusView
{
    public static void Write(StatusReport status, Terminal terminal, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(status);
        var verdict = TextTable.Coloured(Printable.Of(status.Verdict.ToUpperInvariant()), ColourOf(status.Verdict), terminal);
        terminal.Out.WriteLine($"{verdict}  {Printable.Of(status.Summary)}");
        WriteNodes(status, terminal);
        WriteAddresses(status, terminal);
        terminal.Out.WriteLine();
        WriteChecks(status.Checks, terminal, now);
        terminal.Out.WriteLine();
        if (status.Lease is { } lease)
            terminal.Out.WriteLine($"Lease: {Printable.Of(LeaseReports.Line(lease))}");
        if (status.LastMove is { } move)
            terminal.Out.WriteLine($"Last move: {Printable.Of(StatusWords.Move(move))}");
        foreach (var warning in StatusWords.Warnings(status))
            terminal.Out.WriteLine($"{TextTable.Coloured("Warning:", Color.Yellow, terminal)} {Printable.Of(warning)}");
    }

    public static void WriteChecks(IReadOnlyList<CheckReport> checks, Terminal terminal, DateTimeOffset now)
    {
        var table = new TextTable("CHECK", "KIND", "STATE", "SINCE", "DETAIL");
        foreach (var check in checks)
            table.Add(check switch { { Up: false } => TextTable.Mark.Bad, { Degraded: true } => TextTable.Mark.Warning, _ => TextTable.Mark.None },
                check.Name, check.Kind, StatusWords.State(check), StatusWords.Since(check, now), check.Detail);
        table.Write(terminal);
    }

    private static void WriteNodes(StatusReport status, Terminal terminal)
    {
        var table = new TextTable("NODE", "ROLE", "PRIO", "FIT", "API", "HOLDS", "HEARD", "VERSION", "SEES");
        foreach (var node in status.Nodes)
            table.Add(MarkOf(status, node),
                node.Name == status.Node ? node.Name + " *" : node.Name, StatusWords.Role(node), StatusWords.Priority(node), StatusWords.Fit(node), node.Api,
                StatusWords.Holds(status, node), StatusWords.Heard(status, node), node.Version ?? "-", StatusWords.Sees(node));
        table.Write(terminal);
    }

    /// <summary>Only where there are several: one is said in the first line.</summary>
    private static void WriteAddresses(StatusReport status, Terminal terminal)
    {
        if (status.FloatingIps is not { Count: > 1 } all)
            return;
        terminal.Out.WriteLine();
        var table = new TextTable("ADDRESS", "HOLDER", "SEEN", "CLAIM");
        foreach (var ip in all)
            table.Add(ip.Holder == status.Master ? TextTable.Mark.None : TextTable.Mark.Warning, ip.Address, ip.Holder, StatusWords.Seen(ip), ip.Claim == "none" ? "-" : ip.Claim);
        table.Write(terminal);
    }

    private static TextTable.Mark MarkOf(StatusReport status, NodeReport node)
    {
        if (!node.Fit || node.Rejected is not null)
            return TextTable.Mark.Bad;
        return node.Api != "ok" || (node.Name != status.Node && node.HeardS is null) ? TextTable.Mark.Warning : TextTable.Mark.None;
    }

    private static Color ColourOf(string verdict) => verdict switch
    {
        "ok" => Color.Green,
        "degraded" => Color.Yellow,
        _ => Color.Red,
    };
}
