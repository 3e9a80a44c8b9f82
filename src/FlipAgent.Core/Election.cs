namespace FlipAgent.Core;

/// <summary>
/// The election: one step takes an input and the time, changes the state and says what to do. Like a chess clock with a rule book: it has no
/// hands, it only says whose move it is. Facts go in first (Hear, Look ...), then every rule is asked in one fixed order, whatever the input
/// was; so a fact that was lost on the way heals with the next one.
/// </summary>
public static partial class Election
{
    /// <summary>A new run of the agent.</summary>
    /// <param name="session">Milliseconds since the epoch now; raised to the last session plus one when that is higher.</param>
    public static ElectionState Start(ClusterSettings settings, LastRun? last, ulong session, TimeSpan now) =>
        throw new NotImplementedException();

    /// <summary>Takes one input. Effects are appended in the order in which they are to be performed. Never throws for anything that the world can do.</summary>
    public static void Step(ElectionState state, Input input, TimeSpan now, List<Effect> effects) => throw new NotImplementedException();

    /// <summary>The advert that this node sends at this moment; takes the next sequence number.</summary>
    public static Advert BuildAdvert(ElectionState state, TimeSpan now) => throw new NotImplementedException();

    /// <summary>Rule C1: may the assign that was asked for in <paramref name="term"/> still be sent?</summary>
    public static bool MayAssign(ElectionState state, uint term) => throw new NotImplementedException();
}
