using System.Net;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// Notify scripts of the instance, its sync group and the notify FIFOs: one that moves a floating IP becomes <c>floating_ip</c>. One that could not be read
/// may do that too, and is named.
/// </summary>
internal static class NotifyImport
{
    // The one for masters says most; "notify" is called for every change, and so is the reader of a FIFO.
    private static readonly string[] s_order =
    [
        "notify_master", "notify", "notify_master_rx_lower_pri", "vrrp_notify_fifo_script", "notify_fifo_script", "notify_backup", "notify_fault",
        "notify_stop", "notify_deleted",
    ];

    public static bool IsNotify(Statement s) => s_order.Contains(s.Keyword);

    /// <param name="isNode">An address that the script may name without meaning the floating IP.</param>
    public static void Into(Draft draft, IEnumerable<Statement> scripts, Func<IPAddress, bool> isNode, KeepalivedFiles files, Notes notes)
    {
        foreach (var s in scripts.OrderBy(s => Array.IndexOf(s_order, s.Keyword)))
            if (CommandLine.Of(s, true) is not { } command)
                notes.Add(s, $"{s.Keyword}: not imported; there is no command in it that keepalived would run");
            else
                One(draft, s, command, isNode, files, notes);
    }

    /// <summary>The cloud that the instance's scripts move something at, or null.</summary>
    public static string? Cloud(IEnumerable<Statement> scripts, KeepalivedFiles files) =>
        scripts.Select(s => CommandLine.Of(s, true))
            .OfType<CommandLine>()
            .Select(c => NotifyScript.Look(ScriptFiles.Behind(c.Text, files).Text, _ => false).Provider)
            .FirstOrDefault(p => p is not null);

    private static void One(Draft draft, Statement s, CommandLine command, Func<IPAddress, bool> isNode, KeepalivedFiles files, Notes notes)
    {
        var behind = ScriptFiles.Behind(command.Text, files);
        var seen = NotifyScript.Look(behind.Text, isNode);
        var shown = $"{s.Keyword} {command.Shown}";
        foreach (var remark in command.Remarks(s.Keyword, "it was read as if it were"))
            notes.Add(s, remark);
        foreach (var reason in Variables.Reasons(s, command))
            notes.Add(s, $"{s.Keyword}: {reason}");
        if (seen.TellsSlack)
        {
            draft.Slack = true;
            notes.Add(s, $"{shown} tells Slack; put the URL of its webhook into /etc/flipagent/slack-webhook");
        }

        if (seen.HasToken)
            notes.Add(s, $"a token or password stands in {command.Shown} or a file that it reads; make a new token for FlipAgent, revoke the old one");
        // A tool of the cloud's on the command line says enough, although nobody can look into it.
        if (seen.Provider is not null && seen.Doubt is null && behind.Unread is not null && Path.GetFileName(command.Shown).StartsWith("assign-ip", StringComparison.Ordinal))
            seen = seen with { Doubt = $"is called as the script in {seen.Cloud}'s guide" };
        var isTool = seen.Provider is not null && seen.Doubt is null;
        // What a program nobody knows was given may show by itself that it moves something.
        var isSilent = seen.Provider is null && !NotifyScript.MovesSomething(behind.Text);
        var unread = behind.Unread ?? (!isSilent ? null
            : behind.Unknown ?? (ScriptActs.Elsewhere(behind.Text) is { } program ? $"{command.Shown} runs {program}, and what that does elsewhere cannot be seen" : null));
        if (unread is not null && !isTool)
        {
            draft.IsCloudUncertain = true;
            notes.Add(s, $"{unread}, so what {s.Keyword} does is not known; if it moves a floating IP, " +
                "fill in floating_ip by hand");
        }

        if (ScriptActs.Service(behind.Text) is { } service)
            notes.Add(s, $"{shown} starts or stops a service ({service}): not imported; for HAProxy see standby: cold, for others alerts: - exec:");
        if (seen.Provider is not null)
            draft.Mentioned.AddRange(MovedAddresses.In(behind.Text).Where(VirtualAddress.IsPublic).Distinct());
        if (seen is { Provider: { } guess, Doubt: { } doubt })
            MayMove(draft, s, $"{shown} {doubt}", guess, seen, notes);
        else if (seen.Provider is { } provider)
            Moves(draft, s, shown, provider, seen, notes);
        else if (unread is null && NotifyScript.MovesSomething(behind.Text))
        {
            draft.IsCloudUncertain = true;
            draft.FloatingIp ??= seen.FloatingIp;
            notes.Add(s, $"{shown} seems to move an address, but at which cloud could not be seen: look at floating_ip" +
                Named(seen, "; it names "));
        }
        else if (unread is null && NotifyScript.SetsAddress(behind.Text))
            notes.Add(s, $"{shown} sets up an address on an interface: not imported; with DigitalOcean's floating IP none is needed");
        else if (!seen.TellsSlack && unread is null)
            NotImported.Note(s, notes);
    }

