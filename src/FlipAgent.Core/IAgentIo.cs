namespace FlipAgent.Core;

/// <summary>What the <see cref="Driver"/> needs of the world around it: the agent's threads and sockets, or the simulator's virtual ones. Nothing here may block.</summary>
public interface IAgentIo
{
    /// <summary>CLOCK_MONOTONIC.</summary>
    TimeSpan Now { get; }

    /// <summary>An input was taken in and, unless it was only learned, decided on. Called before its effects are performed, so that whoever asks
    /// <see cref="Election.MayAssign"/> right before an assign leaves sees this state.</summary>
    void Stepped(Input input, IReadOnlyList<Effect> effects);

    /// <summary>Sends it to every peer now.</summary>
    void SendAdvert(Advert advert);

    /// <summary>Performs any effect but <see cref="Effect.SendAdvert"/> and <see cref="Effect.Reply"/>, which are the driver's.</summary>
    void Perform(Effect effect);
}
