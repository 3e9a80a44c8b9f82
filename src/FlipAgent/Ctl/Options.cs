using System.CommandLine;
using System.CommandLine.Parsing;
using FlipAgent.Config.Values;
using FlipAgent.Redaction;

namespace FlipAgent.Ctl;

/// <summary>Options and arguments that several verbs have, with what is wrong with their values.</summary>
internal static class Options
{
    /// <summary>A terminal is asked before what moves the address; a script is not.</summary>
    public static Option<bool> NoQuestion() => new("--yes") { Description = "do not ask" };

    public static Argument<string> ConfigFile() => FileArgument("the configuration file; - is the standard input", CtlProgram.DefaultConfig);

    /// <summary>The library takes an option that it does not know for the value of an argument: init --yes would write a file of that name.</summary>
    public static Argument<string> FileArgument(string description, string? otherwise = null)
    {
        var file = new Argument<string>(CommandTree.File) { Description = description, HelpName = CommandTree.File };
        if (otherwise is not null)
            file.DefaultValueFactory = _ => otherwise;
        file.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', _, ..] option }])
                result.AddError($"there is no option {Printable.Of(option, 40)}; expected a file (one of that name: ./{Printable.Of(option, 40)})");
        });
        return file;
    }

    public static Option<int> Number(string name, string helpName, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => usual };
        var expected = most == int.MaxValue ? "not negative" : $"{least} to {most}";
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value >= least && value <= most))
                result.AddError($"{name} {token.Value}: expected a whole number, {expected}");
        });
        return option;
    }

    public static void CheckTime(OptionResult result)
    {
        if (result.Tokens is not [var token])
            return;
        var wrong = Duration.Parse(token.Value, out var value);
        if (wrong is null && value <= TimeSpan.Zero)
            wrong = "is no time to wait; expected more than zero, such as 30m or 2h";
        if (wrong is not null)
            result.AddError($"--for {token.Value}: {wrong}");
    }
}
