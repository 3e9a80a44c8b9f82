using System.Text;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// What <c>$NAME</c> stands for (keepalived.conf(5), "Parameter substitution"), by keepalived's own rules: without braces a name ends at white space,
/// a comma, a closing bracket or the end of the line; a value is replaced where it is used, not where it is set; a definition of several lines only
/// counts at the end of a line.
/// </summary>
internal sealed class Definitions
{
    /// <summary>Stands between the lines of a definition of several.</summary>
    public const char LineEnd = '\n';

    private const int MostReplaced = 1000;
    private const int LongestLine = 16_384;

    private readonly Dictionary<string, Definition> _known = new(StringComparer.Ordinal);

    /// <param name="directory">Of the file that is being read.</param>
    /// <param name="remark">Called for a value that only keepalived itself knows.</param>
    public Definitions(KeepalivedFiles files, Func<string> directory, Action<string> remark)
    {
        _known["_PWD"] = new() { Compute = _ => directory() };
        _known["_INSTANCE"] = new() { Compute = _ => files.ConfigId };
        _known["_HASH"] = new() { Value = "#" };
        _known["_BANG"] = new() { Value = "!" };
        _known["_RANDOM"] = new()
        {
            MostParameters = 2,
            Compute = parameters =>
            {
                remark("_RANDOM: another number at each start of keepalived; the draft has the smallest");
                return parameters.FirstOrDefault() ?? "0";
            },
        };
        _known["_ENV"] = new()
        {
            LeastParameters = 1,
            MostParameters = 1,
            Compute = parameters =>
            {
                var value = files.Environment(parameters[0]);
                remark($"_ENV {parameters[0]}: {(value is null ? "not set here, so it is empty in the draft" : "taken from the environment of this command")}; " +
                    "that of keepalived's unit may differ");
                return value ?? "";
            },
        };
    }

    /// <summary>A definition that ends in <c>\</c> goes on in the next lines.</summary>
    public Definition? Define(string line)
    {
        if (s_form.Match(line) is not { Success: true } form)
            return null;
        var value = form.Groups["value"].Value;
        var goesOn = value.EndsWith('\\');
        if (goesOn)
            value = value[..^1].TrimEnd(' ', '\t');
        return _known[form.Groups["name"].Value] = new Definition { Value = goesOn && value.Length > 0 ? value + LineEnd : value, IsLong = goesOn };
    }

    public void Set(string name, string value) => _known[name] = new Definition { Value = value };

    /// <summary>Why a use of it may be left as it is; null: no line so far defines it.</summary>
    public string? WhyNot(string name) =>
        !_known.TryGetValue(name, out var definition) ? null
        : definition.IsLong ? "a definition of several lines counts at the end of a line only"
        : definition.LeastParameters > 0 ? $"it wants a parameter: write ${{{name} ...}}"
        : $"a name without braces ends at white space, a comma, ) or the end of the line: write ${{{name}}}";

    /// <summary>The line with its definitions replaced, or null when there is none in it.</summary>
    /// <param name="opened">Called with the rest of a definition of several lines, whose first line is in the result.</param>
    public string? Replaced(string line, Action<string> opened)
    {
        var found = false;
        var at = 0;
        for (var n = 0; n < MostReplaced && line.Length < LongestLine && (at = line.IndexOf('$', at)) >= 0 && at + 1 < line.Length; n++)
        {
            if (Find(line, at + 1) is not var (definition, end, parameters))
            {
                at++;
                continue;
            }

            found = true;
            var value = definition.Compute?.Invoke(parameters) ?? definition.Value;
            if (definition.IsLong)
            {
                var first = value.IndexOf(LineEnd);
                if (first >= 0)
                    opened(value[(first + 1)..]);
                value = first >= 0 ? value[..first] : value;
            }

            line = string.Concat(line.AsSpan(0, at), value, line.AsSpan(end));
            // The rest of the line is repeated by ~SEQ and ~LST, and replaced then.
            if (value.TrimStart(' ', '\t').StartsWith('~'))
                break;
        }

        return found ? line.Length < LongestLine ? line : line[..LongestLine] : null;
    }

    private (Definition, int End, string[] Parameters)? Find(string line, int at)
    {
        var use = line[at] == '{' ? s_inBraces.Match(line, at) : s_bare.Match(line, at);
        if (!use.Success || !_known.TryGetValue(use.Groups["name"].Value, out var definition))
            return null;
        var end = use.Index + use.Length;
        if (definition.IsLong && end != line.Length)
            return null;
        var parameters = use.Groups["parameter"].Captures.Select(c => c.Value).ToArray();
        return parameters.Length >= definition.LeastParameters && parameters.Length <= definition.MostParameters ? (definition, end, parameters) : null;
    }

    internal sealed class Definition
    {
        private readonly StringBuilder _value = new();

        public string Value
        {
            get => _value.ToString();
            init => _value.Append(value);
        }

        /// <summary>Of several lines.</summary>
        public bool IsLong { get; set; }

        public Func<string[], string>? Compute { get; init; }

        public int LeastParameters { get; init; }

        public int MostParameters { get; init; }

        /// <summary>Adds a line; false: it was the last one.</summary>
        public bool Add(string line)
        {
            var goesOn = line.EndsWith('\\');
            var text = goesOn ? line[..^1].TrimEnd(' ', '\t') : line;
            if (text.Length > 0 && _value.Length < LongestLine * 8)
                _value.Append(text).Append(goesOn ? LineEnd.ToString() : "");
            return goesOn || End();
        }

        /// <summary>Always false.</summary>
        public bool End()
        {
            if (_value.Length == 0)
                IsLong = false;
            return false;
        }
    }

    private static readonly Regex s_form = new(@"^\$(?<name>[A-Za-z_][A-Za-z0-9_]*)=[ \t]*(?<value>.*)$", RegexOptions.ExplicitCapture);

    private static readonly Regex s_bare = new(@"\G(?<name>[A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)", RegexOptions.ExplicitCapture);

    private static readonly Regex s_inBraces = new(@"\G\{(?<name>[A-Za-z_][A-Za-z0-9_]*)([ \t]+(?<parameter>[A-Za-z0-9_]+))*[ \t]*\}", RegexOptions.ExplicitCapture);
}
