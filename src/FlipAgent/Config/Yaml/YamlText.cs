using System.Text;

namespace FlipAgent.Config.Yaml;

/// <summary>Writes single values as YAML that the reader gives back unchanged: bare where that is safe, in double quotes where it is not.</summary>
internal static class YamlText
{
    public static string Quote(string text)
    {
        text = Variables.Escape(text);
        if (IsSafe(text))
            return text;
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            quoted.Append(c switch
            {
                '"' or '\\' => $"\\{c}",
                _ when char.IsControl(c) => $"\\u{(int)c:X4}",
                _ => c.ToString(),
            });
        return quoted.Append('"').ToString();
    }

    public static string List(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Quote))}]";

    private static bool IsSafe(string text) =>
        text.Length > 0 && text is not ("null" or "~") && text[^1] != ':' && text[0] != '-' &&
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or ':');
}
