using System.Globalization;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// vrrp_script and vrrp_track_process become checks, if the instance tracks them. Rhythm and weight come along; what keepalived leaves at its
/// default takes FlipAgent's, which asks twice before it believes in a failure.
/// </summary>
internal static class CheckImport
{
    public static void Into(Draft draft, Statement? instance, List<Statement> statements, KeepalivedFiles files, Notes notes)
    {
        var tracked = Tracked(instance);
        foreach (var s in statements.Where(s => s.Keyword is "vrrp_script" or "vrrp_track_process"))
        {
            if (s.Argument is not { } name || !tracked.Remove(name, out var use))
            {
                notes.Add(s, $"{s.Keyword} {Echo.Mask(s.Argument ?? "")}: left out, the imported instance does not track it");
                continue;
            }

            var check = s.Keyword == "vrrp_script" ? Script(s, files, notes) : Process(s, notes);
            if (check is not null)
                draft.Checks.Add(check with { Name = Unique(draft, name), Weight = Weight(s, use, notes) });
        }

        foreach (var missing in tracked.Values)
            notes.Add(missing, $"{Echo.Mask(missing.Keyword)} is tracked, but defined nowhere; keepalived ignores it too");
    }

    private static Dictionary<string, Statement> Tracked(Statement? instance)
    {
        var tracked = new Dictionary<string, Statement>(StringComparer.Ordinal);
        foreach (var block in instance?.Block.Where(s => s.Keyword is "track_script" or "track_process") ?? [])
            foreach (var s in block.Block)
                tracked.TryAdd(s.Keyword, s);
        return tracked;
    }

    private static CheckConfig? Script(Statement script, KeepalivedFiles files, Notes notes)
    {
        if (script.Block.FirstOrDefault(s => s.Keyword == "script") is not { Words.Length: > 1 } line)
        {
            notes.Add(script, "vrrp_script without a script; left out");
            return null;
        }

        var (check, remark) = ScriptGuess.Of(line.Rest, files.Read);
        if (remark is not null)
            notes.Add(line, remark);
        else if (check is CheckConfig.Exec)
            notes.Add(line, "stays a script: it runs as the agent's user, and one that cannot be run counts as down (keepalived: up)");
        return Rhythm(script, check, notes);
    }

    private static CheckConfig Rhythm(Statement script, CheckConfig check, Notes notes)
    {
        foreach (var s in script.Block)
            switch (s.Keyword)
            {
                case "script" or "weight":
                    break;
                case "interval" when Seconds.Parse(s.Argument, 0.01, 3600) is { } interval:
                    check = check with { Interval = interval };
                    break;
                case "timeout" when Seconds.Parse(s.Argument, 0.01, 60) is { } timeout:
                    check = check with { Timeout = timeout };
                    break;
                case "rise" when Count(s.Argument) is { } rise:
                    check = check with { Rise = rise };
                    break;
                case "fall" when Count(s.Argument) is { } fall:
                    check = check with { Fall = fall };
                    break;
                case "init_fail":
                    notes.Add(s, "init_fail: not needed; the first result after a start decides");
                    break;
                default:
                    NotImported.Note(s, notes, "vrrp_script ");
                    break;
            }

        return check;
    }

    private static CheckConfig? Process(Statement track, Notes notes)
    {
        CheckConfig? check = null;
        foreach (var s in track.Block)
            switch (s.Keyword)
            {
                case "process" when s.Argument is { } path:
                    var name = path[(path.LastIndexOf('/') + 1)..].Split(' ')[0];
                    check = new CheckConfig.ProcessName(name.Length > 15 ? name[..15] : name) { Name = "" };
                    break;
                case "weight":
                    break;
                default:
                    NotImported.Note(s, notes, "vrrp_track_process ");
                    break;
            }

        if (check is null)
            notes.Add(track, "vrrp_track_process without a process; left out");
        return check;
    }

    /// <summary>The weight of the instance's track_ block goes before that of the script.</summary>
    private static int Weight(Statement script, Statement use, Notes notes)
    {
        var words = use.Words.ToList();
        var at = words.IndexOf("weight");
        var own = script.Block.FirstOrDefault(s => s.Keyword == "weight");
        var text = at >= 0 && at + 1 < words.Count ? words[at + 1] : own?.Argument;
        if (words.Contains("reverse") || own?.Words.Contains("reverse") == true)
            notes.Add(use, "reverse: not imported; turn the check itself round");
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var weight) ? Math.Clamp(weight, -253, 253) : 0;
    }

    private static int? Count(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? Math.Clamp(count, 1, 100) : null;

    private static string Unique(Draft draft, string name)
    {
        var allowed = new string([.. name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-').Take(28)]);
        var result = allowed.Length == 0 || Echo.IsSecretLike(allowed) ? "check" : allowed;
        for (var i = 2; draft.Checks.Any(c => c.Name == result); i++)
            result = $"{allowed}-{i}";
        return result;
    }
}
