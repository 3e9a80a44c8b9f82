namespace FlipAgent.Tests.Control;

/// <summary>
/// A test that needs programs or root. Without them it is skipped with the reason, except where CI=true: there everything must be installed.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] needs)
    {
        var missing = needs.Where(need => need == "root" ? Environment.UserName != "root" : !OnPath(need)).ToList();
        if (missing.Count > 0 && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = $"needs {string.Join(", ", missing)}";
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));
}
