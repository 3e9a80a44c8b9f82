using FlipAgent.Core;
using FlipAgent.Outbound;

namespace FlipAgent.Cloud.Api;

/// <summary>What an API says of a request that it did not do.</summary>
/// <param name="Code">A word such as not_found.</param>
/// <param name="Message">For people; decides nothing (rule C3).</param>
/// <param name="RequestId">The cloud's number for the request, where the body has one.</param>
internal sealed record ApiError(string? Code, string? Message, string? RequestId);

/// <summary>How the errors of one API are to be read.</summary>
internal abstract class ApiDialect
{
    /// <summary>The header that has the cloud's number for a request, which its support asks for.</summary>
    public abstract string RequestHeader { get; }

    /// <summary>The error in an answer that is not a success; null: there is none that can be read.</summary>
    public abstract ApiError? ErrorIn(HttpAnswer http);

    /// <summary>What an answer means.</summary>
    /// <param name="expected">The one status code that means success for this request.</param>
    /// <param name="error">As <see cref="ErrorIn"/> found it.</param>
    public abstract ApiStatus Judge(HttpAnswer http, int expected, ApiError? error);
}
