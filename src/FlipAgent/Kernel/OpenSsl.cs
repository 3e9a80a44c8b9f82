using System.Runtime.InteropServices;

namespace FlipAgent.Kernel;

/// <summary>
/// The OpenSSL of this machine, which the runtime loads when something is first hashed or encrypted; without one it ends the process. So it is asked for
/// beforehand by all that hashes.
/// </summary>
internal static class OpenSsl
{
    /// <summary>The versions that the runtime takes, the best first.</summary>
    public static readonly IReadOnlyList<string> Names = ["libssl.so.3", "libssl.so.1.1"];

    /// <summary>Null when there is one, otherwise a sentence: what is missing and which packages have it.</summary>
    /// <param name="names">File names as for dlopen(3).</param>
    public static string? Missing(IReadOnlyList<string> names)
    {
        // A library that was loaded stays: the runtime is about to use it.
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out _))
                return null;
        return $"no OpenSSL on this machine: expected {string.Join(" or ", names)} (package libssl3t64, libssl3 or libssl1.1)";
    }

    /// <inheritdoc cref="Missing(IReadOnlyList{string})"/>
    public static string? Missing() => Missing(Names);
}
