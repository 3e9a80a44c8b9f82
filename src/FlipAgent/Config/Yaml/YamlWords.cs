using FlipAgent.Config.Values;

namespace FlipAgent.Config.Yaml;

/// <summary>The YAML parser's sentences in words that say what to do about it.</summary>
internal static class YamlWords
{
    private static readonly (string Theirs, string Ours)[] s_phrases =
    [
        ("did not find expected key", "expected a key, a colon and a space, indented like the lines around it"),
        ("did not find expected '-'", "expected a list item (\"- ...\") at this indentation"),
        ("found invalid mapping", "a colon where none can be; expected one \"key: value\" a line (text with \": \" in it needs quotes)"),
        ("multiline", "expected a colon after the key, all in one line"),
        ("Mapping values are not allowed", "a colon where none can be; expected one \"key: value\" a line"),
        ("cannot start any token", "a character that text cannot begin with; expected quotes around such text"),
        ("unexpected end of stream", "a quote that is opened here and never closed"),
        ("unknown escape character", "a backslash before a character that cannot follow it; expected single quotes around such text"),
        ("<document end>", "the indentation does not fit the lines above; expected the same as theirs"),
        ("multi-line", "a quote that is opened and not closed in the same line; expected text in one line"),
        ("could not find expected ':'", "expected a colon and a space after the key"),
        ("block scalar", "| or > begins a text of several lines; expected quotes around a text that begins so"),
        ("directive", "a line that begins with % is no key; expected key: value"),
        ("tab", "a tab in the indentation; expected spaces"),
    ];

    /// <summary>The parser stumbled over what stands in double quotes, so it says the right place.</summary>
    public static bool IsOfQuotes(string message) => message.Contains("unknown escape character", StringComparison.Ordinal);

    /// <summary>Our words for a message of YamlDotNet's; its own, in lower case, when there are none.</summary>
    public static string Of(string message)
    {
        foreach (var (theirs, ours) in s_phrases)
            if (message.Contains(theirs, StringComparison.Ordinal))
                return ours;
        return message.Length == 0 ? "cannot be read" : char.ToLowerInvariant(message[0]) + Echo.Mask(message[1..].TrimEnd('.'));
    }
}
