using System.Security.Cryptography;

namespace FlipAgent.Config.Secrets;

/// <summary>Makes a cluster key: 256 bits from the kernel's generator, as one line of a key file.</summary>
public static class KeyGen
{
    /// <summary><c>ID:HEX</c>, 32 random bytes, without a line break. Print it to a file, nowhere else.</summary>
    /// <param name="id">1 to 255; a new key of a rotation takes another one than the old.</param>
    public static string Line(int id = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(id, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id, 255);
        return $"{id}:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}";
    }
}
