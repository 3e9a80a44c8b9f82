namespace FlipAgent.Core;

/// <summary>
/// The last release known, made here or heard (rules E4, E5). Always true: a release that was heard never replaces one of a later term, nor one of its own term that names
/// a successor.
/// </summary>
public sealed class ReleaseRecord
{
    /// <summary>Null: none since this node was last master.</summary>
    public Release? Last { get; private set; }

    /// <summary>When it was made or first heard.</summary>
    internal TimeSpan At { get; private set; } = Moment.Never;

    /// <summary>This node made it.</summary>
    internal bool IsMine { get; private set; }

    /// <summary>The last one that was heard of a node that had the address then: why the address moves, though it is a later successor that it comes to.</summary>
    internal Release? OfHolder { get; private set; }

    internal TimeSpan OfHolderAt { get; private set; } = Moment.Never;

    /// <summary>A release was heard; says whether it is news.</summary>
    internal bool Hear(Release release, TimeSpan now)
    {
        if (Last is { } known && (Terms.IsLater(known.Term, release.Term) || (release.Term == known.Term && (release == known || known.Successor != NodeId.None))))
            return false;
        (Last, At, IsMine) = (release, now, false);
        return true;
    }

    /// <summary>The last one was made by the node that has the address.</summary>
    internal void IsOfHolder() => (OfHolder, OfHolderAt) = (Last, At);

    internal void Make(Release release, TimeSpan now) => (Last, At, IsMine) = (release, now, true);

    /// <summary>This node is master: what was released before is over.</summary>
    internal void Clear() => Last = null;
}
