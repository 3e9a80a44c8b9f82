using System.Globalization;

namespace FlipAgent.Sim;

/// <summary>One-line renderings, the same in a replay, in a scenario's expected output and in a failure.</summary>
internal static class Describe
{
    public static string Role(ElectionState state) => $"{Role(state.Role)} {state.Term}";

    public static string Role(Role role) => role.ToString().ToLowerInvariant();

    public static string Event(Event e) =>
        $"{(e.Severity == Severity.Info ? (e.Alert ? "alert " : "") : e.Severity.ToString().ToUpperInvariant() + " ")}{e.Kind}: {e.Text}";

    /// <summary>Only what kind of event it is, as words: for scenarios, which shall not change with every better wording.</summary>
    public static string Kind(Event e)
    {
        var words = string.Concat(e.Kind.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
        var weight = e.Severity == Severity.Info ? (e.Alert ? "alert" : "tells") : e.Severity.ToString().ToLowerInvariant();
        return $"{weight}: {words}{(e.Peer is null ? "" : " " + e.Peer)}";
    }

    public static string Advert(Advert a, ClusterSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{a.Node} #{a.Sequence} {Role(a.Role)} {a.Term}{(a.Fit ? "" : " unfit")}{(a.ApiReachable ? "" : " no-api")} holder {Holder(a.Holder, settings)} " +
        $"({Age(a.HolderAge)}) master {Name(a.Master, settings)} {a.MasterTerm} ({Age(a.MasterAge)}){Release(a.Release, settings)}" +
        $"{(a.Hold > TimeSpan.Zero ? " hold " + Age(a.Hold) : "")}{(a.WantsToPreempt ? " wants-to-preempt" : "")}{(a.HoldDown ? " hold-down" : "")}{(a.Leaving ? " leaving" : "")}");

    public static string Holder(Holder holder, ClusterSettings settings) => holder.Kind switch
    {
        HolderKind.Node => Name(holder.NodeId, settings),
        HolderKind.Foreign => "foreign",
        HolderKind.Nobody => "nobody",
        _ => "unknown",
    };

    public static string Input(Input input) => input switch
    {
        Core.Input.Commanded c => $"{c.Command}",
        Core.Input.SettingsChanged => "SettingsChanged",
        _ => input.ToString() ?? "",
    };

    public static string Effect(Effect effect) => effect switch
    {
        Core.Effect.SaveState s => $"SaveState {Role(s.Remembered.Role)} term {s.Remembered.Term}",
        _ => effect.ToString() ?? "",
    };

    private static string Release(Release? release, ClusterSettings settings) => release is null
        ? ""
        : $" release {release.Term}>{Name(release.Successor, settings)}{(release.Planned ? " planned" : "")}{(release.AtSuccessor ? " at-successor" : "")}";

    private static string Name(uint id, ClusterSettings settings) => settings.IndexOf(id) is var i and >= 0 ? settings.Nodes[i].Name : "-";

    private static string Age(TimeSpan age) => age > TimeSpan.FromDays(1) ? "old" : age.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
