namespace FlipAgent.Outbound;

/// <summary>
/// The proxy for https that the environment names, as curl and others read it. FlipAgent uses only the one of its own configuration, so that the environment
/// that an agent happens to be started with decides nothing; but a person who set one must hear that it is not used.
/// </summary>
internal static class EnvironmentProxy
{
    private static readonly string[] s_names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

    /// <summary>The variable that names a proxy for this host, or null. Its value may hold a password, so it is not given.</summary>
    /// <param name="variable">The value of a variable; null: not set.</param>
    public static string? For(string host, Func<string, string?> variable)
    {
        var excluded = variable("no_proxy") ?? variable("NO_PROXY") ?? "";
        foreach (var one in excluded.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var name = one.TrimStart('*').TrimStart('.');
            if (one == "*" || host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase))
                return null;
        }
        return s_names.FirstOrDefault(name => !string.IsNullOrWhiteSpace(variable(name)));
    }

    /// <summary>The sentence that says so.</summary>
    public static string Unused(string name) => $"{name} is set in the environment and is not used; set floating_ip.https_proxy where the API is reached through a proxy";
}
