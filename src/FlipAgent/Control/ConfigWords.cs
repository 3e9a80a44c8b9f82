using System.Globalization;
using FlipAgent.Reporting;

namespace FlipAgent.Control;

/// <summary>How the status says that the configuration file is not what the agent goes by.</summary>
internal static class ConfigWords
{
    /// <summary>What the next start would trip over. Empty: nothing.</summary>
    public static IEnumerable<string> Warnings(ConfigFileReport? file)
    {
        if (file is { State: "invalid" })
            yield return $"{file.File} is not valid, and the next start of the agent would fail: {file.Problem}; {Going(file)}";
        if (file is { State: "refused" })
            yield return $"{file.File} was not applied: {file.Problem}; {Going(file)}";
    }

    /// <summary>What is no fault.</summary>
    public static IEnumerable<string> Notes(ConfigFileReport? file)
    {
        if (file is { State: "changed" })
            yield return $"{file.File} was changed and is not applied: flipagentctl reload; {Going(file)}";
    }

    private static string Going(ConfigFileReport file) =>
        string.Create(CultureInfo.InvariantCulture, $"the agent goes by that of {file.LoadedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z") + (file.Kept is { } kept ? $", kept in {kept}" : "");
}
