using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace FlipAgent.Logging;

/// <summary>
/// Opens the log: to the journal when journald is behind our output, to the console otherwise. What is written, and that no secret is in it, is the same
/// with both. In the steady state nothing is written at INFO.
/// </summary>
public static class LogSetup
{
    /// <param name="redact">Takes secrets out of a text; applied to everything that is logged. Null: nothing is taken out.</param>
    /// <param name="minimum">The lowest level that is written.</param>
    public static AgentLog Create(Func<string, string>? redact = null, LogLevel minimum = LogLevel.Information)
    {
        var isJournal = JournalStream.IsOurs(Environment.GetEnvironmentVariable("JOURNAL_STREAM"));
        return isJournal ? ToJournal(JournalSink.DefaultSocket, redact, minimum) : ToConsole(Console.OpenStandardOutput(), redact, minimum);
    }

    internal static AgentLog ToJournal(string socketPath, Func<string, string>? redact, LogLevel minimum)
    {
        var sink = new JournalSink(socketPath, "flipagent", redact ?? Plain);
        return Open(sink, () => sink.Dropped, minimum);
    }

    internal static AgentLog ToConsole(Stream output, Func<string, string>? redact, LogLevel minimum)
    {
        var sink = new ConsoleSink(output, redact ?? Plain);
        return Open(sink, () => sink.Dropped, minimum);
    }

    private static AgentLog Open(ILogEventSink sink, Func<long> dropped, LogLevel minimum)
    {
        var level = new LoggingLevelSwitch(Serilog(minimum));
        var logger = new LoggerConfiguration()
            .MinimumLevel.ControlledBy(level)

            // The web server behind the control socket tells of every connection; its warnings are enough.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .WriteTo.Sink(sink)
            .CreateLogger();
        return new AgentLog(new SerilogLoggerFactory(logger, dispose: true), dropped, minimum => level.MinimumLevel = Serilog(minimum));
    }

    private static LogEventLevel Serilog(LogLevel level) => LevelConvert.ToSerilogLevel(level);

    private static string Plain(string text) => text;
}

/// <summary>An open log.</summary>
public sealed class AgentLog : IDisposable
{
    private readonly Func<long> _dropped;
    private readonly Action<LogLevel> _setMinimum;

    internal AgentLog(ILoggerFactory factory, Func<long> dropped, Action<LogLevel> setMinimum)
    {
        Factory = factory;
        _dropped = dropped;
        _setMinimum = setMinimum;
    }

    public ILoggerFactory Factory { get; }

    /// <summary>Entries that were thrown away because nobody took them (F16); for <c>flipagent_log_dropped_total</c>.</summary>
    public long Dropped => _dropped();

    public void SetMinimum(LogLevel minimum) => _setMinimum(minimum);

    /// <summary>Writes what still can be written, within a second.</summary>
    public void Dispose() => Factory.Dispose();
}
