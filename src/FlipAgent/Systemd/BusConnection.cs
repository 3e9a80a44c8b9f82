using System.Net.Sockets;
using FlipAgent.Kernel;
using Tmds.DBus.Protocol;

namespace FlipAgent.Systemd;

/// <summary>
/// One connection to the system bus, for one thread: what arrives is taken in by <see cref="Process"/> and while that thread waits for an answer, never by another one.
/// Failures of calls are answers.
/// </summary>
internal sealed class BusConnection : IDisposable
{
    private const string Lost = "the connection to the system bus is lost";

    /// <summary>Each only says that something is to be read again; what is more than these says nothing new.</summary>
    private const int MostSignals = 1000;

    private readonly BusStream _stream;
    private readonly DBusConnection _bus;
    private readonly Queue<BusSignal> _signals = [];

    private BusConnection(BusStream stream)
    {
        _stream = stream;
        _bus = new DBusConnection(new Options(stream));
    }

    public bool IsOpen => !_stream.Ended;

    /// <summary>What to poll(2), and for what.</summary>
    public PollFd PollFd => _stream.PollFd;

    /// <summary>A signal arrived while something else was waited for.</summary>
    public bool HasSignal => _signals.Count > 0;

    /// <summary>Connects; null and the reason when there is no bus.</summary>
    /// <param name="where">As in DBUS_SYSTEM_BUS_ADDRESS; null: the system's.</param>
    /// <param name="patience">How long the handshake may take.</param>
    /// <param name="shortage">The reason is none of the bus: this agent has no file descriptor or memory left for it.</param>
    public static BusConnection? Open(string? where, TimeSpan patience, out string problem, out bool shortage)
    {
        shortage = false;
        if (BusAddress.Parse(where, out problem) is not { } address)
            return null;
        BusConnection? opened = null;
        try
        {
            opened = new(new BusStream(address));
            if (opened.Handshake(Clocks.Monotonic + patience) is { } failure)
            {
                problem = $"the system bus at {Text(address)} does not complete the handshake{failure}";
                opened.Dispose();
                return null;
            }
            return opened;
        }
        catch (Exception e) when (Shortage.Of(e) is { } words)
        {
            (problem, shortage) = (words, true);
        }
        catch (SocketException e)
        {
            problem = e.SocketErrorCode == SocketError.AddressNotAvailable || !File.Exists(address.ToString())
                ? $"no system bus at {Text(address)} (is systemd running?)"
                : $"the system bus at {Text(address)} cannot be reached: {e.Message}";
        }
        opened?.Dispose();
        return null;
    }

    /// <summary>Takes in what has arrived; false when there was nothing. A connection that broke is not <see cref="IsOpen"/> afterwards.</summary>
    public bool Process() => _stream.Pump();

    public bool NextSignal(out BusSignal signal) => _signals.TryDequeue(out signal);

    /// <summary>Calls a method with string arguments and waits for the answer.</summary>
    public BusReply<T> Call<T>(
        string destination, string path, string @interface, string member, TimeSpan timeout, MessageValueReader<T> read, params ReadOnlySpan<string> arguments)
    {
        var signature = arguments.Length == 0 ? null : new string('s', arguments.Length);
        using var call = _bus.GetMessageWriter();
        call.WriteMethodCallHeader(destination, path, @interface, member, signature);
        foreach (var argument in arguments)
            call.WriteString(argument);
        return Send(call.CreateMessage(), timeout, read);
    }

    /// <summary>Calls a method with one unsigned number.</summary>
    public BusReply<T> Call<T>(string destination, string path, string @interface, string member, TimeSpan timeout, MessageValueReader<T> read, uint argument)
    {
        using var call = _bus.GetMessageWriter();
        call.WriteMethodCallHeader(destination, path, @interface, member, "u");
        call.WriteUInt32(argument);
        return Send(call.CreateMessage(), timeout, read);
    }

    public void Dispose()
    {
        _bus.Dispose();
        _stream.Dispose();
    }

    private static string Text(UnixDomainSocketEndPoint address) => address.ToString().Replace('\0', '@');

    /// <returns>Null when it is done, otherwise the end of a sentence.</returns>
    private string? Handshake(TimeSpan deadline)
    {
        var connected = _bus.ConnectAsync().AsTask();
        if (!Await(connected, deadline))
            return IsOpen ? "" : ": the connection ends";
        if (Problem(connected) is { } problem)
            return $": {problem.Text}";
        // All signals that the bus sends here; for which of them it does, is said to it by BusLine.
        var observed = _bus.AddMatchAsync(
            new MatchRule { Type = MessageType.Signal },
            static (message, _) => new BusSignal(message.InterfaceAsString ?? "", message.MemberAsString ?? "", message.PathAsString ?? ""),
            Take, emitOnCapturedContext: false, ObserverFlags.NoSubscribe).AsTask();
        Await(observed, deadline);
        return null;
    }

    private void Take(Notification<BusSignal> arrived)
    {
        if (arrived.HasValue && _signals.Count < MostSignals)
            _signals.Enqueue(arrived.Value);
    }

    private BusReply<T> Send<T>(MessageBuffer call, TimeSpan timeout, MessageValueReader<T> read)
    {
        var deadline = Clocks.Monotonic + timeout;
        Task<T> answer;
        try
        {
            answer = _bus.CallMethodAsync(call, read);
        }
        catch (DBusExceptionBase e)
        {
            return new(default, "", e.Message);
        }
        if (!Await(answer, deadline))
            return new(default, "", IsOpen ? $"no answer within {timeout.TotalMilliseconds:0} ms" : Lost);
        return Problem(answer) is { } problem ? new(default, problem.Name, problem.Text) : new(answer.Result, "", null);
    }

    /// <summary>Takes in what arrives until the task is done; false at the deadline, or when the connection has ended before.</summary>
    private bool Await(Task task, TimeSpan deadline)
    {
        while (!task.IsCompleted)
        {
            if (_stream.Pump())
                continue;
            if (!IsOpen || Clocks.Monotonic >= deadline)
            {
                // How it ends is nobody's business any more, and no failure of this program.
                _ = task.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                return false;
            }
            Poll.Wait([_stream.PollFd], deadline);
        }
        return true;
    }

    private static (string Name, string Text)? Problem(Task done) => done.Exception?.InnerException switch
    {
        null => null,
        DBusErrorReplyException e => (e.ErrorName, e.ErrorMessage),
        DBusConnectionException => ("", Lost),
        { } e => ("", e.Message),
    };

    private sealed class Options(BusStream stream) : DBusConnectionOptions
    {
        protected override ValueTask<SetupResult> SetupAsync(CancellationToken cancellationToken) => new(new SetupResult
        {
            ConnectionStream = stream,
            UserId = Libc.EffectiveUser().ToString(System.Globalization.CultureInfo.InvariantCulture),
            SupportsFdPassing = false,
        });
    }
}

/// <summary>What a signal says of itself; its contents are not read.</summary>
internal readonly record struct BusSignal(string Interface, string Member, string Path);

/// <summary>What a call came to: a value, or why there is none.</summary>
/// <param name="value">Null without an answer.</param>
/// <param name="errorName">The D-Bus error, such as org.freedesktop.systemd1.NoSuchUnit; empty when it was no error of the other side.</param>
/// <param name="problem">Null: it was answered.</param>
internal readonly struct BusReply<T>(T? value, string errorName, string? problem)
{
    public bool Ok => problem is null;

    public T? Value => value;

    public string ErrorName => errorName;

    public string Problem => problem ?? "";
}
