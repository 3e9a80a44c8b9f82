using System.Diagnostics;

namespace FlipAgent.Harness;

/// <summary>How a program ended.</summary>
/// <param name="Code">Its exit code; 128 plus the signal when one ended it.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ProgramResult(int Code, string Out, string Error)
{
    /// <summary>Standard output, then standard error.</summary>
    public string Text => Out + Error;
}

/// <summary>
/// Runs a program to its end, within a time limit. It is a child of the calling thread and so in the network namespace of that thread.
/// </summary>
public static class Shell
{
    /// <summary>What a program may take when nothing else is said.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);

    /// <summary>Standard output of a program that must succeed.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; has what it wrote.</exception>
    /// <exception cref="TimeoutException">It did not end within <see cref="DefaultLimit"/>.</exception>
    public static string Must(string program, params string[] arguments) => Must(program, Run(program, arguments), arguments);

    /// <inheritdoc cref="Must(string, string[])"/>
    /// <param name="limit">In place of <see cref="DefaultLimit"/>.</param>
    public static string Must(TimeSpan limit, string program, params string[] arguments) => Must(program, Run(program, arguments, limit: limit), arguments);

    /// <exception cref="TimeoutException">It did not end within <see cref="DefaultLimit"/>, and was killed.</exception>
    public static ProgramResult Run(string program, params string[] arguments) => Run(program, arguments, input: null);

    /// <param name="input">All of its standard input; null: none.</param>
    /// <param name="environment">Added to the environment of this process.</param>
    /// <param name="limit">null: <see cref="DefaultLimit"/>.</param>
    /// <exception cref="TimeoutException">It did not end within the limit, and was killed with its children.</exception>
    public static ProgramResult Run(
        string program, IEnumerable<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var most = limit ?? DefaultLimit;
        if (!process.WaitForExit(most))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} did not end within {most.TotalSeconds:0.#} s");
        }
        return new(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>The path of a program that is installed, or null.</summary>
    public static string? Find(string program) => $"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:{Environment.GetEnvironmentVariable("PATH")}"
        .Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string Must(string program, ProgramResult result, string[] arguments) =>
        result.Code == 0 ? result.Out : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {result.Code}: {result.Text}");
}
