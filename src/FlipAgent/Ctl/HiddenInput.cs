using System.Runtime.InteropServices;
using System.Text;
using FlipAgent.Kernel;
using Microsoft.Win32.SafeHandles;

namespace FlipAgent.Ctl;

/// <summary>
/// Reads what is typed at the terminal without showing it. What was pasted behind the last line is thrown away, so that it does not become a command of the shell; and the terminal
/// is as before when the program ends, by Ctrl-C too.
/// </summary>
internal static class HiddenInput
{
    private const int Input = 0;

    /// <summary>Lines that were pasted together arrive together.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>A line, and those that were pasted with it.</summary>
    /// <param name="ask">The question, asked when nothing that is typed is shown any more.</param>
    /// <param name="most">As many bytes at most, and a few more, by which one sees that it was too much.</param>
    public static unsafe string Read(int most, Action ask)
    {
        if (Libc.GetTerminal(Input, out var before) != 0)
            return "";
        var hidden = before;
        hidden.Local &= ~(Libc.Echo | Libc.EchoNewline);
        // A shell that Ctrl-Z brings back would have a terminal that shows nothing.
        hidden.Characters[Libc.SuspendCharacter] = 0;
        void Restore() => _ = Libc.SetTerminal(Input, Libc.DiscardInput, before);
        PosixSignal[] ends = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        var registrations = ends.Select(signal => PosixSignalRegistration.Create(signal, _ => Restore())).ToList();
        try
        {
            if (Libc.SetTerminal(Input, Libc.DiscardInput, hidden) != 0)
                return "";
            ask();
            return Lines(most);
        }
        finally
        {
            Restore();
            registrations.ForEach(registration => registration.Dispose());
        }
    }

    private static string Lines(int most)
    {
        using var input = new FileStream(new SafeFileHandle(Input, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        var read = new byte[most + 1];
        var length = 0;
        do
        {
            var count = input.Read(read, length, read.Length - length);
            if (count == 0)
                break;
            length += count;
        }
        while (length < read.Length && (read[length - 1] != '\n' || MoreComes()));
        return Encoding.UTF8.GetString(read, 0, length);
    }

    private static bool MoreComes() => Poll.Wait([new PollFd(Input, Poll.In)], Clocks.Monotonic + s_pause);
}
