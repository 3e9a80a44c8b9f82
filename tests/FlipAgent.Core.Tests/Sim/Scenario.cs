using System.Globalization;
using System.Text;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// A story in a text file: comments, commands, <c>----</c>, and what the world wrote down meanwhile. Played again, it must come out the same.
/// <c>REWRITE=1</c> writes what came out into the file.
/// </summary>
internal sealed class Scenario
{
    private const string Separator = "----";
    private readonly ScenarioStage _stage = new();

    /// <summary>Plays a whole file.</summary>
    /// <returns>The file as it must be for the test to pass.</returns>
    public static string Play(string text)
    {
        var scenario = new Scenario();
        var result = new StringBuilder();
        var commands = new List<string>();
        using var lines = new StringReader(text.ReplaceLineEndings("\n"));
        while (lines.ReadLine() is { } line)
        {
            if (line.Trim() != Separator)
            {
                result.Append(line).Append('\n');
                if (line.Length > 0 && line[0] != '#')
                    commands.Add(line);
                continue;
            }

            result.Append(Separator).Append('\n');
            foreach (var said in scenario.Perform(commands))
                result.Append(said).Append('\n');
            commands.Clear();
            // The old performance ends at an empty line.
            while (lines.ReadLine() is { Length: > 0 })
            {
            }

            result.Append('\n');
        }

        if (commands.Count > 0)
            throw new FormatException($"commands at the end without {Separator}: {commands[0]}");
        return result.ToString().TrimEnd('\n') + "\n";
    }

    private IEnumerable<string> Perform(List<string> commands)
    {
        foreach (var command in commands)
        {
            var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            try
            {
                _stage.Do(words);
            }
            catch (Exception e) when (e is IndexOutOfRangeException or FormatException or KeyNotFoundException)
            {
                throw new FormatException($"cannot play '{command}': {e.Message}", e);
            }
        }

        var said = _stage.Said();
        return said.Count == 0 ? ["nothing happens"] : said;
    }
}

/// <summary>Reads the small words of scenario files.</summary>
internal static class ScenarioWords
{
    /// <summary><c>800ms</c>, <c>1s</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>, each possibly with a sign.</summary>
    public static TimeSpan Time(string word)
    {
        var digits = word.TrimEnd('m', 's', 'h');
        var value = double.Parse(digits, CultureInfo.InvariantCulture);
        return word[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(value),
            "s" => TimeSpan.FromSeconds(value),
            "m" => TimeSpan.FromMinutes(value),
            "h" => TimeSpan.FromHours(value),
            var unit => throw new FormatException($"'{unit}' is no unit of time: expected ms, s, m or h"),
        };
    }

    public static bool Switch(string word, string on, string off) =>
        word == on || (word == off ? false : throw new FormatException($"'{word}': expected {on} or {off}"));
}
