using System.Collections.Immutable;

namespace FlipAgent.Alerts;

/// <summary>Runs a program for each alert, with the event as JSON on its standard input (<see cref="SinkProgram"/>).</summary>
internal sealed class ExecSink(ImmutableArray<string> argv, TimeSpan timeout, AlertText words)
{
    private readonly SinkProgram _program = new(argv, timeout);

    public Task<Delivery> Deliver(Alert alert, CancellationToken cancel) => _program.Run(AlertJson.Of(alert, words), cancel);
}
