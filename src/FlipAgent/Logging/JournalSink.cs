using System.Buffers;
using FlipAgent.Kernel;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace FlipAgent.Logging;

/// <summary>
/// Hands log entries to journald by its native protocol, each with its fields: a postcard per entry, put through the slot and never waited
/// for. When nobody empties the letter box the card is thrown away and counted (F16), and the first one that fits again says how many are missing.
/// </summary>
/// <remarks>Any thread may call it, the decision loop too: one non-blocking sendto(2), no lock.</remarks>
internal sealed class JournalSink : ILogEventSink, IDisposable
{
    public const string DefaultSocket = "/run/systemd/journal/socket";

    private const int EMSGSIZE = 90;

    // Half of a socket's usual send buffer (net.core.wmem_default, 208 KiB) for the longest field; and what is left of it when even that is too much.
    private const int LongField = 100 * 1024;
    private const int ShortField = 1024;

    private static readonly MessageTemplate s_droppedTemplate =
        new MessageTemplateParser().Parse("{Count} log entries were lost while the journal did not take any");

    private readonly UnixDatagram _socket;
    private readonly string _identifier;
    private readonly Func<string, string> _redact;
    private long _dropped;
    private long _unreported;

    /// <param name="redact">Applied to every value before it leaves the process.</param>
    public JournalSink(string socketPath, string identifier, Func<string, string> redact)
    {
        _socket = new UnixDatagram(socketPath);
        _identifier = identifier;
        _redact = redact;
    }

    /// <summary>Entries that the journal did not take since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Emit(LogEvent logEvent)
    {
        if (!TrySend(logEvent))
        {
            Interlocked.Increment(ref _dropped);
            Interlocked.Increment(ref _unreported);
        }
        else if (Interlocked.Read(ref _unreported) > 0)
        {
            ReportLoss();
        }
    }

    public void Dispose() => _socket.Dispose();

    private void ReportLoss()
    {
        var lost = Interlocked.Exchange(ref _unreported, 0);
        var report = new LogEvent(DateTimeOffset.UtcNow, LogEventLevel.Warning, null, s_droppedTemplate,
        [
            new LogEventProperty("Count", new ScalarValue(lost)),
            new LogEventProperty(LogFields.MessageId, new ScalarValue(EventIds.LogDropped)),
        ]);
        if (!TrySend(report))
        {
            Interlocked.Add(ref _unreported, lost);
        }
    }

    private bool TrySend(LogEvent entry)
    {
        var error = _socket.TrySend(Encode(entry, LongField));
        return (error == EMSGSIZE ? _socket.TrySend(Encode(entry, ShortField)) : error) == 0;
    }

    private ReadOnlySpan<byte> Encode(LogEvent entry, int longestField)
    {
        var fields = new JournalFields(new ArrayBufferWriter<byte>(1024), _redact, longestField);
        var message = LogFields.Message(entry);
        fields.Add("MESSAGE", entry.Exception is { } thrown ? $"{message}: {thrown.Message}" : message);
        fields.Add("PRIORITY", Priority(entry.Level));
        fields.Add("SYSLOG_IDENTIFIER", _identifier);
        fields.Add("FLIPAGENT_EXCEPTION", entry.Exception?.ToString());
        foreach (var (name, value) in entry.Properties)
        {
            AddProperty(ref fields, entry, name, value);
        }

        return fields.Written;
    }

    private static void AddProperty(ref JournalFields fields, LogEvent entry, string name, LogEventPropertyValue value)
    {
        switch (name)
        {
            case LogFields.Text:
                break;
            case LogFields.MessageId:
            case LogFields.CodeFile:
            case LogFields.CodeLine:
            case LogFields.CodeFunc:
                fields.Add(LogFields.Snake(name), LogFields.Value(value));
                break;
            case LogFields.EventId:
                fields.Add("FLIPAGENT_LOG_ID", LogFields.Member(entry, name, "Id"));
                fields.Add("FLIPAGENT_LOG_NAME", LogFields.Member(entry, name, "Name"));
                break;
            case LogFields.SourceContext:
                fields.Add("FLIPAGENT_LOGGER", LogFields.Value(value));
                break;
            default:
                fields.Add("FLIPAGENT_" + LogFields.Snake(name), LogFields.Value(value));
                break;
        }
    }

    /// <summary>syslog(3) severities.</summary>
    private static string Priority(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => "2",
        LogEventLevel.Error => "3",
        LogEventLevel.Warning => "4",
        LogEventLevel.Information => "6",
        _ => "7",
    };
}
