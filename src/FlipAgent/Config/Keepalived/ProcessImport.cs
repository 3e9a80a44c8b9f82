using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>A vrrp_track_process as a check of the process by its name.</summary>
internal static class ProcessImport
{
    private const int LargestCount = 100;

    /// <summary>Null when there is nothing that a check could ask; a note says why.</summary>
    public static CheckConfig? Check(Statement track, Notes notes)
    {
        if (track.Block.FirstOrDefault(s => s.Keyword == "process") is not { Argument: { Length: > 0 } } line)
        {
            notes.Add(track, "vrrp_track_process without a process; left out");
            return null;
        }

        if (track.Last("quorum_max") is { } most)
        {
            notes.Add(most, $"quorum_max: not imported{(most.Argument == "0" ? "; it asks that the process does not run, so the check is left out" : "")}");
            if (most.Argument == "0")
                return null;
        }

        if (Variables.Reason(line, line.Argument) is { } reason)
        {
            notes.Add(line, $"process: left out; {reason}");
            return null;
        }

        CheckConfig check = new CheckConfig.ProcessName(Name(line, track, notes)) { Name = "", Rise = 1, Fall = 1 };
        foreach (var s in track.Block)
            switch (s.Keyword)
            {
                case "process" or "weight" or "full_command" or "param_match" or "quorum_max":
                    break;
                case "quorum":
                    if (s.Argument != "1")
                        notes.Add(s, "quorum: not imported; one process of that name is enough for the check");
                    break;
                case "delay":
                    check = check with { Fall = Delay(s, notes), Rise = Delay(s, null) };
                    break;
                case "terminate_delay":
                    check = check with { Fall = Delay(s, notes) };
                    break;
                case "fork_delay":
                    check = check with { Rise = Delay(s, notes) };
                    break;
                default:
                    NotImported.Note(s, notes, "vrrp_track_process ");
                    break;
            }

        if (!ScriptImport.IsKeepalived(check))
            return check;
        notes.Add(line, "process: keepalived itself; left out, for it does not run any more");
        return null;
    }

    /// <summary>keepalived compares the kernel's short name, or the whole command line; the check has the short name only.</summary>
    private static string Name(Statement line, Statement track, Notes notes)
    {
        var isFull = line.Words.Length > 2 || track.Block.Any(s => s.Keyword is "full_command" or "param_match");
        var program = line.Argument!.Split(' ', '\t')[0];
        var name = program[(program.LastIndexOf('/') + 1)..];
        var comm = ScriptGuess.Comm(name);
        if (isFull)
            notes.Add(line, $"process: the whole command line is not compared; any process named {Echo.Mask(comm)} counts" +
                (s_interpreters.Contains(name.TrimEnd([.. "0123456789."]))
                    ? ", which is an interpreter: name the unit or a pid file instead"
                    : ""));
        else if (program != line.Argument || program.Contains('/') || name != comm)
            notes.Add(line, $"process: keepalived compares it with the kernel's short name, which has no path, no arguments and 15 bytes at most, so it never " +
                $"finds this; the draft looks for {Echo.Mask(comm)}");
        return comm;
    }

    private static readonly string[] s_interpreters = ["python", "perl", "ruby", "node", "java", "sh", "bash", "php"];

    /// <summary>Seconds that a change must last, as a number of answers at the check's interval of a second.</summary>
    private static int Delay(Statement s, Notes? notes)
    {
        var delay = Seconds.Parse(s.Argument) ?? TimeSpan.Zero;
        var count = Math.Clamp((int)Math.Ceiling(Math.Min(delay.TotalSeconds, LargestCount)) + 1, 1, LargestCount);
        var field = s.Keyword switch { "fork_delay" => "rise", "terminate_delay" => "fall", _ => "rise and fall" };
        notes?.Add(s, $"{s.Keyword}: {Duration.Text(delay)} became {field}: {count}, with an answer each second" +
            (delay.TotalSeconds > LargestCount - 1 ? "; FlipAgent takes no more" : ""));
        return count;
    }
}
