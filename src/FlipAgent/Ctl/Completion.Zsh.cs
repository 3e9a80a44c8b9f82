using System.Text;

namespace FlipAgent.Ctl;

// zsh: one _arguments call for each verb, with the descriptions of the help text.
internal static partial class Completion
{
    private static string Zsh(List<Entry> verbs, List<Flag> global)
    {
        var script = new StringBuilder();
        script.Line("#compdef flipagentctl");
        script.Line("# zsh completion of flipagentctl; made by: flipagentctl completion zsh");
        script.Line("_flipagentctl_nodes()");
        script.Line("{");
        script.Line("    local -a nodes");
        script.Line($"    nodes=(${{(f)\"$({NodesCommand})\"}})");
        script.Line("    compadd -a nodes");
        script.Line("}");
        script.Line("_flipagentctl()");
        script.Line("{");
        script.Line("    local curcontext=\"$curcontext\" state line");
        script.Line("    typeset -A opt_args");
        ZshVerbs(script, verbs, global, "    ", "verb");
        script.Line("}");
        script.Line("if [[ $funcstack[1] == _flipagentctl ]]; then _flipagentctl \"$@\"; else compdef _flipagentctl flipagentctl; fi");
        return script.ToString();
    }

    private static void ZshVerbs(StringBuilder script, IReadOnlyList<Entry> verbs, IReadOnlyList<Flag> flags, string indent, string name)
    {
        script.Line($"{indent}_arguments -C {string.Join(' ', flags.Select(ZshFlag))} '1:{name}:->{name}' '*::argument:->{name}-arguments'");
        script.Line($"{indent}case $state in");
        script.Line($"{indent}    {name})");
        script.Line($"{indent}        local -a words_of_{name}");
        script.Line($"{indent}        words_of_{name}=({string.Join(' ', verbs.Select(verb => $"'{LastWord(verb)}:{Quoted(verb.Description)}'"))})");
        script.Line($"{indent}        _describe {name} words_of_{name} ;;");
        script.Line($"{indent}    {name}-arguments)");
        script.Line($"{indent}        case $words[1] in");
        foreach (var verb in verbs)
        {
            script.Line($"{indent}            {LastWord(verb)})");
            var specs = verb.Flags.Select(ZshFlag).Append("'(-h --help)'{-h,--help}'[show help]'").Concat(ZshArgument(verb));
            if (verb.Below.Count > 0)
                ZshVerbs(script, verb.Below, verb.Flags, indent + "                ", "below");
            else
                script.Line($"{indent}                _arguments {string.Join(' ', specs)}");
            script.Line($"{indent}                ;;");
        }
        script.Line($"{indent}        esac ;;");
        script.Line($"{indent}esac");
    }

    private static string ZshFlag(Flag flag)
    {
        var description = Quoted(flag.Description.Replace("[", "\\[").Replace("]", "\\]"));
        var rest = $"'[{description}]{(flag.Value is { } value ? $":value:{ZshValue(value)}" : "")}'";
        return flag.Names.Count == 1
            ? $"'{flag.Names[0]}'{rest}"
            : $"'({string.Join(' ', flag.Names)})'{{{string.Join(',', flag.Names)}}}{rest}";
    }

    private static IEnumerable<string> ZshArgument(Entry verb) => verb.Argument is { } value ? [$"'1:value:{ZshValue(value)}'"] : [];

    private static string ZshValue(Value value) => value switch
    {
        { Files: true } => "_files",
        { Nodes: true } => "_flipagentctl_nodes",
        { Words.Count: > 0 } => $"({string.Join(' ', value.Words)})",
        _ => " ",
    };

    // Inside single quotes, and a colon would end the description.
    private static string Quoted(string text) => text.Replace("'", "'\\''").Replace(":", "\\:");
}
