using System.Runtime.InteropServices;
using System.Text;

namespace FlipAgent.Ctl;

/// <summary>
/// Draws over a terminal and gives it back as it was. It uses the alternate screen (xterm, DECSET 1049), as less and top do, so what stood there before, and
/// all that can be scrolled back to, stays; Ctrl-C and a closed terminal end it in order.
/// </summary>
internal sealed class Screen : IDisposable
{
    /// <summary>128 and SIGINT, as a shell says it of a program that Ctrl-C ended.</summary>
    public const int Interrupted = 130;

    // Without line wrap a line that is too long is cut by the terminal, so the height of a frame is known.
    private const string Enter = "\x1b[?1049h\x1b[?7l\x1b[?25l", Leave = "\x1b[?25h\x1b[?7h\x1b[?1049l";
    private const string Home = "\x1b[H", ClearLine = "\x1b[K", ClearBelow = "\x1b[J";
    private const int UsualHeight = 24;

    private readonly Terminal _terminal;
    private readonly CancellationTokenSource _left = new();
    private readonly List<PosixSignalRegistration> _signals = [];

    public Screen(Terminal terminal)
    {
        _terminal = terminal;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _left.Cancel();
            }));
        terminal.Out.Write(Enter);
    }

    /// <summary>Cancelled when somebody wants to leave.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>Replaces what is drawn, in one write, so that it does not flicker. What does not fit is left out at the end, and said.</summary>
    public void Draw(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        var height = Height();
        var frame = new StringBuilder(Home);
        var shown = lines.Length <= height ? lines.Length : height - 1;
        for (var i = 0; i < shown; i++)
            frame.Append(lines[i]).Append(ClearLine).Append(i < lines.Length - 1 ? "\r\n" : "");
        if (shown < lines.Length)
            frame.Append($"... {lines.Length - shown} more lines: the terminal is too small").Append(ClearLine);
        _terminal.Out.Write(frame.Append(ClearBelow));
    }

    public void Dispose()
    {
        _terminal.Out.Write(Leave);
        _terminal.Out.Flush();
        _signals.ForEach(signal => signal.Dispose());
        _left.Dispose();
    }

    private static int Height()
    {
        try
        {
            return Console.WindowHeight > 1 ? Console.WindowHeight : UsualHeight;
        }
        catch (IOException)
        {
            return UsualHeight;
        }
    }
}
