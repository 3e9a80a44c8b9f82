using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using FlipAgent.Redaction;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace FlipAgent.Logging;

/// <summary>
/// Writes log lines to a terminal, file or pipe from a thread of its own: a conveyor belt with room for a thousand lines. Whoever logs puts
/// a line on the belt and goes on; when the belt is full, because the terminal was stopped with Ctrl-S or the pipe has no reader, the line
/// falls off and is counted. A line: UTC time, level, message, then the fields that the message does not show.
/// </summary>
internal sealed class ConsoleSink : ILogEventSink, IDisposable
{
    private const int Room = 1024;
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<string> _lines = new(Room);
    private readonly Stream _output;
    private readonly Func<string, string> _redact;
    private readonly Thread _writer;
    private long _dropped;

    /// <param name="redact">Applied to every line before it leaves the process.</param>
    public ConsoleSink(Stream output, Func<string, string> redact)
    {
        _output = output;
        _redact = redact;
        _writer = new Thread(Write) { IsBackground = true, Name = "log-writer" };
        _writer.Start();
    }

    /// <summary>Lines that found the belt full since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Emit(LogEvent logEvent)
    {
        if (_lines.IsAddingCompleted || !_lines.TryAdd(Line(logEvent)))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Waits up to a second for the lines on the belt.</summary>
    public void Dispose()
    {
        _lines.CompleteAdding();
        _writer.Join(s_lastWords);
    }

    private void Write()
    {
        foreach (var line in _lines.GetConsumingEnumerable())
        {
            try
            {
                _output.Write(Encoding.UTF8.GetBytes(line));
                _output.Flush();
            }
            catch (Exception)
            {
                // The reader of the pipe is gone (EPIPE), the disk is full (F15), the stream was closed: logging is no reason to stop, and it is the one
                // part whose failure cannot be logged.
                Interlocked.Increment(ref _dropped);
            }
        }
    }

    private string Line(LogEvent entry)
    {
        var line = new StringBuilder(160);
        line.Append(entry.Timestamp.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        line.Append(' ').Append(Level(entry.Level)).Append(' ').Append(OneLine(LogFields.Message(entry)));
        AppendFields(line, entry);
        if (entry.Exception is { } thrown)
        {
            line.Append("\n    ").Append(thrown.ToString().ReplaceLineEndings("\n    "));
        }

        return _redact(line.Append('\n').ToString());
    }

    private static void AppendFields(StringBuilder line, LogEvent entry)
    {
        foreach (var (name, property) in entry.Properties)
        {
            if (IsShown(entry, name) && LogFields.Value(property) is { Length: > 0 } value)
            {
                var plain = OneLine(value);
                line.Append("  ").Append(LogFields.Snake(name).ToLowerInvariant()).Append('=');
                line.Append(plain.Contains(' ') ? $"\"{plain.Replace("\"", "\\\"", StringComparison.Ordinal)}\"" : plain);
            }
        }
    }

    /// <summary>Fields for machines stay away, and so do those that stand in the sentence.</summary>
    private static bool IsShown(LogEvent entry, string name) => name switch
    {
        LogFields.Text or LogFields.MessageId or LogFields.CodeFile or LogFields.CodeLine or LogFields.CodeFunc => false,
        LogFields.EventId or LogFields.SourceContext => false,
        _ => !entry.MessageTemplate.Tokens.OfType<PropertyToken>().Any(token => token.PropertyName == name),
    };

    /// <summary>What came from outside must not be able to fake a line or steer the terminal.</summary>
    private static string OneLine(string text) => Printable.Clean(text, ' ');

    private static string Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => "CRIT ",
        LogEventLevel.Error => "ERROR",
        LogEventLevel.Warning => "WARN ",
        LogEventLevel.Information => "INFO ",
        _ => "DEBUG",
    };
}
