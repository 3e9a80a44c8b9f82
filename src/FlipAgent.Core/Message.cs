namespace FlipAgent.Core;

/// <summary>What waits for the decision loop: something that happened, a command that waits for its answer, or a question about the state. Closed: all cases stand here.</summary>
public abstract record Message
{
    private Message()
    {
    }

    /// <summary>Something happened.</summary>
    /// <param name="Input">What.</param>
    public sealed record Happened(Input Input) : Message;

    /// <summary>A person asks for something.</summary>
    /// <param name="Command">What.</param>
    /// <param name="Answer">Called once, on the loop.</param>
    public sealed record Ordered(Command Command, Action<CommandResult> Answer) : Message;

    /// <summary>Somebody wants to read the state.</summary>
    /// <param name="Look">Called on the loop between two steps; must be quick and must not change the state.</param>
    public sealed record Asked(Action<ElectionState, TimeSpan> Look) : Message;
}
