using System.Net;
using System.Net.Http.Headers;
using FlipAgent.Config.Values;
using FlipAgent.Outbound;

namespace FlipAgent.Alerts;

/// <summary>
/// POSTs JSON to a URL that is a secret: no result, log or exception names more than what went wrong. Each attempt takes 5 s at most; the status code
/// says whether another one is worth it.
/// </summary>
/// <param name="url">The present URL; null: it cannot be read. Asked for each attempt, so that a reload changes it.</param>
internal sealed class WebPost(Func<string?> url) : IDisposable
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(10);

    private readonly TimeLimit _limit = new(TimeSpan.FromSeconds(5));
    private readonly Lock _lock = new();
    private (string Text, Uri Uri, HttpLine Line)? _present;

    public Task<Delivery> Send(byte[] body, Action<HttpRequestHeaders>? headers, CancellationToken cancel) =>
        Send(HttpMethod.Post, headers, () => new GatedContent(body, static () => true), cancel);

    /// <summary>GETs the URL in place of a delivery, for a heartbeat; judged alike.</summary>
    public Task<Delivery> Fetch(CancellationToken cancel) => Send(HttpMethod.Get, null, () => null, cancel);

    private async Task<Delivery> Send(HttpMethod method, Action<HttpRequestHeaders>? headers, Func<GatedContent?> body, CancellationToken cancel)
    {
        if (Present() is not { } target)
            return new(Fate.Refused, "the URL is missing, or is no http or https URL");
        var answer = await _limit.Run(
            async late =>
            {
                using var both = CancellationTokenSource.CreateLinkedTokenSource(late, cancel);
                using var content = body();
                return await target.Line.Send(method, target.Uri.PathAndQuery, headers, content, both.Token).ConfigureAwait(false);
            },
            () => new HttpAnswer(Exchange.TimedOut, "no answer in time")).ConfigureAwait(false);
        return Judge(answer, target.Uri.IdnHost);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _present?.Line.Dispose();
            _present = null;
        }
    }

    private static Delivery Judge(HttpAnswer answer, string host) => answer switch
    {
        { IsSuccess: true } => Receipt.Objection(answer, host) is { } objection ? new(Fate.Refused, objection) : Delivery.Done,
        { Exchange: not Exchange.Answered } => new(Fate.TryAgain, answer.Detail),
        { Code: 429 } => new(Fate.TryAgain, "429", RetryAfter.Of(answer.Headers, s_longestWait)),
        { Code: 408 or 425 or >= 500 } => new(Fate.TryAgain, answer.Code.ToString()),
        // 3xx as well: a redirect is not followed, so the URL is wrong.
        _ => new(Fate.Refused, answer.Code + Word(answer)),
    };

    /// <summary>Slack explains a refusal in one word such as no_service; anything else in the body stays there.</summary>
    private static string Word(HttpAnswer answer) =>
        answer.Body.Length is > 0 and <= 40 && answer.Text.All(c => c is (>= 'a' and <= 'z') or '_') ? $" {answer.Text}" : "";

    private (string Text, Uri Uri, HttpLine Line)? Present()
    {
        var text = url();
        lock (_lock)
        {
            if (_present is { } present && present.Text == text)
                return present;
            _present?.Line.Dispose();
            _present = null;
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !Urls.IsWeb(uri))
                return null;
            var book = new AddressBook(uri.IdnHost, file: null, new NameLookup(Dns.GetHostAddresses));
            _present = (text, uri, new HttpLine(new Uri(uri.GetLeftPart(UriPartial.Authority)), book));
            return _present;
        }
    }
}
