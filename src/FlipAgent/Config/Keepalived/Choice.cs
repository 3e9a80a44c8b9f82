using System.Net;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// The one vrrp_instance that the draft is made of, and the sync group it is in. Their order in the file means nothing to keepalived, so it is the one whose
/// scripts move a floating IP; of several, or where there is no such script, the first with a public address of its own; else the first.
/// </summary>
/// <param name="Others">The other instances of the group.</param>
/// <param name="Scripts">Notify scripts that are called for it.</param>
internal sealed record Choice(Statement? Instance, Statement? Group, List<Statement> Others, List<Statement> Scripts)
{
    private IPAddress[] Public { get; } = Instance is null ? [] : VirtualAddress.Public(VirtualAddress.Of(Instance));

    public static Choice Of(List<Statement> top, Globals globals, KeepalivedFiles files, Notes notes)
    {
        var instances = Named(top, "vrrp_instance", notes);
        var groups = Named(top, "vrrp_sync_group", notes);
        var choices = instances.Select(i => ForOne(i, instances, groups, globals, notes)).ToArray();
        var moving = choices.Where(c => NotifyImport.Cloud(c.Scripts.Except(globals.Scripts), files) is not null).ToArray();
        var fit = moving.Length > 0 ? moving : choices;
        var chosen = fit.FirstOrDefault(c => c.Public.Length > 0) ?? fit.FirstOrDefault();
        foreach (var other in choices.Where(c => c != chosen))
            NoteOther(other, chosen!, Why(chosen!, choices, moving), notes);
        foreach (var group in groups.Where(g => g != chosen?.Group))
            notes.Add(group, $"vrrp_sync_group {Shown(group)}: not imported, the imported instance is not in it");
        return chosen ?? new Choice(null, null, [], globals.Scripts);
    }

    /// <summary>What set it apart from the others.</summary>
    private static string Why(Choice chosen, Choice[] choices, Choice[] moving)
    {
        var moves = moving.Contains(chosen) && moving.Length < choices.Length ? ", whose scripts move a floating IP" : "";
        if (moves.Length > 0 && moving.Length == 1)
            return moves;
        var rivals = moves.Length > 0 ? moving : choices;
        if (chosen.Public.Length == 0)
            return moves.Length > 0 ? moves : ", the first one";
        var which = rivals.Count(c => c.Public.Length > 0) > 1 ? "the first one with a public address" : "the one with a public address";
        return $"{moves}, {which} ({List(chosen.Public)})";
    }

    private static void NoteOther(Choice other, Choice chosen, string why, Notes notes)
    {
        var madeOf = $"not imported, the draft is made of {Shown(chosen.Instance!)}{why}";
        var isInGroup = chosen.Others.Contains(other.Instance!);
        notes.Add(other.Instance!, $"vrrp_instance {Shown(other.Instance!)}: {madeOf}; " + (isInGroup
            ? "both are in one sync group, so its addresses, its scripts and what it tracks count too, its priority and peers do not"
            : (other.Public.Length == 0 ? "" : $"of its own it has {List(other.Public)}; ") + "a floating IP that moves by itself needs a second agent (flipagent@.service)"));
    }

    private static string List(IPAddress[] addresses) => string.Join(", ", addresses.AsEnumerable());

    private static Choice ForOne(Statement instance, List<Statement> instances, List<Statement> groups, Globals globals, Notes notes)
    {
        var group = groups.FirstOrDefault(g => Members(g).Contains(instance.Argument));
        var others = group is null ? [] : instances.Where(i => i != instance && Members(group).Contains(i.Argument)).ToList();
        List<Statement> scripts = [.. NotifiedBy(instance, notes)];
        if (group is not null)
            scripts.AddRange(NotifiedBy(group, notes));
        foreach (var other in others)
            scripts.AddRange(NotifiedBy(other, notes));
        scripts.AddRange(globals.Scripts);
        return new Choice(instance, group, others, scripts);
    }

    /// <summary>keepalived takes the first of each kind.</summary>
    private static IEnumerable<Statement> NotifiedBy(Statement owner, Notes notes)
    {
        var scripts = owner.Block.Where(NotifyImport.IsNotify).ToArray();
        foreach (var again in scripts.Where(s => !ReferenceEquals(s, scripts.First(f => f.Keyword == s.Keyword))))
            notes.Add(again, $"{again.Keyword}: left out, it is there twice, and keepalived takes the first one");
        return scripts.DistinctBy(s => s.Keyword);
    }

    private static IEnumerable<string> Members(Statement group) =>
        group.Block.Where(s => s.Keyword == "group").SelectMany(s => s.Block).SelectMany(s => s.Words);

    /// <summary>keepalived takes the first of a name, and refuses one without.</summary>
    private static List<Statement> Named(List<Statement> top, string keyword, Notes notes)
    {
        var found = new List<Statement>();
        foreach (var s in top.Where(s => s.Keyword == keyword))
            if (found.Any(f => f.Argument == s.Argument))
                notes.Add(s, $"{keyword} {Shown(s)}: left out, it is defined twice, and keepalived takes the first one");
            else
                found.Add(s);
        return found;
    }

    private static string Shown(Statement s) => Echo.Mask(s.Argument ?? "without a name");
}
