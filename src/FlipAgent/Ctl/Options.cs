using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Values;
using FlipAgent.Control;
using FlipAgent.Naming;
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
                result.AddError($"there is no option {Printable.Of(option, 40)}; {CtlProgram.Meant(result.Argument.Parents.FirstOrDefault() as Command, option) ?? $"expected a file (one of that name: ./{Printable.Of(option, 40)})"}");
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

    public static void CheckPid(ArgumentResult result)
    {
        if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0))
            result.AddError($"realtime {Printable.Of(token.Value, 40)}: expected the number of a process");
    }

    public static void CheckTime(OptionResult result)
    {
        if (result.Tokens is not [var token])
            return;
        var wrong = Duration.Parse(token.Value, out var value);
        if (wrong is null && value <= TimeSpan.Zero)
            wrong = "is no time to wait; expected more than zero, such as 30m or 2h";
        if (wrong is null && value > RequestBody.LongestTime)
            wrong = $"is too long; expected at most a year, {Duration.Text(RequestBody.LongestTime)}";
        if (wrong is not null)
            result.AddError($"--for {token.Value}: {wrong}");
    }

    /// <summary>As long a text as the agent takes.</summary>
    public static void CheckReason(OptionResult result)
    {
        if (result.Tokens is [{ Value.Length: > RequestBody.LongestText and var length }])
            result.AddError($"--reason: a text of {length} characters; expected at most {RequestBody.LongestText}");
    }

    /// <summary>Where the cluster's key goes. What looks like the key itself is not repeated.</summary>
    public static Option<string> KeyFile()
    {
        var file = new Option<string>("--key-file") { Description = $"where it goes (default: election.key_file of the configuration, else {KeyVerbs.DefaultFile})", HelpName = CommandTree.File };
        file.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
                result.AddError($"--key-file: the name of the file is empty; expected where the key goes, such as {KeyVerbs.DefaultFile}");
            else if (result.Tokens is [var token] && SecretName.Parse(token.Value, out _) is not null)
                result.AddError($"--key-file: {OnCommandLine}");
        });
        return file;
    }

    /// <summary>The file with the token of the API. What looks like the token itself is not repeated.</summary>
    public static Option<string> TokenFile()
    {
        var file = new Option<string>("--token-file") { Description = $"the file with the token of the cloud's API (default: {string.Join(", or ", CloudVendor.All.Where(vendor => vendor.Api is not null).Select(vendor => vendor.UsualTokenFile))})", HelpName = CommandTree.File };
        file.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && SecretName.Parse(token.Value, out _) is { } wrong)
                result.AddError($"--token-file: the value {wrong}; never the token on the command line, where every user of this machine can read it");
        });
        return file;
    }

    public static Option<string> Url(string name, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = "URL" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Urls.Base(token.Value, out _) is { } wrong)
                result.AddError($"{name} {Echo.Of(token.Value)} {wrong}");
        });
        return option;
    }

    /// <param name="text">As <see cref="Url"/> has let it pass.</param>
    public static Uri? UrlOf(string? text) => text is not null && Urls.Base(text, out var url) is null ? url : null;

    /// <summary>Takes what stands behind a verb that reads a secret, to refuse it without repeating it.</summary>
    public static Argument<string[]> NoSecret()
    {
        var words = new Argument<string[]>("KEY") { Hidden = true, Arity = System.CommandLine.ArgumentArity.ZeroOrMore };
        words.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0)
                result.AddError($"takes no argument: {OnCommandLine}");
        });
        return words;
    }

    private const string OnCommandLine = "a key comes by the terminal or by the standard input, never on the command line, where every user of this machine can read it (take one that was for known)";
}
