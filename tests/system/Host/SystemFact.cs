using FlipAgent.Harness;

namespace FlipAgent.SystemTests.Host;

/// <summary>A test that boots machines. Where that is not possible it is skipped and says why; with <c>CI=true</c> that is a failure instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SystemFactAttribute : FactAttribute
{
    private static readonly string? s_missing = FindMissing();

    public SystemFactAttribute() => Skip = Reason;

    /// <summary>Null: they can be booted here, or have to be.</summary>
    internal static string? Reason => Environment.GetEnvironmentVariable("CI") != "true" ? s_missing : null;

    private static string? FindMissing()
    {
        if (Environment.UserName != "root")
        {
            return "booting machines needs root";
        }

        var programs = (string[])["systemd-nspawn", "systemd-analyze", "debootstrap", "ip", "nsenter", "dpkg-deb", "apache2"];
        var absent = programs.Where(p => Shell.Find(p) is null).ToList();
        return absent.Count > 0 ? $"not installed: {string.Join(", ", absent)}"
            : Packages.All().Length == 0 ? "no package in out/: make deb apt-repo"
            : null;
    }
}

/// <inheritdoc cref="SystemFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SystemTheoryAttribute : TheoryAttribute
{
    public SystemTheoryAttribute() => Skip = SystemFactAttribute.Reason;
}
