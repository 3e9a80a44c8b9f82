using System.Text.Json.Serialization;
using FlipAgent.Events;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary>One line of <c>history --json</c>: the floating IP moved from one place to another.</summary>
/// <param name="At">When it was seen at its new holder.</param>
/// <param name="From">A node, or nobody, other (a droplet that is no node) or unknown.</param>
/// <param name="To">As <paramref name="From"/>.</param>
internal sealed record PastMove(DateTimeOffset At, string FloatingIp, string From, string To)
{
    /// <summary>The mastership in which it happened, as the node that wrote it knew it.</summary>
    public required uint Term { get; init; }

    /// <summary>Why, in plain words; null: the journal that was read does not say.</summary>
    public string? Cause { get; init; }

    /// <summary>Somebody asked for it, or a node was stopped or took its rank: nothing had failed. Null: not known.</summary>
    public bool? Planned { get; init; }

    /// <summary>Who asked, and with which words; null: nobody, or it stands in the journal of another node.</summary>
    public string? AskedBy { get; init; }

    /// <summary>From the fault to the promotion, milliseconds; null: only the new holder's journal has it.</summary>
    public double? DetectMs { get; init; }

    /// <summary>From the assign that was taken until it was completed.</summary>
    public double? AssignMs { get; init; }

    /// <summary>From there until it was seen.</summary>
    public double? VerifyMs { get; init; }

    /// <summary>From the promotion until it was seen, with all that the claim had to wait for; null: the journal does not say, as that of an agent before 1.6.2.</summary>
    public double? ClaimMs { get; init; }

    /// <summary>The node whose account this is.</summary>
    public required string SeenBy { get; init; }
}

/// <summary>
/// Makes the moves of what the journals tell of them. The new holder's says most (claim-held, with cause and durations), the former holder's why it gave up (released), any other's only that the address
/// is elsewhere (holder-changed); one move is one line, however many journals tell of it.
/// </summary>
internal sealed class MoveHistory
{
    /// <summary>The accounts of one move are not further apart; an address moves at most each few seconds, and lookups take seconds.</summary>
    private static readonly TimeSpan s_oneMove = TimeSpan.FromSeconds(90);

    /// <summary>An order is logged when it is answered, which may be after what it brought about.</summary>
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(5);

    private readonly List<PastMove> _moves = [];
    private readonly List<JournalEntry> _releases;
    private readonly List<JournalEntry> _orders;
    private readonly Func<uint, string?> _userName;

    private MoveHistory(IReadOnlyList<JournalEntry> entries, Func<uint, string?> userName)
    {
        _userName = userName;
        _orders = [.. entries.Where(e => e.Order is { Done: true })];
        _releases = [.. entries.Where(e => e.Event?.Event == "released")];
    }

    /// <summary>The moves, the oldest first.</summary>
    /// <param name="entries">The oldest first.</param>
    /// <param name="userName">The name of a user of the machine that the entries are of; null: not known.</param>
    public static IReadOnlyList<PastMove> Of(IReadOnlyList<JournalEntry> entries, Func<uint, string?> userName)
    {
        var history = new MoveHistory(entries, userName);
        foreach (var entry in entries)
            history.Take(entry);
        return history._moves;
    }

    private void Take(JournalEntry entry)
    {
        switch (entry.Event)
        {
            case { Event: "claim-held", Peer: { } from } held:
                var planned = PlainCause.IsPlanned(held.Cause);
                Add(new PastMove(held.At, entry.FloatingIp, from, entry.Node)
                {
                    Term = held.Term,
                    Cause = held.Cause is { } cause ? PlainCause.OfPhrase(cause, from) : null,
                    Planned = planned,
                    AskedBy = planned ? AskedBy(entry, s_oneMove, "promote") : null,
                    DetectMs = held.DetectMs,
                    AssignMs = held.AssignMs,
                    VerifyMs = held.VerifyMs,
                    ClaimMs = held.DurationMs,
                    SeenBy = entry.Node,
                });
                break;
            case { Event: "holder-changed", From: { } from, Holder: { } to } changed when to != "unknown" && from != "unknown" && to != entry.Node:
                Add(new PastMove(changed.At, entry.FloatingIp, from, to) { Term = changed.Term, SeenBy = entry.Node });
                break;
            default:
                break;
        }
    }

    private void Add(PastMove move)
    {
        var release = _releases.FindLast(r => r.Node == move.From && r.FloatingIp == move.FloatingIp && IsAround(r.At, move.At, s_oneMove) && (r.Event!.Peer ?? move.To) == move.To);
        if (release?.Event is { } released)
        {
            var planned = PlainCause.IsPlanned(released.Cause);
            move = move with
            {
                Cause = move.Cause ?? (released.Cause is { } cause ? PlainCause.OfPhrase(cause, move.From) : null),
                Planned = move.Planned ?? planned,
                AskedBy = move.AskedBy ?? (planned ? AskedBy(release, s_answer, "release", "maintenance") : null),
            };
        }
        var same = _moves.FindLastIndex(m => m.To == move.To && m.From == move.From && m.FloatingIp == move.FloatingIp && (move.At - m.At).Duration() < s_oneMove);
        // An address that came back in between has moved twice.
        if (same >= 0 && _moves.FindLastIndex(m => m.FloatingIp == move.FloatingIp) == same)
            _moves[same] = Merge(_moves[same], move);
        else
            _moves.Add(move);
    }

    /// <summary>The new holder's own account, with what another one knows besides.</summary>
    private static PastMove Merge(PastMove a, PastMove b)
    {
        var (best, other) = b.SeenBy == b.To && a.SeenBy != a.To ? (b, a) : (a, b);
        return best with { Cause = best.Cause ?? other.Cause, Planned = best.Planned ?? other.Planned, AskedBy = best.AskedBy ?? other.AskedBy };
    }

    private string? AskedBy(JournalEntry entry, TimeSpan within, params ReadOnlySpan<string> verbs)
    {
        for (var i = _orders.Count - 1; i >= 0; i--)
            if (_orders[i] is { Order: { } order } one && one.Source == entry.Source && verbs.Contains(order.Verb.Split(' ')[0]) && IsAround(order.At, entry.At, within))
                return $"{_userName(order.Uid) ?? $"uid {order.Uid}"} ({order.Verb})";
        return null;
    }

    /// <summary>At most so long before, and a moment after, for what is logged late and for clocks that differ.</summary>
    private static bool IsAround(DateTimeOffset at, DateTimeOffset what, TimeSpan before) => what - at <= before && at - what <= s_answer;
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcTimeJson)])]
[JsonSerializable(typeof(PastMove))]
internal sealed partial class HistoryJson : JsonSerializerContext;
