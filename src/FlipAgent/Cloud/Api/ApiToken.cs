using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace FlipAgent.Cloud.Api;

/// <summary>
/// The token as one request uses it. It is read anew for each request, so that a rotation needs no restart, and never leaves this type but in the
/// Authorization header.
/// </summary>
internal readonly struct ApiToken(string? value) : IEquatable<ApiToken>
{
    private readonly string? _value = value;

    /// <summary>It can stand in a header (RFC 6750 section 2.1); an unreadable or broken file gives one that cannot.</summary>
    public bool IsUsable => !string.IsNullOrEmpty(_value) && Flaw is null;

    /// <summary>Visible ASCII, which a header could carry, whatever it means.</summary>
    public bool IsOneWord => !string.IsNullOrEmpty(_value) && !_value.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>Why it cannot be used.</summary>
    public string Problem => string.IsNullOrEmpty(_value) ? "there is no API token" : $"the API token cannot be used: {Flaw}; expected the token alone in its file";

    /// <summary>What is wrong with a token that is there, to follow "the token": the ways to write it that a shell or a header would take. Null: nothing.</summary>
    public string? Flaw => _value switch
    {
        null or "" => null,
        ['"' or '\'' or '\u201C' or '\u201D' or '\u2018' or '\u2019', ..] or [.., '"' or '\'' or '\u201D' or '\u2019'] => "it is in quotes",
        _ when s_named.IsMatch(_value) => "it begins with a name and an equals sign, as in a shell",
        _ when _value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) => "it begins with the word Bearer",
        _ when s_clusterKey.IsMatch(_value) => "it is a key of the cluster, as flipagentctl keygen makes them",
        _ when !IsOneWord => "it has spaces, line breaks or characters that no token has",
        _ when IsPlaceholder(_value) => "it stands in place of one, as instructions write it",
        _ when Strange(_value) is { } strange => $"it has a {strange} in it, which no token has",
        _ => null,
    };

    /// <summary>RFC 6750, b64token: what else stands in the file was copied along, such as the % of a prompt, or is the file of another program.</summary>
    private static char? Strange(string token)
    {
        foreach (var c in token)
            if (!char.IsAsciiLetterOrDigit(c) && !"-._~+/=".Contains(c))
                return c;
        return null;
    }

    private static bool IsPlaceholder(string token) =>
        token.Trim('x', 'X').Length == 0 || token.StartsWith("your_", StringComparison.OrdinalIgnoreCase) || token.StartsWith("your-", StringComparison.OrdinalIgnoreCase);

    public void AddTo(HttpRequestHeaders headers) => headers.Authorization = new AuthenticationHeaderValue("Bearer", _value);

    /// <summary>A server that sends the request back in its answer must not get the token into our logs.</summary>
    public string Mask(string text) => IsUsable ? text.Replace(_value!, "***") : text;

    public bool Equals(ApiToken other) => _value == other._value;

    public override bool Equals(object? obj) => obj is ApiToken other && Equals(other);

    public override int GetHashCode() => _value?.GetHashCode() ?? 0;

    public override string ToString() => "***";

    /// <summary>A line of a key file (docs/configuration.md): an id and at least 32 bytes in hexadecimal digits. No cloud's token has a colon.</summary>
    private static readonly Regex s_clusterKey = new("^[0-9]{1,5}:[0-9A-Fa-f]{64,}$");

    /// <summary>In a token there are equals signs at the end only, where they fill up base64.</summary>
    private static readonly Regex s_named = new(@"^(export\s+)?[A-Za-z_]\w*\s*=+\s*[^=\s]");
}
