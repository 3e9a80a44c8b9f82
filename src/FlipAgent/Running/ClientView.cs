using FlipAgent.Core;
using FlipAgent.Events;

namespace FlipAgent.Running;

/// <summary>
/// What clients noticed of a move, as this node's guard saw it: the guard is a client that asks all the time. Between two answers nobody knows, so the times are upper bounds. The loop
/// only.
/// </summary>
internal sealed class ClientView
{
    private bool _failing;
    private TimeSpan _seenAt = Moment.Never;
    private TimeSpan _lastBefore = Moment.Never;
    private TimeSpan _firstAfter = Moment.Never;

    /// <summary>Looks at the guard after each turn of the loop.</summary>
    /// <param name="own">What this node's guard saw.</param>
    public void Note(Sighting own)
    {
        var failing = own.FailingSince != Moment.Never;
        if (failing && !_failing)
            (_lastBefore, _firstAfter) = (_seenAt != Moment.Never ? _seenAt : own.FailingSince, Moment.Never);
        if (!failing && _failing)
            _firstAfter = own.SeenAt;
        (_failing, _seenAt) = (failing, own.SeenAt);
    }

    /// <summary>What clients noticed of the move that has just been seen, as a phrase; null: this node's guard cannot tell.</summary>
    /// <param name="node">This node's name.</param>
    /// <param name="took">From the fault to now.</param>
    public string? Of(Sighting own, string node, TimeSpan took, TimeSpan now)
    {
        Note(own);
        if (!own.Proven || own.Sight is Sight.Off or Sight.Blind)
            return null;
        if (_failing)
            return $"the last answer that {node} got was {Headline.Time(now - _lastBefore)} before this; it has not got one since";
        if (_firstAfter != Moment.Never && _firstAfter >= now - took - TimeSpan.FromSeconds(1))
            return $"no answer for at most {Headline.Time(_firstAfter - _lastBefore)}, as measured by {node}";
        // A node that is to be master asks seldom: an answer from before the fault says nothing of what came after it.
        if (own.At < now - took)
            return $"not known: {node} last looked {Headline.Time(now - own.At)} before this, when the service still answered";
        return $"no interruption that {node} noticed; it asks every {Headline.Time(own.Period)}";
    }
}
