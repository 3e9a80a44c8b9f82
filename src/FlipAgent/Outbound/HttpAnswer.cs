using System.Net.Http.Headers;
using System.Text;

namespace FlipAgent.Outbound;

/// <summary>How far one HTTP request came.</summary>
internal enum Exchange
{
    /// <summary>A whole answer with a status code.</summary>
    Answered,
    /// <summary>The gate of the content was shut: nothing was sent.</summary>
    Withheld,
    /// <summary>The time was up; the request may have been carried out.</summary>
    TimedOut,
    /// <summary>No connection: nothing was sent.</summary>
    Unreachable,
    /// <summary>The other side's certificate is not to be trusted: nothing was sent (F45).</summary>
    Untrusted,
    /// <summary>Reset, closed or garbled on the way; the request may have been carried out.</summary>
    Broken,
    /// <summary>The answer is longer than 256 KiB.</summary>
    TooLarge,
}

/// <summary>What came of one HTTP request, as a value, also when there was no answer. No exception and no URL in it.</summary>
/// <param name="Detail">For people: why there is no answer, or empty.</param>
internal sealed record HttpAnswer(Exchange Exchange, string Detail)
{
    /// <summary>The status code; 0 when there is no answer.</summary>
    public int Code { get; init; }

    /// <summary>Content-Type without its parameters, in lower case; null when there is none.</summary>
    public string? MediaType { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The headers of the answer; null when there is none.</summary>
    public HttpResponseHeaders? Headers { get; init; }

    public bool IsSuccess => Code is >= 200 and <= 299;

    /// <summary>application/json or a +json type.</summary>
    public bool IsJson => MediaType is "application/json" || (MediaType?.EndsWith("+json", StringComparison.Ordinal) ?? false);

    /// <summary>The code, or one word for what happened instead; for counters.</summary>
    public string Label => Exchange == Exchange.Answered ? Code.ToString() : Exchange.ToString().ToLowerInvariant();

    /// <summary>The body as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);
}
