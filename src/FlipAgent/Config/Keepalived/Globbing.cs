using System.Text;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>The patterns of <c>include</c>: glob(7) with alternatives in braces, as keepalived asks for it (GLOB_BRACE).</summary>
internal static class Globbing
{
    private const int MostPatterns = 200;

    /// <summary>The files that match, in order; relative patterns begin at the including file.</summary>
    public static IReadOnlyList<string> Files(string pattern, string includingFile)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(includingFile)) ?? "/";
        return [.. Alternatives(pattern).Take(MostPatterns).SelectMany(p => Found(Path.Combine(directory, p)))];
    }

    private static IEnumerable<string> Alternatives(string pattern)
    {
        var open = pattern.IndexOf('{');
        var (close, commas) = open < 0 ? (-1, []) : Matching(pattern, open);
        if (close < 0)
            return [pattern];
        List<int> cuts = [open, .. commas, close];
        return Enumerable.Range(1, cuts.Count - 1).SelectMany(i => Alternatives(pattern[..open] + pattern[(cuts[i - 1] + 1)..cuts[i]] + pattern[(close + 1)..]));
    }

    private static (int Close, List<int> Commas) Matching(string pattern, int open)
    {
        var depth = 0;
        List<int> commas = [];
        for (var i = open; i < pattern.Length; i++)
            if (pattern[i] == '{')
                depth++;
            else if (pattern[i] == '}' && --depth == 0)
                return (i, commas);
            else if (pattern[i] == ',' && depth == 1)
                commas.Add(i);
        return (-1, []);
    }

    private static IEnumerable<string> Found(string path)
    {
        IEnumerable<string> found = ["/"];
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
            found = part.AsSpan().IndexOfAny("*?[") < 0
                ? found.Select(d => Path.Combine(d, part))
                : found.SelectMany(d => Entries(d, part));
        return found.Where(File.Exists);
    }

    private static string[] Entries(string directory, string part)
    {
        try
        {
            var name = new Regex(Expression(part), RegexOptions.NonBacktracking);
            return Directory.EnumerateFileSystemEntries(directory)
                .Where(e => Path.GetFileName(e) is var file && (part[0] == '.' || file[0] != '.') && name.IsMatch(file))
                .Order(StringComparer.Ordinal)
                .ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    private static string Expression(string part)
    {
        var text = new StringBuilder("^");
        for (var i = 0; i < part.Length; i++)
        {
            var end = part[i] == '[' ? part.IndexOf(']', Math.Min(i + 2, part.Length)) : -1;
            if (end > 0)
            {
                var set = part[(i + 1)..end].Replace("\\", "\\\\").Replace("[", "\\[");
                text.Append('[').Append(set[0] == '!' ? "^" + set[1..] : set).Append(']');
                i = end;
            }
            else
                text.Append(part[i] switch { '*' => ".*", '?' => ".", var c => Regex.Escape(c.ToString()) });
        }

        return text.Append('$').ToString();
    }
}
