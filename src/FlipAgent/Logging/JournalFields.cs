using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FlipAgent.Logging;

/// <summary>
/// One datagram of journald's native protocol (systemd.io, "Native Journal Protocol"): a field a line; a value of several lines is preceded by its
/// length, so that nothing inside it can pass for another field.
/// </summary>
internal readonly ref struct JournalFields
{
    private readonly ArrayBufferWriter<byte> _datagram;
    private readonly Func<string, string> _redact;
    private readonly int _longest;

    /// <param name="longest">Characters of a value that are kept; what is cut off is said at its end.</param>
    public JournalFields(ArrayBufferWriter<byte> datagram, Func<string, string> redact, int longest)
    {
        _datagram = datagram;
        _redact = redact;
        _longest = longest;
    }

    public ReadOnlySpan<byte> Written => _datagram.WrittenSpan;

    /// <summary>Adds a field; null or empty: nothing. The name is at most 64 characters of A-Z, 0-9 and _ (a longer one is cut).</summary>
    public void Add(string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        // First redact, then cut: a secret that is cut in the middle would not be recognised.
        var text = Cut(_redact(value));
        Encoding.UTF8.GetBytes(name.AsSpan(0, Math.Min(name.Length, 64)), _datagram);
        if (!text.Contains('\n'))
        {
            _datagram.Write("="u8);
            Encoding.UTF8.GetBytes(text, _datagram);
        }
        else
        {
            _datagram.Write("\n"u8);
            BinaryPrimitives.WriteUInt64LittleEndian(_datagram.GetSpan(sizeof(ulong)), (ulong)Encoding.UTF8.GetByteCount(text));
            _datagram.Advance(sizeof(ulong));
            Encoding.UTF8.GetBytes(text, _datagram);
        }

        _datagram.Write("\n"u8);
    }

    private string Cut(string value) =>
        value.Length <= _longest ? value : string.Concat(value.AsSpan(0, _longest), $"... ({value.Length - _longest} characters cut)");
}
