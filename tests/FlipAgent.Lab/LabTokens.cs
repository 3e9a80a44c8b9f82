using System.Collections.Concurrent;

namespace FlipAgent.Lab;

/// <summary>Which bearer tokens open the API today, and how far. One can be withdrawn, or limited, while the test runs.</summary>
public sealed class LabTokens
{
    private readonly ConcurrentDictionary<string, TokenSpec> _byValue;

    internal LabTokens(IEnumerable<TokenSpec> tokens) => _byValue = new(tokens.Select(t => KeyValuePair.Create(t.Value, t)));

    /// <summary>Lets a token in, or changes what it may do when its value is known already.</summary>
    public void Accept(TokenSpec token) => _byValue[token.Value] = token;

    /// <summary>From now on every token of this name answers 401.</summary>
    public void Revoke(string name)
    {
        foreach (var (value, token) in _byValue)
        {
            if (token.Name == name)
            {
                _byValue.TryRemove(value, out _);
            }
        }
    }

    internal TokenSpec? Find(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal)
            ? _byValue.GetValueOrDefault(header["Bearer ".Length..].Trim())
            : null;
}
