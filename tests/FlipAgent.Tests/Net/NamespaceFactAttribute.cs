namespace FlipAgent.Tests.Net;

/// <summary>A test that makes a network namespace of its own. Without root it is skipped with the reason; with CI=true it then fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    public NamespaceFactAttribute()
    {
        if (Environment.UserName != "root" && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "needs root: it makes a network namespace";
    }
}
