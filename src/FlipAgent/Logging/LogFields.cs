using System.Globalization;
using System.Text;
using Serilog.Events;
using Serilog.Parsing;

namespace FlipAgent.Logging;

/// <summary>
/// What a log entry says besides its sentence, as names and plain strings: the columns of the form, whichever paper it is printed on. The
/// console and the journal both take their fields from here.
/// </summary>
internal static class LogFields
{
    /// <summary>The property that is the whole message already, and no field of its own.</summary>
    public const string Text = "Text";

    public const string MessageId = "MessageId";
    public const string CodeFile = "CodeFile";
    public const string CodeLine = "CodeLine";
    public const string CodeFunc = "CodeFunc";

    /// <summary>Set by Microsoft.Extensions.Logging: the id and the method of Log.cs.</summary>
    public const string EventId = "EventId";

    /// <summary>Set by Microsoft.Extensions.Logging: the logger's category.</summary>
    public const string SourceContext = "SourceContext";

    /// <summary>The sentence, with texts as they are: Serilog itself would put quotes round each.</summary>
    public static string Message(LogEvent entry)
    {
        var message = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in entry.MessageTemplate.Tokens)
        {
            if (token is PropertyToken property && entry.Properties.GetValueOrDefault(property.PropertyName) is ScalarValue { Value: string text })
            {
                message.Write(text);
            }
            else
            {
                token.Render(entry.Properties, message, CultureInfo.InvariantCulture);
            }
        }

        return message.ToString();
    }

    /// <summary><c>RoleFrom</c> becomes <c>ROLE_FROM</c>: only A-Z, 0-9 and _, as systemd.journal-fields(7) demands.</summary>
    public static string Snake(string name)
    {
        var snake = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (char.IsAsciiLetterUpper(c) && i > 0 && (char.IsAsciiLetterLower(name[i - 1]) || char.IsAsciiDigit(name[i - 1])))
            {
                snake.Append('_');
            }

            snake.Append(char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_');
        }

        return snake.ToString();
    }

    /// <summary>The value as a person would write it: no quotes round strings, no culture; null for a value that is absent.</summary>
    public static string? Value(LogEventPropertyValue value) => value switch
    {
        ScalarValue { Value: null } => null,
        ScalarValue { Value: string text } => text,
        ScalarValue { Value: bool flag } => flag ? "true" : "false",
        ScalarValue { Value: double number } => number.ToString("0.###", CultureInfo.InvariantCulture),
        ScalarValue { Value: IFormattable formattable } => formattable.ToString(null, CultureInfo.InvariantCulture),
        ScalarValue scalar => scalar.Value.ToString(),
        _ => value.ToString(null, CultureInfo.InvariantCulture),
    };

    /// <summary>Reads one member of the <see cref="EventId"/> structure.</summary>
    public static string? Member(LogEvent entry, string property, string member) =>
        entry.Properties.GetValueOrDefault(property) is StructureValue structure
        && structure.Properties.FirstOrDefault(p => p.Name == member) is { } found
            ? Value(found.Value)
            : null;
}
