using System.Text;

namespace FlipAgent.Ctl;

// fish: one line for each word, with the condition under which it is offered.
internal static partial class Completion
{
    private static string Fish(List<Entry> verbs, List<Flag> global)
    {
        var script = new StringBuilder();
        script.Line("# fish completion of flipagentctl; made by: flipagentctl completion fish");
        script.Line("function __flipagentctl_nodes");
        script.Line($"    {NodesCommand}");
        script.Line("end");
        script.Line("complete -c flipagentctl -f");
        foreach (var flag in global)
            script.Line($"complete -c flipagentctl {FishFlag(flag)}");
        foreach (var verb in verbs)
        {
            script.Line($"complete -c flipagentctl -n __fish_use_subcommand -a {verb.Path} -d {FishQuoted(verb.Description)}");
            FishVerb(script, verb, $"__fish_seen_subcommand_from {verb.Path}{NotBelowConfig(verb)}");
        }
        return script.ToString();
    }

    private static void FishVerb(StringBuilder script, Entry verb, string condition)
    {
        foreach (var flag in verb.Flags)
            script.Line($"complete -c flipagentctl -n '{condition}' {FishFlag(flag)}");
        if (verb.Argument is { Free: false } value)
            script.Line($"complete -c flipagentctl -n '{condition}' {FishValue(value, "-F")}");
        foreach (var below in verb.Below)
        {
            var others = string.Join(' ', verb.Below.Select(LastWord));
            var first = $"{condition}; and not __fish_seen_subcommand_from {others}";
            script.Line($"complete -c flipagentctl -n '{first}' -a {LastWord(below)} -d {FishQuoted(below.Description)}");
            FishVerb(script, below, $"{condition}; and __fish_seen_subcommand_from {LastWord(below)}");
        }
    }

    // "check" is a verb and also the second word of "config check".
    private static string NotBelowConfig(Entry verb) => verb.Path == "config" ? "" : "; and not __fish_seen_subcommand_from config";

    private static string FishFlag(Flag flag)
    {
        var names = flag.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : $"-s {name[1..]}");
        var value = flag.Value is { } takes ? " -r " + FishValue(takes, "-F") : "";
        return $"{string.Join(' ', names)}{value.TrimEnd()} -d {FishQuoted(flag.Description)}";
    }

    private static string FishValue(Value value, string files) => value switch
    {
        { Files: true } => files,
        { Nodes: true } => "-f -a '(__flipagentctl_nodes)'",
        { Words.Count: > 0 } => $"-f -a '{string.Join(' ', value.Words)}'",
        _ => "-f",
    };

    private static string FishQuoted(string text) => $"'{text.Replace("\\", "\\\\").Replace("'", "\\'")}'";
}
