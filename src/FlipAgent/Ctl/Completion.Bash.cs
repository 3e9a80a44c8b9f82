using System.Text;

namespace FlipAgent.Ctl;

// bash: one function that finds the verb among the words before the cursor, then offers what goes with it.
internal static partial class Completion
{
    private static string Bash(List<Entry> verbs, List<Flag> global)
    {
        var all = All(verbs).ToList();
        var valued = all.SelectMany(verb => verb.Flags).Concat(global).Where(flag => flag.Value is not null).ToList();
        var script = new StringBuilder();
        script.Line("# bash completion of flipagentctl; made by: flipagentctl completion bash");
        script.Line("_flipagentctl()");
        script.Line("{");
        script.Line("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= words= files= nodes= skip= i");
        script.Line("    for ((i = 1; i < COMP_CWORD; i++)); do");
        script.Line("        if [[ -n $skip ]]; then skip=; continue; fi");
        script.Line("        case ${COMP_WORDS[i]} in");
        script.Line($"            {string.Join('|', valued.SelectMany(flag => flag.Names).Distinct())}) skip=1 ;;");
        script.Line("            -*) ;;");
        script.Line("            *) path+=\"${COMP_WORDS[i]} \" ;;");
        script.Line("        esac");
        script.Line("    done");
        script.Line("    case $prev in");
        foreach (var (names, value) in valued.Select(flag => (string.Join('|', flag.Names), flag.Value!)).DistinctBy(pair => pair.Item1))
            script.Line($"        {names}) {BashValue(value, replace: true)} ;;");
        script.Line("        *)");
        script.Line("            case $path in");
        script.Line($"                '') words='{string.Join(' ', verbs.Select(verb => verb.Path).Concat(Names(global)))}' ;;");
        foreach (var verb in all)
            script.Line($"                '{verb.Path} '*) {BashVerb(verb)} ;;");
        script.Line("            esac ;;");
        script.Line("    esac");
        script.Line("    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"; [[ -n $files && $cur != -* ]] && compgen -f -- \"$cur\")");
        // Not by compgen -W, which expands its words as the shell does.
        script.Line("    if [[ -n $nodes ]]; then");
        script.Line("        while IFS= read -r i; do");
        script.Line("            if [[ $i == \"$cur\"* ]]; then COMPREPLY+=(\"$i\"); fi");
        script.Line($"        done < <({NodesCommand})");
        script.Line("    fi");
        script.Line("    if [[ -n $files ]]; then compopt -o filenames 2>/dev/null; fi");
        script.Line("}");
        script.Line("complete -F _flipagentctl flipagentctl");
        return script.ToString();
    }

    private static string BashVerb(Entry verb)
    {
        var words = verb.Below.Select(LastWord).Concat(Names(verb.Flags)).Append("--help");
        return BashValue(verb.Argument ?? new Value(false, false, []), replace: false, words);
    }

    private static string BashValue(Value value, bool replace, IEnumerable<string>? more = null)
    {
        var parts = new List<string>();
        var words = value.Words.Concat(more ?? []).ToList();
        if (words.Count > 0)
            parts.Add($"words='{string.Join(' ', words)}'");
        if (value.Files)
            parts.Add("files=1");
        if (value.Nodes)
            parts.Add("nodes=1");
        return parts.Count > 0 || !replace ? string.Join(' ', parts) : ":";
    }

    private static IEnumerable<string> Names(IEnumerable<Flag> flags) => flags.SelectMany(flag => flag.Names);
}
