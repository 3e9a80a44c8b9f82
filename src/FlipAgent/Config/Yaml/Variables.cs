using System.Text;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Yaml;

/// <summary>
/// <c>${NAME}</c> and <c>${NAME:-default}</c> in the values of the file, filled in from the environment, so that one file serves a laptop and a droplet.
/// <c>$$</c> is a dollar; any other dollar stands for itself.
/// </summary>
internal static class Variables
{
    /// <summary>Null when all is well; otherwise what is wrong and at which character of <paramref name="text"/>.</summary>
    /// <param name="lookup">The value of a variable; null when it is not set.</param>
    public static (string Complaint, int At)? Expand(string text, Func<string, string?> lookup, out string expanded)
    {
        expanded = text;
        if (!text.Contains('$'))
            return null;
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var next = text[i] == '$' && i + 1 < text.Length ? text[i + 1] : '\0';
            if (next == '$')
            {
                result.Append('$');
                i++;
            }
            else if (next == '{')
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                    return ("${ without }; expected ${NAME} or ${NAME:-default} ($$ for a dollar)", i);
                if (One(text[(i + 2)..end], lookup, out var value) is { } complaint)
                    return (complaint, i);
                result.Append(value);
                i = end;
            }
            else
                result.Append(text[i]);
        }

        expanded = result.ToString();
        return null;
    }

    /// <summary>Makes text that <see cref="Expand"/> gives back as it is.</summary>
    public static string Escape(string text) => text.Replace("$", "$$");

    private static string? One(string inside, Func<string, string?> lookup, out string value)
    {
        var colon = inside.IndexOf(':');
        var name = colon < 0 ? inside : inside[..colon];
        value = "";
        if (!IsName(name) || (colon >= 0 && !inside.AsSpan(colon).StartsWith(":-")))
            return $"{Echo.Of("${" + inside + "}")} cannot be replaced; expected ${{NAME}} or ${{NAME:-default}} with letters, digits and _ in NAME";
        var set = lookup(name);
        if (set is null && colon < 0)
            return $"the environment variable {name} is not set; set it, or write ${{{name}:-default}} ($${{{name}}} where ${{{name}}} itself is meant)";
        // As in a shell, ":-" stands in for an empty variable too.
        value = colon >= 0 && string.IsNullOrEmpty(set) ? inside[(colon + 2)..] : set ?? "";
        return null;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
