using System.Text;

namespace FlipAgent.Config.Keepalived;

/// <summary>Takes comments off a line as keepalived does (<c>decomment</c> of its lib/parser.c).</summary>
internal static class Comments
{
    /// <summary>
    /// Without what follows a <c>#</c> or <c>!</c>, wherever in the line it stands, outside double quotes; without white space at both ends. A backslash
    /// before the two makes them ordinary, and one at the end of the line stays.
    /// </summary>
    public static string Removed(string line)
    {
        if (line.AsSpan().IndexOfAny("#!\\") < 0)
            return line.Trim(' ', '\t');
        var text = new StringBuilder();
        var isQuoted = false;
        var goesOn = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '"')
                isQuoted = !isQuoted;
            if (c is '#' or '!' && !isQuoted)
                break;
            if (c != '\\')
            {
                text.Append(c);
                continue;
            }

            if (i + 1 == line.Length)
            {
                goesOn = true;
                break;
            }

            if (isQuoted || line[i + 1] is not ('#' or '!'))
                text.Append(c);
            text.Append(line[++i]);
        }

        return text.ToString().Trim(' ', '\t') + (goesOn ? "\\" : "");
    }
}
