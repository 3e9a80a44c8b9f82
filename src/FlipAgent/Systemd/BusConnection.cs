using System.ComponentModel;
using System.Runtime.InteropServices;
using FlipAgent.Kernel;

namespace FlipAgent.Systemd;

/// <summary>
/// One connection to the system bus. Not safe for a second thread, because sd-bus is not.
/// Failures of calls are answers; only misuse throws.
/// </summary>
internal sealed class BusConnection : IDisposable
{
    public const string SocketPath = "/run/dbus/system_bus_socket";

    private nint _bus;

    private BusConnection(nint bus) => _bus = bus;

    /// <summary>Begins to connect (the handshake goes on in <see cref="Process"/>); null and the reason when there is no bus.</summary>
    /// <param name="shortage">The reason is none of the bus: this agent has no file descriptor or memory left for it.</param>
    public static BusConnection? Open(out string problem, out bool shortage)
    {
        (problem, shortage) = ("", false);
        if (!SdBus.Available)
        {
            problem = "libsystemd.so.0 is not installed";
            return null;
        }
        var result = SdBus.OpenSystem(out var bus);
        if (result >= 0)
            return new(bus);
        if (Shortage.Of(new Win32Exception(-result)) is { } words)
        {
            (problem, shortage) = (words, true);
            return null;
        }
        problem = File.Exists(SocketPath)
            ? $"the system bus at {SocketPath} cannot be reached: {Marshal.GetPInvokeErrorMessage(-result)}"
            : $"no system bus at {SocketPath} (is systemd running?)";
        return null;
    }

    public bool IsOpen => SdBus.IsOpen(_bus) > 0;

    /// <summary>The handshake is over: calls do not wait for it any more.</summary>
    public bool IsReady => SdBus.IsReady(_bus) > 0;

    /// <summary>What to poll(2), and for what.</summary>
    public PollFd PollFd => new(SdBus.GetFd(_bus), (short)SdBus.GetEvents(_bus));

    /// <summary>When <see cref="Process"/> wants to run even without an event, on <see cref="Clocks.Monotonic"/>; <see cref="TimeSpan.MaxValue"/>: not at all.</summary>
    public TimeSpan WakeAt => SdBus.GetTimeout(_bus, out var at) >= 0 && at < long.MaxValue / TimeSpan.TicksPerMicrosecond
        ? new TimeSpan((long)at * TimeSpan.TicksPerMicrosecond)
        : TimeSpan.MaxValue;

    /// <summary>
    /// Does the next piece of work; false when there is none. Hands out a signal, if that was one; the caller disposes of it.
    /// A connection that broke is not <see cref="IsOpen"/> afterwards.
    /// </summary>
    public bool Process(out BusMessage? signal)
    {
        var result = SdBus.Process(_bus, out var message);
        signal = result > 0 && message != 0 ? new(message) : null;
        return result > 0;
    }

    /// <summary>Calls a method with string arguments and waits for the answer.</summary>
    public BusReply Call(string destination, string path, string @interface, string member, TimeSpan timeout, params ReadOnlySpan<string> arguments)
    {
        if (New(destination, path, @interface, member, out var call) is { } failed)
            return failed;
        foreach (var argument in arguments)
            Check(SdBus.AppendString(call, (byte)'s', argument), "append");
        return Send(call, timeout);
    }

    /// <summary>Calls a method with one unsigned number.</summary>
    public BusReply Call(string destination, string path, string @interface, string member, TimeSpan timeout, uint argument)
    {
        if (New(destination, path, @interface, member, out var call) is { } failed)
            return failed;
        Check(SdBus.AppendUint(call, (byte)'u', argument), "append");
        return Send(call, timeout);
    }

    public void Dispose()
    {
        if (_bus == 0)
            return;
        SdBus.Close(_bus);
        SdBus.Unref(_bus);
        _bus = 0;
    }

    private BusReply? New(string destination, string path, string @interface, string member, out nint call)
    {
        var result = SdBus.NewMethodCall(_bus, out call, destination, path, @interface, member);
        if (result == -SdBus.Enotconn)
            return new(0, "", "the connection to the system bus is lost", SdBus.Enotconn);
        Check(result, "sd_bus_message_new_method_call");
        return null;
    }

    private BusReply Send(nint call, TimeSpan timeout)
    {
        var error = default(SdBus.Error);
        var result = SdBus.Call(_bus, call, (ulong)timeout.TotalMicroseconds, ref error, out var message);
        SdBus.MessageUnref(call);
        if (result >= 0)
            return new(message, "", "", 0);
        var name = Marshal.PtrToStringUTF8(error.Name) ?? "";
        var text = result == -SdBus.Etimedout
            ? $"no answer within {timeout.TotalMilliseconds:0} ms"
            : Marshal.PtrToStringUTF8(error.Message) ?? Marshal.GetPInvokeErrorMessage(-result);
        SdBus.ErrorFree(ref error);
        return new(0, name, text, -result);
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
            throw new InvalidOperationException($"{what}: {Marshal.GetPInvokeErrorMessage(-result)}");
    }
}

/// <summary>What a call came to: a message to read, or why there is none.</summary>
/// <param name="errorName">The D-Bus error, such as org.freedesktop.systemd1.NoSuchUnit; empty when it was no error of the other side.</param>
/// <param name="errno">0: it was answered.</param>
internal sealed class BusReply(nint message, string errorName, string problem, int errno) : IDisposable
{
    public bool Ok => errno == 0;

    public string ErrorName => errorName;

    public string Problem => problem;

    public int Errno => errno;

    public BusMessage Message { get; } = new(message);

    public void Dispose() => Message.Dispose();
}

/// <summary>A message to read, front to back.</summary>
internal sealed class BusMessage(nint message) : IDisposable
{
    private nint _message = message;

    public string Path => Marshal.PtrToStringUTF8(SdBus.GetPath(_message)) ?? "";

    public bool IsSignal(string @interface, string member) => SdBus.IsSignal(_message, @interface, member) > 0;

    /// <summary>The next string; empty when the next thing is none.</summary>
    public string String(char type = 's') => SdBus.ReadString(_message, (byte)type, out var text) > 0 ? Marshal.PtrToStringUTF8(text) ?? "" : "";

    /// <summary>The next unsigned number or boolean; 0 when the next thing is none.</summary>
    public uint Uint(char type = 'u') => SdBus.ReadUint(_message, (byte)type, out var value) > 0 ? value : 0;

    /// <summary>Steps into the next container; false at the end, or when it is another one.</summary>
    public bool Enter(char type, string contents) => SdBus.EnterContainer(_message, (byte)type, contents) > 0;

    public void Leave() => _ = SdBus.ExitContainer(_message);

    public void Skip(string types) => _ = SdBus.Skip(_message, types);

    public void Dispose()
    {
        if (_message != 0)
            SdBus.MessageUnref(_message);
        _message = 0;
    }
}
