using System.Collections.Immutable;
using System.ComponentModel;
using System.Text;
using FlipAgent.Kernel;
using FlipAgent.Redaction;

namespace FlipAgent.Checks;

/// <summary>
/// Runs a program and believes its exit status. No shell stands in between, so nothing in the arguments is ever read as a command. What cannot
/// be run is down: keepalived takes the exit status 0 of its own failed child for the script's and stays master with its script deleted.
/// </summary>
internal sealed class ExecCheck(ImmutableArray<string> argv) : Check
{
    /// <summary>Length to which the last line of output is cut, in characters.</summary>
    public const int DetailCap = 200;

    /// <summary>So much of a line is kept until it is searched for secrets, and cut.</summary>
    private const int LineCap = 4096;

    private static readonly TimeSpan s_outputTimeout = TimeSpan.FromMilliseconds(250);

    public override async Task<CheckResult> Run(TimeSpan within, CancellationToken stop)
    {
        if (Find(argv[0]) is not { } file)
            return new(Outcome.Failed, argv[0].Contains('/') ? $"{argv[0]}: {(Directory.Exists(argv[0]) ? "is a directory" : "no such file")}" : $"{argv[0]}: no such program in {ProgramRun.SearchPath}");
        ProgramRun run;
        try
        {
            run = ProgramRun.Start(file, argv.Skip(1), ("PATH", ProgramRun.SearchPath));
        }
        catch (Win32Exception e) when (Shortage.Of(e) is null)
        {
            return new(Outcome.Failed, $"{file} cannot be run: {ProgramRun.Why(e)}");
        }
        using (run)
            return await Judge(run, file, stop).ConfigureAwait(false);
    }

    private static async Task<CheckResult> Judge(ProgramRun run, string file, CancellationToken stop)
    {
        run.Input.Close();
        // Closed here: what the program left in the background may hold the other end for ever.
        using var printed = run.Output;
        using var complained = run.Errors;
        var output = new LastLine();
        var reading = Task.WhenAll(output.Follow(printed), output.Follow(complained));
        int status;
        try
        {
            status = await run.WaitForExit(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return CheckResult.NoAnswer($"{file} did not end and was killed");
        }
        // What the program itself wrote is in the pipe by now; the end of it may never come.
        await Task.WhenAny(reading, Task.Delay(s_outputTimeout, CancellationToken.None)).ConfigureAwait(false);
        return Judge(status, output.Text);
    }

    // Looked up here: .NET would also look beside the agent's own binary and in the working directory.
    private static string? Find(string program) =>
        program.Contains('/') ? (File.Exists(program) ? program : null) : ProgramRun.SearchPath.Split(':').Select(dir => $"{dir}/{program}").FirstOrDefault(File.Exists);

    private static CheckResult Judge(int status, string output)
    {
        var said = output.Length > 0 ? $": {output}" : "";
        return status switch
        {
            0 => new(Outcome.Up, $"exit status 0{said}"),
            > 128 and < 193 => new(Outcome.Failed, $"ended by signal {status - 128} (or exit status {status}){said}"),
            _ => new(Outcome.Failed, $"exit status {status}{said}"),
        };
    }

    /// <summary>Keeps the last line that was written and lets the rest go, so that a chatty program neither blocks nor fills the memory.</summary>
    private sealed class LastLine
    {
        private readonly StringBuilder _line = new();
        private bool _cut;
        private (string Text, bool Cut) _last = ("", false);

        public string Text
        {
            get
            {
                lock (_line)
                {
                    var (text, cut) = _line.Length > 0 ? (_line.ToString(), _cut) : _last;
                    return Printable.Line(text, DetailCap, cut);
                }
            }
        }

        public async Task Follow(Stream stream)
        {
            var buffer = new byte[4096];
            var characters = new char[Encoding.UTF8.GetMaxCharCount(buffer.Length)];
            // A character may be split between two reads.
            var decoder = Encoding.UTF8.GetDecoder();
            try
            {
                while (await stream.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
                    lock (_line)
                        foreach (var c in characters.AsSpan(0, decoder.GetChars(buffer, 0, read, characters, 0)))
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
                _cut |= _line.Length == LineCap;
                if (!_cut)
                    _line.Append(c);
                return;
            }
            if (_line.Length > 0)
                _last = (_line.ToString(), _cut);
            _line.Clear();
            _cut = false;
        }
    }
}
