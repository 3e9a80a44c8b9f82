using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlipAgent.Outbound;
using FlipAgent.Redaction;

namespace FlipAgent.Lease;

/// <summary>What one request to one member came to.</summary>
internal enum EtcdResult
{
    /// <summary>Done.</summary>
    Done,
    /// <summary>Nothing that can be believed came of it here; another member may do better. Whether the request was carried out is open.</summary>
    Unclear,
    /// <summary>Answers, and knows nothing of the interface: another program, or an etcd that is too old.</summary>
    NoInterface,
    /// <summary>There is no such lease (any more).</summary>
    NoLease,
    /// <summary>The state of the store does not allow it: the lease exists already, or there is no authentication.</summary>
    Precondition,
    /// <summary>The store takes no write (NOSPACE).</summary>
    NoSpace,
    /// <summary>The token is not valid (any more).</summary>
    Token,
    /// <summary>The user or the password is wrong.</summary>
    Password,
    /// <summary>The user may not do this, or none was named.</summary>
    Forbidden,
}

/// <param name="Detail">For people, without a secret; empty when it was done.</param>
/// <param name="Value">The answer; there with <see cref="EtcdResult.Done"/> only.</param>
internal sealed record EtcdReply<T>(EtcdResult Result, string Detail, T? Value)
    where T : class;

/// <summary>Judges an answer by gRPC's code, and by wording only where etcd gives one code two meanings.</summary>
internal static class EtcdReply
{
    private const int DeadlineExceeded = 4, NotFound = 5, PermissionDenied = 7, ResourceExhausted = 8, FailedPrecondition = 9, InvalidArgument = 3, Unavailable = 14, Unauthenticated = 16;
    private const int LongestDetail = 160;

    public static EtcdReply<T> Of<T>(HttpAnswer http, JsonTypeInfo<T> type)
        where T : class
    {
        if (http.Exchange != Exchange.Answered)
            return new(EtcdResult.Unclear, http.Detail, null);
        if (http.IsSuccess)
            return Parse(http, type) is { } value ? new(EtcdResult.Done, "", value) : new(EtcdResult.Unclear, "answers, but not as etcd does", null);
        var error = EtcdError.Of(http.Body);
        return error.Code < 0
            ? new(http.Code == 404 ? EtcdResult.NoInterface : EtcdResult.Unclear, $"answers with HTTP {http.Code}, and not as etcd does", null)
            : new(Of(error), Said(error), null);
    }

    private static EtcdResult Of(EtcdError error) => error.Code switch
    {
        NotFound => EtcdResult.NoLease,
        PermissionDenied => EtcdResult.Forbidden,
        ResourceExhausted => Says(error, "too many") ? EtcdResult.Unclear : EtcdResult.NoSpace,
        FailedPrecondition => EtcdResult.Precondition,
        Unauthenticated => EtcdResult.Token,
        InvalidArgument when Says(error, "auth store is old") => EtcdResult.Token,
        InvalidArgument when Says(error, "authentication failed") => EtcdResult.Password,
        InvalidArgument when Says(error, "user name") => EtcdResult.Forbidden,
        _ => EtcdResult.Unclear,
    };

    private static string Said(EtcdError error)
    {
        var text = error.Message.StartsWith("etcdserver: ", StringComparison.Ordinal) ? error.Message["etcdserver: ".Length..] : error.Message;
        if (error.Code == PermissionDenied)
            text = "permission denied; the user needs readwrite for all below election.lease.prefix";
        return text.Length > 0 ? Printable.Of(text, LongestDetail) : error.Code switch
        {
            Unavailable => "not available",
            DeadlineExceeded => "no answer in time",
            _ => $"gRPC code {error.Code}",
        };
    }

    private static bool Says(EtcdError error, string words) => error.Message.Contains(words, StringComparison.Ordinal);

    /// <summary>Null: it does not have the form that it should. A stream has a document in each line, of which the first counts.</summary>
    private static T? Parse<T>(HttpAnswer http, JsonTypeInfo<T> type)
        where T : class
    {
        var body = http.Body.Span;
        var end = body.IndexOf((byte)'\n');
        try
        {
            return JsonSerializer.Deserialize(end > 0 && type.Type == typeof(KeepAliveAnswer) ? body[..end] : body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
