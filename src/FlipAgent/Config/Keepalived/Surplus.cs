using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Words behind those that a keyword takes. keepalived ignores them without a word, and so does the draft; who wrote <c>state BACKUP nopreempt</c> believes
/// that both count.
/// </summary>
internal static class Surplus
{
    private static readonly string[] s_blocks =
        ["unicast_peer", "virtual_ipaddress", "virtual_ipaddress_excluded", "track_script", "track_process", "authentication", "group"];

    /// <summary>What takes no word, one, or two. Command lines are not here: they have rules of their own.</summary>
    private static readonly string[][] s_byWords =
    [
        [.. s_blocks, "nopreempt", "preempt", "init_fail"],
        [
            "state", "interface", "virtual_router_id", "priority", "advert_int", "version", "preempt_delay", "unicast_src_ip", "mcast_src_ip", "interval", "timeout",
            "rise", "fall", "quorum", "quorum_max", "delay", "fork_delay", "terminate_delay", "router_id", "vrrp_version", "vrrp_startup_delay",
        ],
        ["weight", "user", "script_user"],
    ];

    /// <summary>Looks at a block that the draft is made of, and at the lines in it.</summary>
    public static void Note(Statement owner, Notes notes)
    {
        if (owner.Keyword is "vrrp_instance" or "vrrp_sync_group" && owner.Words.Length > 2)
            notes.Add(owner, $"{owner.Keyword} {Echo.Mask(owner.Words[1])}: keepalived refuses it, because more than its name follows; the draft has it");
        foreach (var line in owner.Block)
            NoteLine(line, notes);
    }

    private static void NoteLine(Statement line, Notes notes)
    {
        var most = Array.FindIndex(s_byWords, w => w.Contains(line.Keyword));
        var isKnown = most >= 0;
        if (!isKnown && (NotifyImport.IsNotify(line) || NotImported.ReasonFor(line.Keyword) is null))
            return;
        var rest = line.Words.Skip(1 + (isKnown ? most : 1)).ToArray();
        var keywords = rest.Where(IsKeyword).ToArray();
        if (isKnown ? rest.Length > 0 : keywords.Length > 0)
            // Of what follows only keywords and addresses are repeated: anything else may be a password.
            notes.Add(line, $"{line.Keyword}: keepalived ignores what follows {(most == 0 ? "it" : "its value")} in the line{Shown(rest)}, and so does the draft; " +
                "each keyword needs a line of its own");
        if (isKnown && line.HasBlock && line.Words.Length > 1 && !s_blocks.Contains(line.Keyword))
            notes.Add(line, $"{line.Keyword}: keepalived ignores the {{ in {(line.BraceLine == line.Line ? "this line" : $"line {line.BraceLine}")}, so the next }} ends the block around it; what follows may have ended up in the wrong block");
    }

    private static bool IsKeyword(string word) => s_byWords.Any(w => w.Contains(word));

    private static string Shown(string[] words) =>
        words.Where(w => IsKeyword(w) || PeerImport.Address(w) is not null).ToArray() is { Length: > 0 } shown ? $" ({string.Join(", ", shown)})" : "";
}
