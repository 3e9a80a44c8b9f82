namespace FlipAgent.Core;

/// <summary>What waits for the decision loop: something that happened, a command that waits for its answer, or a question about the state. Closed: all cases stand here.</summary>
public abstract record Message
{
    private Message()
    {
    }

    /// <summary>Something happened.</summary>
    /// <param name="Input">What.</param>
    /// <param name="Numbering">
    /// The settings whose list of nodes, checks or floating IPs an index in the input refers to. Null: there is no index, or its order among the reloads is certain.
    /// </param>
    public sealed record Happened(Input Input, ClusterSettings? Numbering = null) : Message;

    /// <summary>A reload: from this message on everything is as in <paramref name="Settings"/>.</summary>
    /// <param name="Settings">The new settings.</param>
    /// <param name="Use">Called right before the step that takes them, which may ask for what only the new parts can do; says which witnesses are others.</param>
    /// <param name="Done">Called right after that step.</param>
    public sealed record Reloaded(ClusterSettings Settings, Func<Exchanged> Use, Action Done) : Message;

    /// <param name="Guard">The guard asks something else.</param>
    /// <param name="Metadata">Another metadata service, or none, tells which server this is.</param>
    public readonly record struct Exchanged(bool Guard, bool Metadata);

    /// <summary>A person asks for something.</summary>
    /// <param name="Command">What.</param>
    /// <param name="Answer">Called once, on the loop.</param>
    public sealed record Ordered(Command Command, Action<CommandResult> Answer) : Message;

    /// <summary>Somebody wants to read the state.</summary>
    /// <param name="Look">Called on the loop between two steps; must be quick and must not change the state.</param>
    public sealed record Asked(Action<ElectionState, TimeSpan> Look) : Message;
}
