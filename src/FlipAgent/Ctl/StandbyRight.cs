using System.Diagnostics;
using System.Globalization;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Kernel;

namespace FlipAgent.Ctl;

/// <summary>
/// May the agent's user start and stop the unit of a cold standby (rule E14)? Asked of polkit before the day it counts, in the way in which systemd
/// will ask. Nothing is started. Only root may ask on behalf of somebody else.
/// </summary>
internal static class StandbyRight
{
    private const string Subject = "standby: cold";
    private const string Manual = "man flipagent.yaml, section COLD STANDBY";
    private static readonly string[] s_verbs = ["start", "stop"];
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>Null: no check has <c>standby: cold</c>.</summary>
    public static Finding? Look(AgentConfig config)
    {
        if (config.Checks.OfType<CheckConfig.Unit>().FirstOrDefault(check => check.ColdStandby) is not { UnitName: var unit })
            return null;
        if (!Environment.IsPrivilegedProcess)
            return Finding.Warn(Subject, $"whether user {AgentUser.Name} may start and stop {unit} could not be asked", "run this as root");
        if (Run("getent", "passwd", AgentUser.Name).Code != 0)
            return Finding.Warn(Subject, $"there is no user {AgentUser.Name}, so its right to start and stop {unit} could not be asked", "install the package, or run the agent as root");
        var version = Run("pkcheck", "--version");
        if (version.Code != 0)
            return Finding.Fail(Subject, $"polkit is not installed: user {AgentUser.Name} may not start and stop {unit}", "apt-get install polkitd");
        var refused = s_verbs.Where(verb => !Allowed(unit, verb)).ToList();
        if (refused.Count == 0)
            return Finding.Ok(Subject, $"user {AgentUser.Name} may start and stop {unit}");
        return HasRules(version.Out)
            ? Finding.Fail(Subject, $"user {AgentUser.Name} may not {string.Join(" and ", refused)} {unit}; expected a rule of polkit for this unit", Manual)
            : Finding.Fail(Subject, $"user {AgentUser.Name} may not {string.Join(" and ", refused)} {unit}: {version.Out.Trim()} knows no rules for one unit, 0.106 or later does", Manual);
    }

    /// <summary>Rules in JavaScript, which see the unit's name, came with 0.106; the .pkla files before see only the action, and so every unit.</summary>
    /// <param name="version">What <c>pkcheck --version</c> prints: <c>pkcheck version 0.105</c>, and since 121 <c>pkcheck version 121</c>.</param>
    internal static bool HasRules(string version)
    {
        var number = version.Trim().Split(' ')[^1].Split('.');
        return number is not ["0", var minor, ..] || (int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= 106);
    }

    /// <summary>polkit judges processes, not users: so a process of that user is there for as long as the question takes.</summary>
    private static bool Allowed(string unit, string verb)
    {
        using var somebody = Start("setpriv", $"--reuid={AgentUser.Name}", $"--regid={AgentUser.Name}", "--init-groups", "sleep", "60");
        if (somebody is null)
            return false;
        try
        {
            var waited = Stopwatch.StartNew();
            while (Command(somebody.Id) != "sleep" && waited.Elapsed < s_timeout && !somebody.HasExited)
                Thread.Sleep(5);
            return Run("pkcheck", "--process", somebody.Id.ToString(CultureInfo.InvariantCulture), "--action-id", "org.freedesktop.systemd1.manage-units",
                "--detail", "unit", unit, "--detail", "verb", verb).Code == 0;
        }
        finally
        {
            somebody.Kill();
        }
    }

    private static string Command(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static (int Code, string Out) Run(string program, params string[] arguments) => ProgramRun.ToEnd(s_timeout, program, arguments);

    private static ProgramRun? Start(string program, params string[] arguments)
    {
        try
        {
            return ProgramRun.Start(program, arguments, environment: null);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
