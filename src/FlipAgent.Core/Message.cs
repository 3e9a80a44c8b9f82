namespace FlipAgent.Core;

/// <summary>What waits for the decision loop: something that happened, a command that waits for its answer, or a question about the state. Closed: all cases stand here.</summary>
public abstract record Message
{
    private Message()
    {
    }

    public sealed record Happened(Input Input) : Message;

    /// <param name="Answer">Called once, on the loop.</param>
    public sealed record Ordered(Command Command, Action<CommandResult> Answer) : Message;

    /// <param name="Look">Called on the loop between two steps; must be quick and must not change the state.</param>
    public sealed record Asked(Action<ElectionState, TimeSpan> Look) : Message;
}
