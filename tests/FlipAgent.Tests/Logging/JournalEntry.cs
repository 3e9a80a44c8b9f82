using System.Buffers.Binary;
using System.Text;

namespace FlipAgent.Tests.Logging;

/// <summary>Reads a datagram of journald's native protocol the way journald does: an oracle written from its description, not from our encoder.</summary>
internal static class JournalEntry
{
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> datagram)
    {
        var fields = new Dictionary<string, string>();
        while (!datagram.IsEmpty)
        {
            var end = datagram.IndexOf((byte)'\n');
            Assert.True(end > 0, "a field ends with a newline");
            var equals = datagram[..end].IndexOf((byte)'=');
            string name, value;
            if (equals >= 0)
            {
                name = Encoding.UTF8.GetString(datagram[..equals]);
                value = Encoding.UTF8.GetString(datagram[(equals + 1)..end]);
                datagram = datagram[(end + 1)..];
            }
            else
            {
                name = Encoding.UTF8.GetString(datagram[..end]);
                var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(datagram[(end + 1)..]);
                value = Encoding.UTF8.GetString(datagram.Slice(end + 9, length));
                Assert.Equal((byte)'\n', datagram[end + 9 + length]);
                datagram = datagram[(end + 10 + length)..];
            }

            Assert.Matches("^[A-Z][A-Z0-9_]{0,63}$", name);
            fields.Add(name, value);
        }

        return fields;
    }
}
