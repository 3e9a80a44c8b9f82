using System.Net;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Translates keepalived.conf into a draft of flipagent.yaml (<c>flipagentctl import-keepalived FILE</c>). Priorities, peers, timings and checks are
/// carried over; a notify script that moves a floating IP becomes the section that does it; every other line is named in a note. What the file means is
/// what keepalived makes of it, also where it says something else.
/// </summary>
public static class KeepalivedImport
{
    /// <summary>Never fails: what cannot be understood is a note.</summary>
    /// <param name="text">The content of <paramref name="file"/>.</param>
    public static ImportResult Convert(string text, string file, KeepalivedFiles files)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(files);
        var notes = new Notes();
        var top = KeepalivedText.Parse(text, file, files, notes);
        Outside(top, Placeholders.WriterIn(text), file, notes);
        var draft = new Draft { Source = Redaction.Printable.Of(Path.GetFileName(file)) };
        var globals = Globals.Of(top, draft, notes);
        var name = globals.Name ?? files.ConfigId;
        var chosen = Choice.Of(top, globals, files, notes);
        IPAddress? source = null;
        if (chosen.Instance is { } instance)
            source = new InstanceImport(draft, instance, globals, files, notes).Into(name, chosen.Scripts, chosen.Others);
        else
        {
            draft.Blank = "there is no vrrp_instance in it" + (notes.IsIncomplete ? ", as far as it could be read" : "") + "; expected keepalived's configuration of one node";
            notes.Add(file, 1, draft.Blank);
            InstanceImport.AddPeers(draft, name, null, Ranking.Of(Ranking.Default, 1, isMaster: false), []);
        }

        var known = new KnownAddresses([.. top.Where(s => s.Keyword == "vrrp_instance")], source, files);
        if (chosen.Group is { } group)
            GroupRest(group, notes);
        foreach (var block in top.Where(s => s.Keyword == "global_defs" || s == chosen.Instance || s == chosen.Group))
            Surplus.Note(block, notes);
        var tracking = Tracking.Of(chosen.Instance, chosen.Group, chosen.Others, notes);
        new CheckImport(draft, top, tracking, new ScriptSettings(globals.ScriptUser, known), files, notes).Into();
        draft.IsIncomplete = notes.IsIncomplete;
        globals.NoteSecurity(draft.HasScripts, notes);
        return new ImportResult(draft.Yaml(), notes.Sorted(file));
    }

    /// <summary>What stands outside the blocks that are read. The lines of a script that writes keepalived's file are not worth a note each.</summary>
    private static void Outside(List<Statement> top, string? writer, string file, Notes notes)
    {
        if (writer is not null)
        {
            notes.IsIncomplete = true;
            notes.Add(file, 1, $"looks like something that writes keepalived's file ({writer}); expected the file that it writes, as keepalived reads it");
        }

        foreach (var s in top.Where(s => s.Keyword is not ("global_defs" or "vrrp_instance" or "vrrp_script" or "vrrp_track_process" or "vrrp_sync_group")))
            if (writer is null || NotImported.IsKnown(s.Keyword))
                NotImported.NoteOutside(s, notes);
    }

    private static void GroupRest(Statement group, Notes notes)
    {
        notes.Add(group, $"vrrp_sync_group {Echo.Mask(group.Argument ?? "")}: what it tracks, its scripts and the addresses of its members count for the imported instance");
        foreach (var s in group.Block.Where(s => s.Keyword is not ("group" or "track_script" or "track_process") && !NotifyImport.IsNotify(s)))
            NotImported.Note(s, notes, "vrrp_sync_group ");
    }
}
