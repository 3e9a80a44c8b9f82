using System.Diagnostics.CodeAnalysis;

namespace FlipAgent.Core;

/// <summary>What came of a datagram: an advert, or why it does not count. A datagram is never refused without a reason.</summary>
public readonly record struct DecodeResult
{
    /// <summary>The advert, whole and authentic; null when it was refused. Session and sequence are not judged yet.</summary>
    public Advert? Advert { get; private init; }

    /// <summary>Why it was refused; meaningless when <see cref="Accepted"/>.</summary>
    public Rejection Reason { get; private init; }

    /// <summary>The reason for people, as one phrase ("version 9, we speak 1"); no secret in it, and nothing that could steer a terminal.</summary>
    public string Detail { get; private init; }

    /// <summary>It is an authentic advert of this cluster.</summary>
    [MemberNotNullWhen(true, nameof(Advert))]
    public bool Accepted => Advert is not null;

    internal static DecodeResult Accept(Advert advert) => new() { Advert = advert, Detail = "" };

    internal static DecodeResult Reject(Rejection reason, string detail) => new() { Reason = reason, Detail = detail };
}
