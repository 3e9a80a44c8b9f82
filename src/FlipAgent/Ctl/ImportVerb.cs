using FlipAgent.Config.Keepalived;
using FlipAgent.Control;
using FlipAgent.Kernel;
using FlipAgent.Redaction;

namespace FlipAgent.Ctl;

/// <summary>import-keepalived: a draft of flipagent.yaml on the output, and on the error output a note for each line that is not in it.</summary>
internal sealed class ImportVerb(Terminal terminal)
{
    /// <param name="file">A keepalived.conf; <c>-</c> is the standard input.</param>
    /// <param name="configId">keepalived's -i option; null: the host name.</param>
    public int Run(string file, string? configId)
    {
        var files = KeepalivedFiles.OfThisMachine(configId);
        var isInput = file == StandardInput.Name;
        string? problem = null;
        if ((isInput ? StandardInput.Read(terminal, out problem) : files.Read(file)) is not { } text)
            return terminal.Fail(ExitCode.Failed, isInput ? $"the standard input {problem}; expected a keepalived.conf" : $"{file} {WhyUnreadable(file) ?? files.WhyNot(file)}; expected a keepalived.conf");
        var result = KeepalivedImport.Convert(text, isInput ? "stdin" : file, files);
        terminal.Out.Write(result.Yaml);
        foreach (var note in result.Notes)
            terminal.Error.WriteLine(Printable.Of(note.ToString()));
        return ExitCode.Done;
    }

    /// <summary>Null: there is no more to say than that it could not be read.</summary>
    private static string? WhyUnreadable(string file) => RegularFile.Read(file, cap: 0, _ => true).Problem is not { } problem ? null : problem.Kind switch
    {
        FileProblemKind.Missing => "is not there",
        FileProblemKind.NotAFile => $"is not a file: {problem.Reason} (the standard input is -)",
        FileProblemKind.Unreadable => $"cannot be read by user {Environment.UserName} ({problem.Reason})",
        _ => null,
    };
}
