using FlipAgent.Core;

namespace FlipAgent.Events;

/// <summary>
/// How much of a person's attention an event needs, by what it means for the service: the core knows what happened, and here is known what people make of it. A failover is a
/// warning, since something broke; a move that somebody asked for, and a restart of the agent that moved nothing, are information.
/// </summary>
internal static class Weight
{
    /// <summary>The event as people are told of it.</summary>
    public static Event Of(Event e) => e.Kind switch
    {
        EventKind.ClaimHeld when IsFailover(e) || e is { Peer: not null, Cause: Cause.AddressLeft } => e with { Severity = Severity.Warning },
        EventKind.Resumed => e with { Severity = Severity.Info, Alert = true },
        EventKind.Released when e.Severity == Severity.Warning && PlainCause.IsPlanned(e.Cause) => e with { Severity = Severity.Info },
        EventKind.BecameFault when PlainCause.IsPlanned(e.Cause) => e with { Severity = Severity.Info, Alert = false },
        _ => e,
    };

    /// <summary>The floating IP came here from another node, and nobody had asked for that.</summary>
    public static bool IsFailover(Event e) => e is { Kind: EventKind.ClaimHeld, Peer: { } from } && Words.IsNode(from) && !PlainCause.IsPlanned(e.Cause);
}
