using System.Text;

namespace FlipAgent.Ctl;

/// <summary>Reads what the agent answers, within limits: whatever listens on its socket may go on for ever, and say of its characters what it likes.</summary>
internal static class AnswerReader
{
    /// <summary>Far more than an agent of sixteen nodes has to say.</summary>
    private const int MostBytes = 8 * 1024 * 1024;

    /// <summary>The same for one event.</summary>
    private const int LongestLine = 64 * 1024;

    /// <summary>It is UTF-8, whatever it says of itself.</summary>
    /// <exception cref="HttpRequestException">It is too long, or ends before its end.</exception>
    public static async Task<string> Text(HttpContent content, CancellationToken stop)
    {
        await content.LoadIntoBufferAsync(MostBytes, stop);
        return Encoding.UTF8.GetString(await content.ReadAsByteArrayAsync(stop));
    }

    /// <summary>Hands over each line as it comes, until the end.</summary>
    /// <returns>False: one of them is too long.</returns>
    public static async Task<bool> Lines(Stream stream, Action<string> take, CancellationToken stop)
    {
        var buffer = new byte[LongestLine];
        var length = 0;
        while (length < buffer.Length && await stream.ReadAsync(buffer.AsMemory(length), stop) is > 0 and var read)
        {
            length += read;
            var from = 0;
            while (buffer.AsSpan(from, length - from).IndexOf((byte)'\n') is >= 0 and var end)
            {
                take(Encoding.UTF8.GetString(buffer, from, end));
                from += end + 1;
            }
            buffer.AsSpan(from, length - from).CopyTo(buffer);
            length -= from;
        }
        return length < buffer.Length;
    }
}
