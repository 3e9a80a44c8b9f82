using System.Text;

namespace FlipAgent.Ctl;

/// <summary>
/// Where flipagentctl reads and writes, and whether a person sits there: people get colours and questions, programs get plain text and never a
/// question.
/// </summary>
/// <param name="ReadLine">One line that somebody types. Not a reader: to open the console's would already send control codes to the terminal.</param>
/// <param name="Person">Both the input and the error output are a terminal, so a question can be asked and answered.</param>
/// <param name="Live">The output is a terminal that can be redrawn and coloured.</param>
internal sealed record Terminal(Func<string?> ReadLine, TextWriter Out, TextWriter Error, bool Person, bool Live)
{
    /// <summary>Colours, unless NO_COLOR says otherwise (no-color.org).</summary>
    public bool Colour => Live && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>The standard input, but hardly more than as many bytes: a wrong file can be endless.</summary>
    public Func<int, string> ReadSome { get; init; } = _ => "";

    /// <summary>What is typed at the terminal, without showing it, as <see cref="ReadSome"/>, after a question; null: the input is no terminal.</summary>
    public Func<int, Action, string>? ReadHidden { get; init; }

    public static Terminal OfThisProcess() => new(
        Console.ReadLine, Console.Out, Console.Error,
        !Console.IsInputRedirected && !Console.IsErrorRedirected,
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"))
    {
        ReadSome = most =>
        {
            using var input = Console.OpenStandardInput();
            var read = new byte[most + 1];
            return Encoding.UTF8.GetString(read, 0, input.ReadAtLeast(read, read.Length, throwOnEndOfStream: false));
        },
        ReadHidden = Console.IsInputRedirected ? null : HiddenInput.Read,
    };

    /// <summary>Asks on the error output, which is seen even when the output goes to a file. Anything but y or yes is a no.</summary>
    public bool Agrees(string question)
    {
        Error.Write($"{question} [y/N] ");
        Error.Flush();
        return ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>Says why on the error output and gives the exit code back.</summary>
    public int Fail(int code, string why)
    {
        Error.WriteLine($"flipagentctl: {why}");
        return code;
    }

    public int Fail(Failure failure) => Fail(failure.Code, failure.Text);
}
