using System.Buffers;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Text;
using FlipAgent.Kernel;
using FlipAgent.Outbound;
using FlipAgent.Redaction;

namespace FlipAgent.Cloud.Exec;

/// <summary>How one run of the program ended.</summary>
/// <param name="Status">Its exit status; null: it could not be started, or did not end in time and was killed.</param>
/// <param name="Output">What it printed; null: more than <see cref="ProviderProgram.MostOutput"/> bytes.</param>
/// <param name="Detail">One phrase for people, without a secret.</param>
internal sealed record ProgramResult(int? Status, string? Output, string Detail);

/// <summary>Runs the program of <c>floating_ip.command</c>: no shell, a small environment, an end in time, killed with all that it started.</summary>
/// <param name="environment">What it sees beside $PATH.</param>
internal sealed class ProviderProgram(ImmutableArray<string> command, TimeSpan timeout, ImmutableArray<(string Name, string Value)> environment)
{
    public const int MostOutput = 4096;

    private const int MostDetail = 160;

    // What it printed is in the pipe when it ends; something that it left running may hold the pipe open for ever.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(250);

    /// <summary>Never throws for anything that the world does; ends a little after the time-out at the latest.</summary>
    public async Task<ProgramResult> Run(params string[] arguments)
    {
        ProgramRun run;
        try
        {
            run = ProgramRun.Start(command[0], [.. command.Skip(1), .. arguments], [("PATH", ProgramRun.SearchPath), ("LANG", "C.UTF-8"), .. environment]);
        }
        catch (Win32Exception e)
        {
            return new(null, "", $"{command[0]} cannot be started: {ProgramRun.Why(e)}");
        }
        using (run)
            return await ToEnd(run).ConfigureAwait(false);
    }

    private async Task<ProgramResult> ToEnd(ProgramRun run)
    {
        run.Input.Close();
        using var printed = run.Output;
        using var complained = run.Errors;
        var (output, errors) = (new Captured(), new Captured());
        var reading = Task.WhenAll(output.Follow(printed), errors.Follow(complained));
        using var limit = new CancellationTokenSource(timeout);
        int? status = null;
        try
        {
            status = await run.WaitForExit(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was killed, with all that it started.
        }
        await Task.WhenAny(reading, Task.Delay(s_rest)).ConfigureAwait(false);
        var said = LastLine(errors.Text ?? "");
        var how = status is { } code ? $"exit status {code}" : $"did not end within {timeout.TotalSeconds:0.#} s and was killed";
        return new(status, output.Text, $"{command[0]}: {how}{(said.Length > 0 ? $": {said}" : "")}");
    }

    private static string LastLine(string text)
    {
        var line = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
        return PlainText.Of(Credentials.Mask(Redactor.Redact(line)), MostDetail);
    }

    /// <summary>Keeps so much of an output, and reads the rest away, so that the program is not stopped by a full pipe.</summary>
    private sealed class Captured
    {
        private readonly ArrayBufferWriter<byte> _kept = new();
        private bool _tooMuch;

        /// <summary>Null: it was too much.</summary>
        public string? Text
        {
            get
            {
                lock (_kept)
                    return _tooMuch ? null : Encoding.UTF8.GetString(_kept.WrittenSpan);
            }
        }

        public async Task Follow(Stream stream)
        {
            var buffer = new byte[1024];
            try
            {
                while (await stream.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
                    Keep(buffer.AsSpan(0, read));
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The run is over: nobody wants the rest.
            }
        }

        private void Keep(ReadOnlySpan<byte> bytes)
        {
            lock (_kept)
            {
                _tooMuch |= _kept.WrittenCount + bytes.Length > MostOutput;
                if (!_tooMuch)
                    _kept.Write(bytes);
            }
        }
    }
}
