using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>global_defs, of which there may be several.</summary>
internal sealed class Globals
{
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMinutes(10);

    private readonly List<Statement> _security = [];

    /// <summary>The router_id, if there is one.</summary>
    public string? Name { get; private set; }

    /// <summary>Of VRRP, for instances that do not say it.</summary>
    public int Version { get; private set; } = 2;

    public Statement? ScriptUser { get; private set; }

    /// <summary>The readers of the FIFOs that all changes are written to.</summary>
    public List<Statement> Scripts { get; } = [];

    public static Globals Of(List<Statement> top, Draft draft, Notes notes)
    {
        var globals = new Globals();
        foreach (var s in top.Where(s => s.Keyword == "global_defs").SelectMany(s => s.Block))
            globals.One(s, draft, notes);
        return globals;
    }

    /// <summary>Who runs scripts only matters where there are scripts left.</summary>
    public void NoteSecurity(bool hasScripts, Notes notes)
    {
        foreach (var s in _security)
            notes.Add(s, $"global_defs {s.Keyword}: " + (hasScripts
                ? s.Keyword == "script_user"
                    ? $"not imported; scripts that stay scripts run as the agent's user, not as {Echo.Mask(s.Argument ?? "that user")}: see the notes on them"
                    : "not imported; scripts that stay scripts run as the agent's user, who can do little"
                : "not needed: no script is run"));
    }

    private void One(Statement s, Draft draft, Notes notes)
    {
        switch (s.Keyword)
        {
            case "router_id":
                Name = s.Argument;
                break;
            case "vrrp_startup_delay" when Seconds.Parse(s.Argument) is { } delay:
                draft.StartupDelay = Seconds.Within(delay, TimeSpan.Zero, s_longestDelay, s, "vrrp_startup_delay", notes);
                break;
            case "vrrp_version":
                Version = Seconds.Whole(s.Argument, 2, 3) ?? 2;
                NotImported.Note(s, notes, "global_defs ");
                break;
            case "script_user" or "enable_script_security":
                ScriptUser = s.Keyword == "script_user" ? s : ScriptUser;
                _security.Add(s);
                break;
            case "vrrp_notify_fifo_script" or "notify_fifo_script":
                Scripts.Add(s);
                break;
            default:
                NotImported.Note(s, notes, "global_defs ");
                break;
        }
    }
}
