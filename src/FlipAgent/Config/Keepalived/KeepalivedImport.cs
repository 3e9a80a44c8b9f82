using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Translates keepalived.conf into a draft of flipagent.yaml (<c>flipagentctl import-keepalived FILE</c>). Priorities, peers, timings and checks are
/// carried over; a notify script that moves a floating IP becomes the section that does it; every other line is named in a note. Like moving
/// house with a list: each box is either in the new place or on the list with the reason why not.
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
        var statements = KeepalivedText.Parse(text, file, files, notes);
        var draft = new Draft { Source = System.IO.Path.GetFileName(file) };
        var name = Globals(statements, draft, notes) ?? files.ConfigId;
        var instances = statements.Where(s => s.Keyword == "vrrp_instance").ToArray();
        if (instances.Length == 0)
            notes.Add(file, 1, "there is no vrrp_instance in it; expected keepalived's configuration of one node");
        else
            InstanceImport.Into(draft, instances[0], name, files, notes);
        foreach (var other in instances.Skip(1))
            notes.Add(other, $"vrrp_instance {Echo.Mask(other.Argument ?? "")}: not imported, the draft is made of the first one; " +
                "a second floating IP needs a second agent");
        if (draft.Nodes.Count == 0)
            InstanceImport.AddPeers(draft, name, null, 100, []);
        CheckImport.Into(draft, instances.FirstOrDefault(), statements, files, notes);
        foreach (var s in statements.Where(s => s.Keyword is not ("global_defs" or "vrrp_instance" or "vrrp_script" or "vrrp_track_process")))
            NotImported.Note(s, notes);
        return new ImportResult(draft.Yaml(), notes.Sorted(file));
    }

    /// <summary>The router_id, if there is one.</summary>
    private static string? Globals(List<Statement> statements, Draft draft, Notes notes)
    {
        string? name = null;
        foreach (var s in statements.Where(s => s.Keyword == "global_defs").SelectMany(s => s.Block))
            switch (s.Keyword)
            {
                case "router_id":
                    name = s.Argument;
                    break;
                case "vrrp_startup_delay" when Seconds.Parse(s.Argument, 0, 600) is { } delay:
                    draft.StartupDelay = delay;
                    break;
                default:
                    NotImported.Note(s, notes, "global_defs ");
                    break;
            }

        return name;
    }
}
