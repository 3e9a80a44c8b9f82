using FlipAgent.Config;

namespace FlipAgent.Alerts;

/// <summary>A sink in use: the entry of `alerts` that it was made of, its queue, and the connection that is closed with it.</summary>
internal sealed record OpenSink(SinkConfig Config, SinkLoop Loop, IDisposable? Connection)
{
    /// <summary>Whether a configuration asks for this very sink. Records compare by value, but arrays of arguments and recipients do not.</summary>
    public bool IsOf(SinkConfig config) => (Config, config) switch
    {
        (SinkConfig.Exec x, SinkConfig.Exec y) => x.Argv.SequenceEqual(y.Argv) && x with { Argv = y.Argv } == y,
        (SinkConfig.Email x, SinkConfig.Email y) => x.To.SequenceEqual(y.To) && x with { To = y.To } == y,
        _ => Config == config,
    };

    /// <summary>Tries once more what waits, for at most <paramref name="upTo"/>.</summary>
    public async Task Close(TimeSpan upTo)
    {
        await Loop.Drain(upTo).ConfigureAwait(false);
        _ = CleanUp();

        // An attempt that hangs may take its 5 s; nobody waits for that.
        async Task CleanUp()
        {
            await Loop.DisposeAsync().ConfigureAwait(false);
            Connection?.Dispose();
        }
    }
}
