using System.Globalization;
using System.Text;
using FlipAgent.Sim;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// The stories of scenarios/ once more, this time word for word: what people were told, what the adverts said and what was saved at the end of each act.
/// The scenarios are the plot, these are the minutes. A better wording changes one line in a file that somebody reads; REWRITE=1 renews them.
/// </summary>
public sealed class TranscriptTests
{
    [Fact]
    public void What_people_are_told_in_the_stories_reads_as_written() => Compare("told.txt", world =>
        world.Nodes.SelectMany(n => n.Told).Select(Line));

    [Fact]
    public void What_adverts_say_and_runs_leave_behind_reads_as_written() => Compare("said.txt", world =>
        world.Nodes.Where(n => n.LastSaid is not null).SelectMany(n => new[] { Line(n.LastSaid!, n.Settings), Line(n.Name, n.LastSaved!) }));

    /// <summary>Each line once, below the first story in which it was said.</summary>
    private static void Compare(string file, Func<World, IEnumerable<string>> lines)
    {
        var (text, seen) = (new StringBuilder(), new HashSet<string>());
        foreach (var story in Directory.GetFiles(ScenarioTests.Folder(), "*.txt").Order(StringComparer.Ordinal))
        {
            var fresh = new List<string>();
            Scenario.Play(File.ReadAllText(story), after: world => fresh.AddRange(lines(world).Where(seen.Add)));
            if (fresh.Count > 0)
                text.Append(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(story)}\n  ").AppendJoin("\n  ", fresh).Append("\n\n");
        }
        ScenarioTests.CompareOrRewrite(Path.Combine(ScenarioTests.Root(), "tests", "FlipAgent.Core.Tests", "transcripts", file), text.ToString());
    }

    private static string Line(Event e) => string.Join(" | ", new[]
    {
        $"{e.Severity} {e.Kind}{(e.Alert ? ", alert" : "")}, term {e.Term}: {e.Text}", Part("why", e.Cause), Part("next", e.Next), Part("holder", e.Holder),
        Part("peer", e.Peer), Part("from", e.RoleFrom), Part("to", e.RoleTo), Part("action", e.ActionId), Part("detect", e.Detect), Part("assign", e.Assign),
        Part("verify", e.Verify), Part("duration", e.Duration),
    }.Where(part => part.Length > 0));

    private static string Line(Advert a, ClusterSettings settings)
    {
        var peers = a.Peers.Select(p => $"{Name(p.Node, settings)} session {p.Session} direct {Time(p.DirectAge)} known {Time(p.Age)} {p.Role}" +
            $"{Flag(p.Fit, "fit")}{Flag(p.ApiReachable, "api")}{Flag(p.HoldDown, "hold-down")}{Flag(p.Maintenance, "maintenance")} priority {p.EffectivePriority}");
        return $"{a.Node} session {a.Session} {a.Role} term {a.Term} priority {a.Priority}/{a.EffectivePriority}{Flag(a.Fit, "fit")}{Flag(a.Maintenance, "maintenance")}" +
            $"{Flag(a.ApiReachable, "api")}{Flag(a.HoldDown, "hold-down")}{Flag(a.WantsToPreempt, "wants")}{Flag(a.AsksByCommand, "asks")}{Flag(a.Leaving, "leaving")} " +
            $"version {a.AgentVersion} holder {Describe.Holder(a.Holder, settings)} {Time(a.HolderAge)} master {Name(a.Master, settings)} {a.MasterTerm} {Time(a.MasterAge)} " +
            $"{(a.Release is { } r ? $"release {r.Term} to {Name(r.Successor, settings)}{Flag(r.Planned, "planned")}{Flag(r.AtSuccessor, "there")} '{r.Cause}' {r.DetectMs} ms " : "")}" +
            $"{(a.Hold > TimeSpan.Zero ? $"hold {Time(a.Hold)} " : "")}[{string.Join("; ", peers)}]";
    }

    private static string Line(string node, Remembered r) =>
        $"{node} leaves term {r.Term}, session {r.Session}, {r.Role} {r.MasterTerm}, hold {Time(r.Hold)}, " +
        $"peers [{string.Join(", ", r.PeerSessions.OrderBy(p => p.Key).Select(p => $"{p.Key} {p.Value}"))}], checks [{string.Join(", ", r.Verdicts.OrderBy(v => v.Key).Select(v => $"{v.Key} {v.Value}"))}]" +
        $"{(r.SupersededBy is { } by ? $", superseded by {by} for {Time(r.SupersededFor)} {r.SupersededCount}" : "")}" +
        $"{(r.Maintenance ? $", maintenance '{r.MaintenanceReason}' {Time(r.MaintenanceFor)}" : "")}{Flag(r.AssignUnderWay, "assign under way")}";

    private static string Name(uint id, ClusterSettings settings) => settings.IndexOf(id) is var i and >= 0 ? settings.Nodes[i].Name : "nobody";

    private static string Part(string what, object? value) => value is null ? "" : $"{what} {(value is TimeSpan time ? Time(time) : value)}";

    private static string Flag(bool on, string word) => on ? $" {word}" : "";

    private static string Time(TimeSpan? time) => time is { } t ? string.Create(CultureInfo.InvariantCulture, $"{t.TotalSeconds:0.000} s") : "never";
}
