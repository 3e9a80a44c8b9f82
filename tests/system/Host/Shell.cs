using System.Diagnostics;

namespace FlipAgent.SystemTests.Host;

/// <summary>How a program ended.</summary>
internal sealed record Done(int Code, string Out, string Error)
{
    /// <summary>What it wrote to standard output and standard error.</summary>
    public string Text => Out + Error;
}

/// <summary>Runs programs of the host, each with a time limit.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Standard output of a program that must succeed.</summary>
    public static string Run(string program, params string[] args)
    {
        var done = Try(program, args);
        return done.Code == 0 ? done.Out : throw new InvalidOperationException($"{program} {string.Join(' ', args)} ended with {done.Code}: {done.Text}");
    }

    public static Done Try(string program, params string[] args)
    {
        using var process = Start(program, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', args)} did not end within {Limit}");
        }

        return new Done(process.ExitCode, output.Result, error.Result);
    }

    public static Process Start(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>The path of a program, or null.</summary>
    public static string? Find(string program) =>
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
