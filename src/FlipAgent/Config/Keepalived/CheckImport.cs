using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// vrrp_script and vrrp_track_process become checks, if the instance or its sync group tracks them. Rhythm and weight come along, written out also where
/// keepalived's default is not FlipAgent's.
/// </summary>
internal sealed class CheckImport(Draft draft, List<Statement> top, Tracking tracking, ScriptSettings settings, KeepalivedFiles files, Notes notes)
{
    private const int LargestWeight = 253;
    private const int LargestCount = 100;
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_longestTimeout = TimeSpan.FromMinutes(1);

    public void Into()
    {
        var defined = new Dictionary<string, Statement>(StringComparer.Ordinal);
        foreach (var s in top.Where(s => s.Keyword is "vrrp_script" or "vrrp_track_process"))
        {
            var key = Tracking.Key(s.Keyword == "vrrp_script" ? "track_script" : "track_process", s.Argument ?? "");
            var shown = $"{s.Keyword} {Echo.Mask(s.Argument ?? "")}";
            if (defined.TryGetValue(key, out var first))
                notes.Add(s, $"{shown}: left out, it is defined twice, and keepalived takes the first one (line {first.Line})");
            else if (s.Keyword == "vrrp_script" && (s.Last("script") is not { } script || CommandLine.Of(script, false) is null))
                notes.Add(s, $"{shown}: left out; its script is empty or missing, and keepalived removes it for that");
            else if (defined.TryAdd(key, s) && tracking.Use(key) is not { } use)
                notes.Add(s, $"{shown}: left out, the imported instance does not track it{notes.AsFarAsRead}");
            else
                One(s, tracking.Use(key)!, shown);
        }

        foreach (var missing in tracking.Uses.Where(u => !defined.ContainsKey(u.Key)))
        {
            draft.LeftOut.Add(missing.Name);
            notes.Add(missing.At, $"{Echo.Mask(missing.Name)} is tracked, but " +
                (notes.IsIncomplete ? "not defined in what could be read; left out" : "defined nowhere, or nothing to run; keepalived ignores it too"));
        }

        draft.LeftOut.AddRange(tracking.Ignored);
    }

    private void One(Statement s, Tracking.Item use, string shown)
    {
        if (top.FindIndex(t => ReferenceEquals(t, s)) > top.FindIndex(t => ReferenceEquals(t, use.Owner)))
            notes.Add(use.At, $"{Echo.Mask(use.Name)}: keepalived ignores it, because it is defined below (line {s.Line}); the draft has it");
        Surplus.Note(s, notes);
        var weight = Weight(s, use, out var isReversed);
        if (isReversed)
        {
            notes.Add(use.At, $"{shown}: left out, for \"reverse\" turns it round: FlipAgent has no such thing; write a check that asks the opposite");
            draft.LeftOut.Add(use.Name);
            return;
        }

        var check = s.Keyword == "vrrp_script"
            ? new ScriptImport(settings, files, notes).Check(s)
            : ProcessImport.Check(s, notes);
        if (check is null)
        {
            draft.LeftOut.Add(use.Name);
            return;
        }

        draft.HasScripts |= check is CheckConfig.Exec;
        check = s.Keyword == "vrrp_script" ? Rhythm(s, check) : check;
        draft.Checks.Add(check with { Name = Unique(use.Name), Weight = Seconds.Within(weight, -LargestWeight, LargestWeight, use.At, "weight", notes) });
    }

    /// <summary>keepalived: each second, the timeout as long as the interval, one success is enough and one failure too.</summary>
    private CheckConfig Rhythm(Statement script, CheckConfig check)
    {
        var own = check.Timeout;
        check = check with { Interval = TimeSpan.FromSeconds(1), Rise = 1, Fall = 1 };
        TimeSpan? timeout = null;
        foreach (var s in script.Block)
            switch (s.Keyword)
            {
                case "script" or "weight":
                    break;
                case "interval":
                    check = check with { Interval = Seconds.Within(Time(s), s_shortest, s_longestInterval, s, "interval", notes) };
                    break;
                case "timeout":
                    timeout = Seconds.Within(Time(s), s_shortest, s_longestTimeout, s, "timeout", notes);
                    break;
                case "rise":
                    check = check with { Rise = Count(s) };
                    break;
                case "fall":
                    check = check with { Fall = Count(s) };
                    break;
                case "init_fail":
                    notes.Add(s, "init_fail: not needed; a node that starts is not fit before its checks have answered, and the first answer decides");
                    break;
                case "user":
                    if (check is not CheckConfig.Exec)
                        notes.Add(s, "vrrp_script user: not needed: no script is run");
                    break;
                default:
                    NotImported.Note(s, notes, "vrrp_script ");
                    break;
            }

        timeout ??= Seconds.Within(check.Interval, s_shortest, s_longestTimeout, script, "timeout (keepalived's is the interval)", notes);
        return check with { Timeout = own < timeout ? own : timeout.Value };
    }

    /// <summary>keepalived takes 1 s for 0, and for what is no time.</summary>
    private TimeSpan Time(Statement s)
    {
        if (Seconds.Parse(s.Argument) is { } time && time > TimeSpan.Zero)
            return time;
        notes.Add(s, $"vrrp_script {s.Keyword}: no time above 0; keepalived takes 1 s, and so does the draft");
        return TimeSpan.FromSeconds(1);
    }

    private int Count(Statement s)
    {
        if (Seconds.Whole(s.Argument, 1, int.MaxValue) is { } count)
            return Seconds.Within(count, 1, LargestCount, s, s.Keyword, notes);
        notes.Add(s, $"vrrp_script {s.Keyword}: no number above 0; keepalived takes 1, and so does the draft");
        return 1;
    }

    /// <summary>The weight of the track_ block goes before that of the script.</summary>
    private int Weight(Statement defined, Tracking.Item use, out bool isReversed)
    {
        var words = use.At.Words;
        var at = words.IndexOf("weight");
        var own = defined.Last("weight");
        isReversed = words.Contains("reverse")
            || (own?.Words.Contains("reverse") == true && !words.Contains("noreverse") && !words.Contains("no_reverse"));
        var (text, line) = at >= 0 ? (at + 1 < words.Length ? words[at + 1] : null, use.At) : (own?.Argument, own);
        if (line is null)
            return 0;
        if (Seconds.Whole(text, -1000, 1000) is { } weight)
            return weight;
        notes.Add(line, $"weight of {Echo.Mask(use.Name)}: no number from -253 to 253; the check has none in the draft, so it decides alone");
        return 0;
    }

    private string Unique(string name)
    {
        var allowed = new string([.. name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-').Take(28)]);
        var plain = allowed.Length == 0 || Echo.IsSecretLike(allowed) || Scalars.Name(allowed, out _) is not null || allowed == "adverts" ? "check" : allowed;
        var result = plain;
        for (var i = 2; draft.Checks.Any(c => c.Name == result); i++)
            result = $"{plain}-{i}";
        return result;
    }
}
