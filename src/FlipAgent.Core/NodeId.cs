using System.Security.Cryptography;
using System.Text;

namespace FlipAgent.Core;

/// <summary>The 32-bit name of a node on the wire: short, and the same on every node.</summary>
public static class NodeId
{
    /// <summary>No node.</summary>
    public const uint None = 0;

    /// <summary>First four bytes of SHA-256 of the UTF-8 name, big-endian; 0 (which means nobody) becomes 1. <c>config check</c> refuses two names with one id.</summary>
    public static uint Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return Math.Max(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hash), None + 1);
    }
}
