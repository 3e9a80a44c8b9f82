using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FlipAgent.Redaction;

namespace FlipAgent.Config.Secrets;

/// <summary>
/// A token, a key or a webhook URL: printed, logged, formatted or serialised it is three stars, and only <see cref="Reveal"/> gives the value, so that a
/// search for that word finds every place where a secret is used.
/// </summary>
[DebuggerDisplay("***")]
public sealed class Secret : IEquatable<Secret>
{
    private readonly string _value;

    /// <summary>The value is made known to the <see cref="Redactor"/>.</summary>
    public Secret(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        _value = value;
        Redactor.Register(value);
    }

    /// <summary>The secret itself. Hand it to the one call that needs it and keep it nowhere.</summary>
    public string Reveal() => _value;

    /// <summary>In time that does not depend on where they differ.</summary>
    public bool Equals(Secret? other) =>
        other is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(_value), Encoding.UTF8.GetBytes(other._value));

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "***";
}
