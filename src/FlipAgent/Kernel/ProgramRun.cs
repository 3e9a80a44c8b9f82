using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;

namespace FlipAgent.Kernel;

/// <summary>
/// A program that runs, with its input and output in pipes. No shell stands in between, so nothing in the arguments is ever read as a command. The caller reads
/// both outputs, or a full pipe would stop the program.
/// </summary>
internal sealed class ProgramRun : IDisposable
{
    /// <summary>$PATH of what runs on behalf of the agent: nothing of the agent's own environment is its business ($CREDENTIALS_DIRECTORY, $NOTIFY_SOCKET).</summary>
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Why a program cannot be started, for people.</summary>
    public static string Why(Win32Exception e) => e.NativeErrorCode switch
    {
        2 => "no such file, or its interpreter (#! line) is missing",
        8 => "it is neither a program nor a script with a #! line",
        13 => "permission denied (is it executable by the agent's user?)",
        _ => System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(e.NativeErrorCode),
    };

    private readonly Process _process;

    private ProgramRun(Process process, RunMark mark) => (_process, Mark) = (process, mark);

    public int Id => _process.Id;

    /// <summary>By what all that it starts is found.</summary>
    internal RunMark Mark { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>What the program reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>What the program prints. Not closed with the run: what the program left in the background may go on to print.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>What the program complains about; otherwise as <see cref="Output"/>.</summary>
    public Stream Errors => _process.StandardError.BaseStream;

    /// <param name="environment">All variables that it sees, besides <see cref="RunMark.Variable"/>; null: those of this process.</param>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public static ProgramRun Start(string file, IEnumerable<string> arguments, params IReadOnlyList<(string Name, string Value)>? environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        if (environment is not null)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
        }
        var mark = new RunMark();
        start.Environment[RunMark.Variable] = mark.Value;
        var process = new Process { StartInfo = start };
        try
        {
            process.Start();
            OrdinaryRights.Give(process.Id);
            mark.Since = ServiceGroup.Origin(process.Id)?.Started;
            mark.Pipes = [.. Pipe(process.StandardOutput.BaseStream), .. Pipe(process.StandardError.BaseStream)];
            return new ProgramRun(process, mark);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> Pipe(Stream stream) => stream switch
    {
        PipeStream pipe when RunMark.PipeOf(pipe.SafePipeHandle.DangerousGetHandle()) is { } name => [name],
        FileStream file when RunMark.PipeOf(file.SafeFileHandle.DangerousGetHandle()) is { } name => [name],
        _ => [],
    };

    /// <summary>Runs a program of the system to its end, in the environment of this process, with no input.</summary>
    /// <returns>Its exit status and what it printed; -1 and nothing when it cannot be started or takes longer than the timeout.</returns>
    public static (int Status, string Output) ToEnd(TimeSpan timeout, string file, params string[] arguments)
    {
        try
        {
            using var run = Start(file, arguments, environment: null);
            run.Input.Close();
            using var limit = new CancellationTokenSource(timeout);
            using var output = new StreamReader(run.Output);
            var printed = output.ReadToEndAsync(limit.Token);
            _ = run.Errors.CopyToAsync(Stream.Null, limit.Token);
            return (run.WaitForExit(limit.Token).GetAwaiter().GetResult(), printed.GetAwaiter().GetResult());
        }
        catch (Exception e) when (e is Win32Exception or OperationCanceledException)
        {
            return (-1, "");
        }
    }

    /// <summary>Its exit status. When the wait is cancelled it is killed first, with all that it started.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task<int> WaitForExit(CancellationToken cancel)
    {
        try
        {
            await _process.WaitForExitAsync(cancel).ConfigureAwait(false);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw;
        }
    }

    /// <summary>The whole tree, and what left it: a script that is killed alone leaves what it waits for behind.</summary>
    public void Kill()
    {
        KillTree();
        Mark.KillAll();
    }

    private void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in this very moment, or belongs to another user by now (setuid): nothing more can be done about it.
        }
        catch (IOException)
        {
            // /proc cannot be searched for its children with no file descriptor left. Itself it can be killed all the same.
            KillAlone();
        }
    }

    public void Dispose() => _process.Dispose();

    private void KillAlone()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // As above.
        }
    }
}
