using System.Text;
using FlipAgent.Config.Values;

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
        var (line, column) = (1, 0);
        var place = new Place();
        foreach (var rune in text.EnumerateRunes())
        {
            column++;
            var c = rune.IsBmp ? (char)rune.Value : '\0';
            if (c == '\n')
            {
                (line, column, place) = (line + 1, 0, new Place());
                continue;
            }

            if (c == '\t' && place.InIndent)
                return Bad(diagnostics, line, column, "a tab in the indentation; expected spaces");
            if (rune == Rune.ReplacementChar)
                return Bad(diagnostics, line, column, "a character that is not UTF-8; expected a text file in UTF-8");
            if ((Rune.IsControl(rune) && c is not ('\t' or '\r')) || c is '\u2028' or '\u2029')
                return Bad(diagnostics, line, column, $"the control character {Invisible.Code(rune)}; expected text only");
            if (c is not ('\t' or '\r') && !place.InComment && Invisible.Is(rune))
                return Bad(diagnostics, line, column, $"the invisible character {Invisible.Name(rune)}; expected visible ones and plain spaces only");
            place = place.After(c);
            // Columns count characters as the parser does, and one above U+FFFF is two of them.
            column += rune.Utf16SequenceLength - 1;
        }

        return true;
    }

    private static bool Bad(DiagnosticBag diagnostics, int line, int column, string message)
    {
        diagnostics.Error(new Position(line, column), message);
        return false;
    }

    /// <summary>
    /// Where in a line the eye is: what stands in a comment means nothing, whatever it is. A comment begins with # at the start or after a space, outside quotes.
    /// </summary>
    private readonly record struct Place(bool HasText, bool InComment, char Quote, char Before)
    {
        public Place()
            : this(HasText: false, InComment: false, Quote: '\0', Before: ' ')
        {
        }

        public bool InIndent => !HasText;

        public Place After(char c) => this with
        {
            HasText = HasText || c != ' ',
            InComment = InComment || (c == '#' && Quote == '\0' && Before is ' ' or '\t'),
            Quote = Quote != '\0' ? (c == Quote && !(c == '"' && Before == '\\') ? '\0' : Quote) : c is '"' or '\'' && Before is ' ' or '\t' or '[' or '{' or ',' ? c : '\0',
            Before = c,
        };
    }
}
