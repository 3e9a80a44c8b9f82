using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace FlipAgent.Checks;

/// <summary>
/// Runs a program and believes its exit status. No shell stands in between, so nothing in the arguments is ever read as a command. What cannot
/// be run is down: keepalived takes the exit status 0 of its own failed child for the script's and stays master with its script deleted.
/// </summary>
internal sealed class ExecCheck(ImmutableArray<string> argv) : Check
{
    /// <summary>Length to which the last line of output is cut, in characters.</summary>
    public const int DetailCap = 200;

    private static readonly TimeSpan OutputPatience = TimeSpan.FromMilliseconds(250);

    private const string Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public override async Task<CheckResult> Run(CancellationToken stop)
    {
        if (Find(argv[0]) is not { } file)
            return new(Finding.Failed, argv[0].Contains('/') ? $"{argv[0]}: no such file" : $"{argv[0]}: no such program in {Path}");
        using var process = new Process { StartInfo = Describe(file) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e) when (Shortage.Of(e) is null)
        {
            return new(Finding.Failed, $"{file} cannot be run: {Why(e)}");
        }
        process.StandardInput.Close();
        // Disposed of here, because Process leaves them open: what the program left in the background may hold the other end for ever.
        using var printed = process.StandardOutput.BaseStream;
        using var complained = process.StandardError.BaseStream;
        var output = new LastLine();
        var reading = Task.WhenAll(output.Follow(printed), output.Follow(complained));
        try
        {
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The whole tree: a script that is killed alone leaves what it waits for behind, one more with each interval.
            Kill(process);
            return CheckResult.NoAnswer($"{file} did not end and was killed");
        }
        // What the program itself wrote is in the pipe by now; the end of it may never come.
        await Task.WhenAny(reading, Task.Delay(OutputPatience, CancellationToken.None)).ConfigureAwait(false);
        return Judge(process.ExitCode, output.Text);
    }

    private ProcessStartInfo Describe(string file)
    {
        var start = new ProcessStartInfo(file)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in argv.AsSpan()[1..])
            start.ArgumentList.Add(argument);
        // Nothing of the agent's own environment is its business ($CREDENTIALS_DIRECTORY, $NOTIFY_SOCKET).
        start.Environment.Clear();
        start.Environment["PATH"] = Path;
        return start;
    }

    // Looked up here: .NET would also look beside the agent's own binary and in the working directory.
    private static string? Find(string program) =>
        program.Contains('/') ? (File.Exists(program) ? program : null) : Path.Split(':').Select(dir => $"{dir}/{program}").FirstOrDefault(File.Exists);

    private static string Why(Win32Exception e) => e.NativeErrorCode switch
    {
        2 => "its interpreter (#! line) is missing",
        8 => "it is neither a program nor a script with a #! line",
        13 => "permission denied (is it executable by the agent's user?)",
        _ => System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(e.NativeErrorCode),
    };

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in this very moment, or belongs to another user by now (setuid): nothing more can be done about it.
        }
        catch (IOException)
        {
            // /proc cannot be searched for its children with no file descriptor left. Itself it can be killed all the same.
            KillAlone(process);
        }
    }

    private static void KillAlone(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // As above.
        }
    }

    private static CheckResult Judge(int status, string output)
    {
        var said = output.Length > 0 ? $": {output}" : "";
        return status switch
        {
            0 => new(Finding.Up, $"exit status 0{said}"),
            > 128 and < 193 => new(Finding.Failed, $"ended by signal {status - 128} (or exit status {status}){said}"),
            _ => new(Finding.Failed, $"exit status {status}{said}"),
        };
    }

    /// <summary>Keeps the last line that was written and lets the rest go, so that a chatty program neither blocks nor fills the memory.</summary>
    private sealed class LastLine
    {
        private readonly StringBuilder _line = new();
        private string _last = "";

        public string Text
        {
            get
            {
                lock (_line)
                    return Clean(_line.Length > 0 ? _line.ToString() : _last);
            }
        }

        public async Task Follow(Stream stream)
        {
            var buffer = new byte[4096];
            try
            {
                while (await stream.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
                    lock (_line)
                        foreach (var c in Encoding.UTF8.GetString(buffer, 0, read))
                            Take(c);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The run is over: nobody wants the rest.
            }
        }

        private void Take(char c)
        {
            if (c != '\n')
            {
                if (_line.Length < DetailCap)
                    _line.Append(c);
                return;
            }
            if (_line.Length > 0)
                _last = _line.ToString();
            _line.Clear();
        }

        private static string Clean(string line) => new([.. line.Trim().Select(c => char.IsControl(c) ? ' ' : c)]);
    }
}