    private static void Moves(Draft draft, Statement s, string shown, string provider, NotifyScript.Seen seen, Notes notes)
    {
        if (draft.IsCloudKnown)
        {
            var other = provider == draft.Provider ? "" : $", but at another cloud than the draft has: {seen.Cloud}";
            IPAddress[] also = [.. (seen.FloatingIp is { } one ? [one] : seen.Several).Where(a => !a.Equals(draft.FloatingIp) && !draft.FloatingIps.Contains(a))];
            var isHere = provider == draft.Provider;
            var which = also.Length == 0 ? "" : $" ({string.Join(", ", also.AsEnumerable())}{(isHere ? ": see floating_ip" : "")})";
            notes.Add(s, $"{shown} moves something at {seen.Cloud} too{other}{which}; not imported beyond that");
            draft.AlsoMoved.AddRange(isHere ? also : []);
            return;
        }

        draft.IsCloudKnown = true;
        draft.Provider = provider;
        draft.FloatingIp ??= seen.FloatingIp;
        draft.FloatingIps = seen.Several;
        // What runs when another node takes over may give the address to that one.
        var isOther = s.Keyword is "notify_backup" or "notify_fault" or "notify_stop" or "notify_deleted";
        draft.OwnServer ??= isOther || s.Keyword.EndsWith("fifo_script", StringComparison.Ordinal) ? null : seen.Server;
        var what = isOther ? "does something with" : "moves";
        notes.Add(s, $"{shown} {what} a floating IP at {seen.Cloud}; " +
            (draft.IsBuiltIn ? "became floating_ip" : $"{seen.Cloud} is not built in, so it takes a program (provider: exec)") +
            Unseen(seen) +
            (seen.Besides is null ? "" : $"; what it does with {seen.Besides} is not in the draft"));
    }

    /// <summary>At a cloud that is only a guess.</summary>
    private static void MayMove(Draft draft, Statement s, string what, string provider, NotifyScript.Seen seen, Notes notes)
    {
        draft.IsCloudUncertain = true;
        if (!draft.IsCloudKnown)
            draft.Provider = provider;
        draft.FloatingIp ??= seen.FloatingIp;
        notes.Add(s, $"{what}: look at floating_ip" + Named(seen, "; it names "));
    }

    private static string Named(NotifyScript.Seen seen, string before, string after = "") =>
        seen.Candidates.IsEmpty ? "" : $"{before}{string.Join(", ", seen.Candidates)}{after}";

    private static string Unseen(NotifyScript.Seen seen) =>
        seen.FloatingIp is not null || !seen.Several.IsEmpty ? ""
        : seen.AreTooMany ? Named(seen, ", but it moves ", ", and a droplet has one reserved IP of each family: look at floating_ip.address")
        : ", but which address it moves could not be seen" + Named(seen, " (it names ", ")") + ": look at floating_ip.address";
}
