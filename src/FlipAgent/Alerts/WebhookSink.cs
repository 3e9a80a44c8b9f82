using System.Security.Cryptography;
using System.Text;

namespace FlipAgent.Alerts;

/// <summary>
/// A webhook of anybody's: the alert as JSON, signed. The receiver computes the same HMAC over the body that it got and compares it with the header, and
/// knows that it came from somebody with the key and was not changed.
/// </summary>
/// <param name="key">The HMAC key as text; a function that gives null: a key is configured and cannot be read. Null: unsigned.</param>
internal sealed class WebhookSink(WebPost post, AlertText words, Func<string?>? key) : IDisposable
{
    public const string SignatureHeader = "X-FlipAgent-Signature";

    public async Task<Delivery> Deliver(Alert alert, CancellationToken cancel)
    {
        var body = AlertJson.Of(alert, words);
        if (key is null)
            return await post.Send(body, null, cancel).ConfigureAwait(false);
        // Without its key an alert is not sent unsigned: a receiver that checks would throw it away, one that does not would be fooled.
        if (key() is not { Length: > 0 } secret)
            return new(Fate.Refused, "the HMAC key cannot be read");
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
        return await post.Send(body, headers => headers.TryAddWithoutValidation(SignatureHeader, signature), cancel).ConfigureAwait(false);
    }

    public void Dispose() => post.Dispose();
}
