using System.Diagnostics;

namespace FlipAgent.Tests.Control;

/// <summary>One run of a real program, to its end.</summary>
internal sealed record RanProcess(int Exit, string Out, string Error)
{
    public static RanProcess Of(string program, params string[] arguments) => Of(program, arguments, input: null);

    /// <param name="uid">Runs it as this user, with this group and no other.</param>
    public static RanProcess As(int uid, int gid, string program, params string[] arguments) =>
        Of("setpriv", ["--reuid", $"{uid}", "--regid", $"{gid}", "--clear-groups", program, .. arguments], input: null);

    public static RanProcess Of(string program, IEnumerable<string> arguments, string? input, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill();
            throw new TimeoutException($"{program} did not end within 60 s");
        }
        return new RanProcess(process.ExitCode, output.Result, error.Result);
    }
}
