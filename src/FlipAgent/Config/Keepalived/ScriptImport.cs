using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <param name="User">script_user, or null.</param>
/// <param name="Known">Whose the addresses are that a script may ask.</param>
internal sealed record ScriptSettings(Statement? User, KnownAddresses Known)
{
    /// <summary>Who runs a script that has no user of its own.</summary>
    public string Default => User?.Argument ?? "keepalived_script, or root where there is no such user";
}

/// <summary>The script of a vrrp_script as a check.</summary>
internal sealed class ScriptImport(ScriptSettings settings, KeepalivedFiles files, Notes notes)
{
    /// <summary>With the timeout that its command line sets, or an endless one; null when no check can come of it, and a note says why.</summary>
    public CheckConfig? Check(Statement script)
    {
        var line = script.Last("script")!;
        var command = CommandLine.Of(line, false)!;
        foreach (var remark in command.Remarks("script", "the draft has the whole command"))
            notes.Add(line, remark);
        if (CommandSecrets.AreIn(command.Text))
        {
            notes.Add(line, "script: left out; a password or token stands in its command line, and it is not copied. Put it into a script");
            return null;
        }

        if (Variables.Reasons(line, command) is { Length: > 0 } unset)
        {
            foreach (var reason in unset)
                notes.Add(line, $"script: left out; {reason}");
            return null;
        }

        if (Placeholders.InCommand(command.Text) is { } name)
        {
            notes.Add(line, $"script: left out; {Echo.Mask(name)} stands in place of a value, as in a template; expected the file that is made of it, as keepalived reads it");
            return null;
        }

        var guess = ScriptGuess.Of(command.Text, files.Read);
        var behind = ScriptFiles.Behind(command.Text, files);
        if (ScriptActs.StopsKeepalived(behind.Text))
            return InsteadOfStopping(line, command, behind.Text);
        if (IsKeepalived(guess.Check))
        {
            notes.Add(line, $"{command.Shown} asks whether keepalived itself runs; left out, for it does not any more");
            return null;
        }

        foreach (var remark in guess.Remarks)
            notes.Add(line, remark);
        if (guess.Check is CheckConfig.Exec)
            StaysScript(script, line, command, behind, guess.Verdict);
        if (guess.Timeout is { } timeout)
            notes.Add(line, $"the command line gives up after {Duration.Text(timeout)}; so does the check, if its timeout is not shorter");
        return new CheckTarget(settings.Known, remark => notes.Add(line, remark)).Of(guess.Check, behind.Text) with { Timeout = guess.Timeout ?? TimeSpan.MaxValue };
    }

    /// <summary>Its exit status says nothing, as it relied on keepalived's end; what it asks before that is worth keeping.</summary>
    private CheckConfig.ProcessName? InsteadOfStopping(Statement line, CommandLine command, string text)
    {
        const string Acts = "acts instead of asking: it stops or restarts keepalived, and its exit status need not say that anything is wrong";
        if (ScriptActs.Process(text) is not { } name)
        {
            notes.Add(line, $"{command.Shown} {Acts}; left out, write a check of what it looks at");
            return null;
        }

        var comm = ScriptGuess.Comm(name);
        notes.Add(line, $"{command.Shown} {Acts}; became process: {{name: {comm}}}, which it looks for" +
            (ScriptActs.Other(text) is { } other && !other.Contains("keepalived") ? $"; it also {other}, which systemd's Restart= does better" : ""));
        return new CheckConfig.ProcessName(comm) { Name = "", Timeout = TimeSpan.MaxValue };
    }

    private void StaysScript(Statement script, Statement line, CommandLine command, ScriptFiles behind, Verdict verdict)
    {
        var user = script.Last("user")?.Argument ?? settings.Default;
        notes.Add(line, $"stays a script: keepalived ran it as {Echo.Mask(user)}, FlipAgent as the agent's user; " +
            "one that cannot be run counts as down (keepalived: ignored or up)");
        if (behind.Unread is { } unread)
            notes.Add(line, $"{unread}, so what it does is not known: if it needs root, or acts (stops keepalived, starts HAProxy), it is no check for FlipAgent");
        if (ScriptActs.Signals(behind.Text))
            notes.Add(line, "it sends a signal: as the agent's user that fails for processes of other users (\"Operation not permitted\"), even kill -0 and " +
                "killall -0, and the check is down for ever; ask with pidof, or use a process check");
        else if (ScriptActs.NeedsRoot(behind.Text))
            notes.Add(line, "it asks for what only root may see or do (sudo, ss -p, lsof, iptables, docker, /root); as the agent's user it may always fail");
        if (NotifyScript.Look(behind.Text, _ => false) is { Provider: not null, Cloud: { } cloud, Doubt: null })
            notes.Add(line, $"{command.Shown} seems to ask {cloud}: if it does, leave that out, for the agent does it itself, and a check that fails where the floating IP is not leaves nobody to take over");
        if (ScriptActs.LooksForAddress(behind.Text))
            notes.Add(line, $"{command.Shown} looks for an address on an interface; FlipAgent sets up none, so the floating IP is not found there");
        if (verdict == Verdict.Opposite)
            notes.Add(line, "it fails when the command in it succeeds, and the other way round (&& exit 1, || exit 0), which no built-in check does");
        else if (verdict == Verdict.AlwaysDown)
            notes.Add(line, "it fails whatever the command in it answers: the check is always down");
        else if (verdict == Verdict.AlwaysUp || ScriptActs.IsAlwaysWell(behind.Text))
            notes.Add(line, $"{command.Shown} seems to end with exit 0 whatever it finds: then the check is always up");
        if (ScriptActs.Other(behind.Text) is { } other)
            notes.Add(line, $"{command.Shown} {other}; a check should only ask, and the agent's user may not do that: leave it to systemd (Restart=)");
    }

    /// <summary>With FlipAgent in its place that would be down for ever.</summary>
    public static bool IsKeepalived(CheckConfig check) => check switch
    {
        CheckConfig.ProcessName process => process.Comm.StartsWith("keepalived", StringComparison.Ordinal),
        CheckConfig.Unit unit => unit.UnitName == "keepalived.service",
        CheckConfig.PidFile pidFile => pidFile.File.Contains("keepalived", StringComparison.Ordinal),
        _ => false,
    };
}
