using System.Net.Sockets;
using FlipAgent.Kernel;
using Tmds.DBus.Protocol;

namespace FlipAgent.Systemd;

/// <summary>
/// One connection to the system bus, for one thread: what arrives is taken in by <see cref="Process"/> and while that thread waits for an answer, never by another one.
/// Failures of calls are answers. Only the bus and systemd are heard here: see <see cref="BusStream"/>.
/// </summary>
internal sealed class BusConnection : IDisposable
{
    public const string Driver = "org.freedesktop.DBus";

    private const string DriverPath = "/org/freedesktop/DBus";
    private const string SystemdOwner =
        $"type='signal',sender='{Driver}',path='{DriverPath}',interface='{Driver}',member='NameOwnerChanged',arg0='{UnitReader.Systemd}'";

    /// <summary>Of 64 KiB: more than a socket holds. What lies there when the time of an answer is over is looked at, and not what others go on sending.</summary>
    private const int MostLateReads = 16;

    private static readonly TimeSpan s_driverTimeout = TimeSpan.FromMilliseconds(400);

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

    /// <summary>Why it is not open any more.</summary>
    public string Problem => _stream.Problem;

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

    /// <inheritdoc cref="BusStream.TakeForeign"/>
    public bool TakeForeign() => _stream.TakeForeign();

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

    /// <summary>Asks the bus itself.</summary>
    public BusReply<object?> CallDriver(string member, string argument) =>
        Call(Driver, DriverPath, Driver, member, s_driverTimeout, UnitReader.Nothing, argument);

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
        if (ProblemOf(connected) is { } problem)
            return $": {problem.Text}";
        // All signals that the bus sends here; for which of them it does, is said to it by AddMatch.
        var observed = _bus.AddMatchAsync(
            new MatchRule { Type = MessageType.Signal }, Read, Take, emitOnCapturedContext: false, ObserverFlags.NoSubscribe).AsTask();
        Await(observed, deadline);
        // Whoever has systemd's name from now on is known here, as nothing of what systemd says would count otherwise.
        var reply = CallDriver("AddMatch", SystemdOwner);
        if (!reply.Ok)
            return $": {reply.Problem}";
        var owner = AskOwner();
        if (!Await(owner, deadline))
            return IsOpen ? ": no answer to GetNameOwner" : $": {Problem}";
        return ProblemOf(owner) is { } failure && failure.Name != "org.freedesktop.DBus.Error.NameHasNoOwner" ? $": {failure.Text}" : null;
    }

    private Task<object?> AskOwner()
    {
        using var call = _bus.GetMessageWriter();
        call.WriteMethodCallHeader(Driver, DriverPath, Driver, "GetNameOwner", "s");
        call.WriteString(UnitReader.Systemd);
        return _bus.CallMethodAsync<object?>(call.CreateMessage(), (message, _) => _stream.Systemd = message.GetBodyReader().ReadString());
    }

    /// <summary>Within <see cref="Process"/>, before the next message is looked at: a new owner counts from the moment that the bus tells of it.</summary>
    private BusSignal Read(Message message, object? state)
    {
        var signal = new BusSignal(message.InterfaceAsString ?? "", message.MemberAsString ?? "", message.PathAsString ?? "");
        if (!signal.IsNameOwnerChanged || message.SenderAsString != Driver)
            return signal;
        var body = message.GetBodyReader();
        var name = body.ReadString();
        body.ReadString();
        if (name == UnitReader.Systemd)
            _stream.Systemd = body.ReadString();
        return signal;
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
        {
            // A bus that has too much to send leaves messages out. Should it have been the one that told of systemd's new name, no answer would ever count again.
            if (IsOpen)
                Forget(AskOwner());
            return new(default, "", IsOpen ? $"no answer within {timeout.TotalMilliseconds:0} ms" : Problem);
        }
        return ProblemOf(answer) is { } problem ? new(default, problem.Name, problem.Text) : new(answer.Result, "", null);
    }

    /// <summary>Takes in what arrives until the task is done; false at the deadline, or when the connection has ended before.</summary>
    private bool Await(Task task, TimeSpan deadline)
    {
        for (var late = 0; !task.IsCompleted;)
        {
            var over = Clocks.Monotonic >= deadline;
            if (_stream.Pump() && (!over || ++late <= MostLateReads))
                continue;
            if (!task.IsCompleted && (over || !IsOpen))
            {
                Forget(task);
                return false;
            }
            Poll.Wait([_stream.PollFd], deadline);
        }
        return true;
    }

    /// <summary>How it ends is nobody's business any more, and no failure of this program.</summary>
    private static void Forget(Task task) =>
        _ = task.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private BusFailure? ProblemOf(Task done) => done.Exception?.InnerException switch
    {
        null => null,
        DBusErrorReplyException e => new(e.ErrorName, e.ErrorMessage),
        DBusConnectionException => new("", Problem),
        { } e => new("", e.Message),
    };

    private readonly record struct BusFailure(string Name, string Text);

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
internal readonly record struct BusSignal(string Interface, string Member, string Path)
{
    /// <summary>systemd has come or gone: this connection hears of no other name's owner.</summary>
    public bool IsNameOwnerChanged => Interface == BusConnection.Driver && Member == "NameOwnerChanged";
}
