using System.Net;
using System.Net.Http.Headers;

namespace FlipAgent.Outbound;

/// <summary>
/// A JSON body that asks once more, at the last moment, whether it may go. SocketsHttpHandler asks content for its bytes when the connection stands and
/// before the headers are flushed, so a "no" here means that nothing of the request is sent (rule C1); and were the headers out already, a request
/// without its body would not be carried out either.
/// </summary>
internal sealed class GatedContent : HttpContent
{
    private readonly byte[] _body;
    private readonly Func<bool> _mayStill;

    public GatedContent(byte[] body, Func<bool> mayStill)
    {
        _body = body;
        _mayStill = mayStill;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <summary>The last question was answered with no.</summary>
    public bool Withheld { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Withheld = !_mayStill();
        if (Withheld)
            throw new OperationCanceledException("the request is no longer wanted");
        return stream.WriteAsync(_body, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
