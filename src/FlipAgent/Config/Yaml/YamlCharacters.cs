namespace FlipAgent.Config.Yaml;

/// <summary>
/// A look at the bare characters before the parser sees them. Some that no eye can tell apart make a file mean something else: a tab that looks
/// like spaces, a NUL that ends the text early for one reader and not for another.
/// </summary>
internal static class YamlCharacters
{
    /// <summary>True when the text may go to the parser; otherwise the first offender of each kind is among the diagnostics.</summary>
    public static bool Check(string text, DiagnosticBag diagnostics)
    {
        var line = 1;
        var column = 0;
        var indent = true;
        foreach (var c in text)
        {
            column++;
            if (c == '\n')
            {
                line++;
                column = 0;
                indent = true;
                continue;
            }

            if (c == '\t' && indent)
                return Bad(diagnostics, line, column, "a tab in the indentation; expected spaces");
            if (c == '\uFFFD')
                return Bad(diagnostics, line, column, "a character that is not UTF-8; expected a text file in UTF-8");
            if ((char.IsControl(c) && c is not ('\t' or '\r')) || c is '\u2028' or '\u2029')
                return Bad(diagnostics, line, column, $"the control character U+{(int)c:X4}; expected text only");
            indent &= c == ' ';
        }

        return true;
    }

    private static bool Bad(DiagnosticBag diagnostics, int line, int column, string message)
    {
        diagnostics.Error(new Position(line, column), message);
        return false;
    }
}
