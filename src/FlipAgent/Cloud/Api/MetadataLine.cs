using System.Net;
using FlipAgent.Naming;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Api;

/// <summary>The way to the metadata service of this machine: plain HTTP, texts of a few bytes, an answer within a second or none.</summary>
internal sealed class MetadataLine : IDisposable
{
    private readonly HttpLine _line;
    private readonly TimeLimit _limit;

    /// <param name="url">http://169.254.169.254 on a machine of the cloud.</param>
    /// <param name="ownAddress">This node's own address. Bound to as local address when the service is on loopback, where many nodes share one
    /// machine and the stand-in tells them apart by it; a real metadata service knows who asks.</param>
    /// <param name="limit">For each question as a whole.</param>
    public MetadataLine(Uri url, IPAddress ownAddress, TimeSpan limit)
    {
        var book = new AddressBook(url.IdnHost, file: null, new NameLookup(Dns.GetHostAddresses));
        _line = new HttpLine(url, book, url.IsLoopback ? ownAddress : null);
        _limit = new TimeLimit(limit);
    }

    public static TimeSpan UsualLimit => TimeSpan.FromSeconds(1);

    /// <summary>A question of several requests, with one limit.</summary>
    public Task<T> Run<T>(Func<CancellationToken, Task<T>> work, Func<T> late) => _limit.Run(work, late);

    public Task<HttpAnswer> Get(string path, CancellationToken cancel) => _line.Send(HttpMethod.Get, path, null, null, cancel);

    /// <summary>The id of this machine; null: nothing came in time that is one.</summary>
    public Task<long?> ReadId(string path) => Run<long?>(
        async cancel => Value(await Get(path, cancel).ConfigureAwait(false)) is { } text && ServerId.IsNumber(text, out var id) ? id : null,
        () => null);

    /// <summary>The exact value, but for the newline that a file on a web server ends with; null when there is none to believe.</summary>
    public static string? Value(HttpAnswer answer) =>
        answer is { Exchange: Exchange.Answered, Code: 200, Body.Length: <= 64 } ? answer.Text.TrimEnd('\n') : null;

    public void Dispose() => _line.Dispose();
}
