using System.Globalization;

namespace FlipAgent.Sim;

/// <summary>One-line renderings, the same in a replay, in a scenario's expected output and in a failure.</summary>
internal static class Describe
{
    public static string Role(ElectionState state) => $"{Role(state.Role)} {state.Term}";

    public static string Role(Role role) => role.ToString().ToLowerInvariant();

    /// <summary>The kind and the fields that are set.</summary>
    public static string Event(Event e)
    {
        var facts = new (string Name, object? Value)[]
        {
            ("from", e.RoleFrom), ("to", e.RoleTo), ("peer", e.Peer), ("holder", e.Holder), ("was at", e.From), ("cause", e.Cause), ("rejection", e.Rejection),
            ("subject", e.Subject), ("detail", e.Detail), ("count", e.Count), ("detect", e.Detect), ("duration", e.Duration), ("ended", e.Ended ? "yes" : null),
            ("address", e.Address > 0 ? e.Address + 1 : null),
        };
        var weight = e.Severity == Severity.Info ? (e.Alert ? "alert " : "") : e.Severity.ToString().ToUpperInvariant() + " ";
        return $"{weight}{e.Kind}{string.Concat(facts.Where(f => f.Value is not null).Select(f => $", {f.Name} {f.Value}"))}";
    }

    public static string Result(CommandResult result) => $"{(result is CommandResult.Done ? "done" : "refused")} ({Words(result.GetType().Name)})";

    /// <summary>Only what kind of event it is, as words.</summary>
    public static string Kind(Event e)
    {
        var weight = e.Severity == Severity.Info ? (e.Alert ? "alert" : "tells") : e.Severity.ToString().ToLowerInvariant();
        return $"{weight}: {Words(e.Kind.ToString())}{(e.Peer is null ? "" : " " + e.Peer)}{(e.Address == 0 ? "" : $", address {e.Address + 1}")}";
    }

    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    public static string Advert(Advert a, ClusterSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{a.Node} #{a.Sequence} {Role(a.Role)} {a.Term}{(a.Fit ? "" : " unfit")}{(a.ApiReachable ? "" : " no-api")} holder {Holder(a.Holder, settings)} " +
        $"({Age(a.HolderAge)}) master {Name(a.Master, settings)} {a.MasterTerm} ({Age(a.MasterAge)}){Release(a.Release, settings)}" +
        $"{(a.Hold > TimeSpan.Zero ? " hold " + Age(a.Hold) : "")}{(a.WantsToPreempt ? " wants-to-preempt" : "")}{(a.HoldDown ? " hold-down" : "")}{(a.Leaving ? " leaving" : "")}{string.Concat(a.Addresses.Skip(1).Select(o => $" and {Holder(o.Holder, settings)} ({Age(o.Age)})"))}");

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
