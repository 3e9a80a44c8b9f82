using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace FlipAgent.Probes;

/// <summary>
/// Reads one answer to a GET (RFC 9112) as far as a probe needs it: the status, and whether the page comes as a whole. What it does not need it does not judge.
/// </summary>
/// <param name="stream">Blocks, and ends the reading at its time.</param>
/// <param name="buffer">Holds what has come and is not read yet. A header that does not fit is passed over.</param>
internal sealed class HttpReply(Stream stream, byte[] buffer)
{
    /// <summary>As much as HAProxy ever buffers by default (tune.bufsize).</summary>
    public const int BufferBytes = 16 * 1024;

    private const int MostHeadBytes = 64 * 1024;

    private static readonly byte[] s_version = [.. "HTTP/1."u8];

    private MemoryStream? _page;
    private int _from, _to;
    private int _headBytes;
    private bool _begun;

    /// <summary>"HTTP/1.x NNN" (RFC 9112 section 4), or null.</summary>
    public static int? StatusOf(ReadOnlySpan<byte> line) =>
        line.Length >= 12 && line.StartsWith("HTTP/1."u8) && line[7] is >= (byte)'0' and <= (byte)'9' && line[8] == ' ' && (line.Length == 12 || line[12] is (byte)' ' or (byte)'\r' or (byte)'\n')
        && Utf8Parser.TryParse(line.Slice(9, 3), out int code, out var used) && used == 3 && code >= 100 ? code : null;

    /// <summary>The connection may take another request: the answer was read to its end, and nothing in it says otherwise (RFC 9112 section 9.3).</summary>
    public bool IsReusable { get; private set; }

    /// <summary>The status of the final answer (RFC 9110 section 15.2: those before it are 1xx), after its page has come.</summary>
    /// <param name="bodyCap">So many bytes of the page are read at most; one that is longer is not read to its end.</param>
    /// <param name="page">Takes what is read of the page; null: nobody wants it.</param>
    /// <exception cref="InvalidDataException">That is not HTTP/1.</exception>
    /// <exception cref="EndOfStreamException">It ended before it was complete; <see cref="NoReplyException"/>: before it had begun.</exception>
    public int Read(int bodyCap, MemoryStream? page = null)
    {
        _page = page;
        var status = ReadStatus() ?? throw new InvalidDataException("no status line");
        var head = Headers();
        IsReusable = (status is 204 or 304 || (status != 101 && Body(head.Chunked, head.Length, bodyCap))) && !head.Closes && _from == _to;
        return status;
    }

    /// <summary>The status of the final answer as soon as its first line has come; null: that is not HTTP/1.</summary>
    /// <exception cref="InvalidDataException">Answers before the final one, without end.</exception>
    /// <exception cref="EndOfStreamException">As for <see cref="Read"/>.</exception>
    public int? ReadStatus()
    {
        while (true)
        {
            var status = IsHttp() ? StatusOf(Line()) : null;
            if (status is not (>= 100 and <= 199 and not 101))
                return status;
            Headers();
        }
    }

    /// <summary>By the first bytes: whoever speaks something else may never end a line.</summary>
    private bool IsHttp()
    {
        if (_headBytes > MostHeadBytes)
            throw new InvalidDataException("a head without end");
        while (_to - _from < s_version.Length && !buffer.AsSpan(_from, _to - _from).Contains((byte)'\n'))
            if (!Fill())
                throw !_begun ? new NoReplyException() : new EndOfStreamException();
        return _to - _from < s_version.Length || buffer.AsSpan(_from, _to - _from).StartsWith(s_version);
    }

    /// <returns>Whether it was read to its end, and that is not the end of the connection.</returns>
    private bool Body(bool chunked, long? length, int cap)
    {
        if (chunked)
            return SkipChunks(cap);
        if (length is null)
        {
            SkipToEnd(cap);
            return false;
        }
        Skip(Math.Min(length.Value, cap));
        return length <= cap;
    }

    /// <summary>How the end of the page is known (RFC 9112 section 6.3); neither: by the end of the connection. And whether that is announced.</summary>
    private (bool Chunked, long? Length, bool Closes) Headers()
    {
        var (chunked, length, closes) = (false, (long?)null, false);
        while (true)
        {
            var line = Line();
            if (line.IsEmpty)
                return (chunked, length, closes);
            var colon = line.IndexOf((byte)':');
            if (colon <= 0)
                continue;
            var name = line[..colon];
            var value = line[(colon + 1)..];
            if (Ascii.EqualsIgnoreCase(name, "connection"u8))
                closes |= Text(value).Contains("close", StringComparison.OrdinalIgnoreCase);
            else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
                chunked = Text(value).Split(',')[^1].Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);
            else if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
                length = long.TryParse(Text(value), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;
        }
    }

    private static string Text(ReadOnlySpan<byte> value) => Encoding.ASCII.GetString(value).Trim();

    /// <returns>Whether the last chunk was reached.</returns>
    private bool SkipChunks(long left)
    {
        while (left > 0)
        {
            _headBytes = 0;
            var size = SizeOf(Line());
            if (size == 0)
            {
                // Trailers.
                while (!Line().IsEmpty)
                {
                }
                return true;
            }
            Skip(Math.Min(size, left));
            left -= size;
            if (left > 0 && !Line().IsEmpty)
                throw new InvalidDataException("no line end after a chunk");
        }
        return false;
    }

    private static long SizeOf(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOf((byte)';') is >= 0 and var extension ? line[..extension] : line;
        return long.TryParse(digits.Trim((byte)' '), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) && size >= 0
            ? size
            : throw new InvalidDataException("no size of a chunk");
    }

    private void SkipToEnd(long left)
    {
        do
            left -= Pass((int)Math.Min(left, _to - _from));
        while (left > 0 && Fill());
    }

    private void Skip(long count)
    {
        while (true)
        {
            count -= Pass((int)Math.Min(count, _to - _from));
            if (count == 0)
                return;
            if (!Fill())
                throw new EndOfStreamException();
        }
    }

    private int Pass(int count)
    {
        _page?.Write(buffer, _from, count);
        _from += count;
        return count;
    }

    /// <summary>Without its end. It is gone with the next call.</summary>
    private ReadOnlySpan<byte> Line()
    {
        var tooLong = false;
        for (var searched = 0; ;)
        {
            var line = buffer.AsSpan(_from, _to - _from);
            var end = line[searched..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = line[..(searched + end)];
                _from += line.Length + 1;
                _headBytes += line.Length + 1;
                return tooLong ? "(too long)"u8 : line is [.. var text, (byte)'\r'] ? text : line;
            }
            searched = line.Length;
            if (searched == buffer.Length)
            {
                (_from, _to, searched, tooLong) = (0, 0, 0, true);
                _headBytes += buffer.Length;
            }
            if (_headBytes + searched > MostHeadBytes)
                throw new InvalidDataException("a head without end");
            if (!Fill())
                throw !_begun ? new NoReplyException() : new EndOfStreamException();
        }
    }

    /// <summary>More bytes behind those that are there. False: there are no more.</summary>
    private bool Fill()
    {
        if (_from > 0)
        {
            buffer.AsSpan(_from, _to - _from).CopyTo(buffer);
            (_from, _to) = (0, _to - _from);
        }
        var read = stream.Read(buffer, _to, buffer.Length - _to);
        _to += read;
        _begun |= read > 0;
        return read > 0;
    }
}

/// <summary>The connection was closed without a single byte.</summary>
internal sealed class NoReplyException : EndOfStreamException;
