using System.Net.Http.Headers;

namespace FlipAgent.Cloud.Api;

/// <summary>
/// The token as one request uses it. It is read anew for each request, so that a rotation needs no restart, and never leaves this type but in the
/// Authorization header.
/// </summary>
internal readonly struct ApiToken(string? value) : IEquatable<ApiToken>
{
    private readonly string? _value = value;

    /// <summary>It can stand in a header (RFC 6750 section 2.1: visible ASCII); an unreadable or broken file gives one that cannot.</summary>
    public bool IsUsable => !string.IsNullOrEmpty(_value) && !_value.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>Why it cannot be used.</summary>
    public string Problem => string.IsNullOrEmpty(_value) ? "there is no API token" : "the API token has characters that no token has";

    public void AddTo(HttpRequestHeaders headers) => headers.Authorization = new AuthenticationHeaderValue("Bearer", _value);

    /// <summary>A server that sends the request back in its answer must not get the token into our logs.</summary>
    public string Mask(string text) => IsUsable ? text.Replace(_value!, "***") : text;

    public bool Equals(ApiToken other) => _value == other._value;

    public override bool Equals(object? obj) => obj is ApiToken other && Equals(other);

    public override int GetHashCode() => _value?.GetHashCode() ?? 0;

    public override string ToString() => "***";
}
