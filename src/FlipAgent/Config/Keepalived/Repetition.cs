using System.Globalization;
using System.Text.RegularExpressions;

namespace FlipAgent.Config.Keepalived;

/// <summary>
/// <c>~SEQ(NAME, START, STEP, END) TEXT</c> and <c>~LST(NAME, VALUE, ...) TEXT</c>: the text once for each value of the name (keepalived.conf(5),
/// "Sequence blocks" and "List blocks").
/// </summary>
internal sealed class Repetition
{
    private readonly string[] _names;
    private readonly IEnumerator<string[]> _values;

    private Repetition(string[] names, IEnumerable<string[]> values, string text)
    {
        _names = names;
        Text = text;
        _values = values.GetEnumerator();
        HasNext = _values.MoveNext();
    }

    public string Text { get; }

    public bool HasNext { get; private set; }

    /// <summary>Null when it is not written as it must be.</summary>
    /// <param name="replaced">Replaces the definitions among the numbers.</param>
    public static Repetition? Of(string line, Func<string, string> replaced)
    {
        if (s_sequence.Match(line) is { Success: true } sequence)
        {
            var numbers = replaced(sequence.Groups["numbers"].Value).Split(',').Select(Number).ToArray();
            var isHex = sequence.Groups["hex"].Success;
            return numbers.Any(n => n is null) || Steps([.. numbers.OfType<long>()]) is not { } steps
                ? null
                : new([sequence.Groups["name"].Value], steps.Select(n => new[] { isHex ? n.ToString("x") : n.ToString() }), sequence.Groups["text"].Value);
        }

        if (s_list.Match(line) is not { Success: true } list)
            return null;
        var items = list.Groups["item"].Captures.Select(c => c.Value.Trim('{', '}').Split(',', StringSplitOptions.TrimEntries)).ToArray();
        var names = items[0];
        return items.Skip(1).Any(v => v.Length > names.Length)
            ? null
            : new(names, items.Skip(1).Select(v => v.Concat(Enumerable.Repeat("", names.Length - v.Length)).ToArray()), list.Groups["text"].Value);
    }

    /// <summary>Gives the names their next values.</summary>
    public void Next(Definitions definitions)
    {
        foreach (var (name, value) in _names.Zip(_values.Current))
            definitions.Set(name, value);
        HasNext = _values.MoveNext();
    }

    private static long? Number(string text)
    {
        var digits = text.Trim();
        return digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : null
            : long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static IEnumerable<long>? Steps(long[] numbers)
    {
        var (start, step, end) = numbers switch
        {
            [var only] => (only < 0 ? -1 : 1, only < 1 ? -1 : 1, only),
            [var first, var last] => (first, first <= last ? 1 : -1, last),
            [var first, var by, var last] => (first, by, last),
            _ => (0, 0, 0),
        };
        return step == 0 || (start < end && step < 0) || (start > end && step > 0) ? null : Steps(start, step, end);
    }

    private static IEnumerable<long> Steps(long start, long step, long end)
    {
        for (var n = start; step > 0 ? n <= end : n >= end; n += step)
        {
            yield return n;
            if (step > 0 ? n > long.MaxValue - step : n < long.MinValue - step)
                yield break;
        }
    }

    private static readonly Regex s_sequence = new(@"^~SEQ(?<hex>x)?[ \t]*\([ \t]*(?<name>[A-Za-z_]\w*)[ \t]*,(?<numbers>[^)]*)\)[ \t]*(?<text>.*)$", RegexOptions.ExplicitCapture);

    private static readonly Regex s_list = new(
        @"^~LST[ \t]*\([ \t]*(?<item>\{[^{}]*\}|[A-Za-z_]\w*)([ \t]*,[ \t]*(?<item>\{[^{}]*\}|[^,(){} \t]*))+[ \t]*\)[ \t]*(?<text>.*)$",
        RegexOptions.ExplicitCapture);
}
