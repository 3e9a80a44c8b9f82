using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using FlipAgent.Kernel;

namespace FlipAgent.Systemd;

/// <summary>
/// Reports to systemd how the process is doing: ready, reloading, stopping, still alive, and one sentence that <c>systemctl status</c> shows. Without
/// systemd (no <c>$NOTIFY_SOCKET</c>) every call does nothing.
/// </summary>
/// <remarks>
/// The datagram is written here and not by libsystemd's sd_notify, as sd_notify(3) allows and documents: libsystemd sends without
/// MSG_DONTWAIT, so a systemd that does not read would stop the decision loop, and the agent also runs on hosts without libsystemd.
/// <see cref="Watchdog"/>, <see cref="Status"/> and <see cref="ExtendTimeout"/> allocate nothing. <see cref="Status"/> is for one thread
/// (the decision loop); everything else is for any.
/// </remarks>
public sealed class SdNotify : IDisposable
{
    /// <summary>So many sentences may follow each other at once; after that one a second. A failover changes it three or four times in as many moments.</summary>
    public const int StatusBurst = 5;

    private const int StatusMax = 512;
    private static readonly byte[] s_watchdogSign = "WATCHDOG=1"u8.ToArray();

    private readonly UnixDatagram? _socket;
    private readonly byte[] _statusBuffer = new byte["STATUS=".Length + StatusMax];
    private string _statusSent = "";
    private double _statusCredit = StatusBurst;
    private TimeSpan _statusTriedAt;

    /// <param name="socketPath">A path, or <c>@name</c> for an abstract socket; null: not under systemd.</param>
    /// <param name="watchdogTimeout">Silence after which systemd kills the process; null: no watchdog.</param>
    public SdNotify(string? socketPath, TimeSpan? watchdogTimeout = null)
    {
        _socket = socketPath is null ? null : new UnixDatagram(socketPath);
        WatchdogTimeout = _socket is null ? null : watchdogTimeout;
    }

    /// <summary>False: not started by systemd with Type=notify, nobody listens.</summary>
    public bool Enabled => _socket is not null;

    /// <summary>The unit's WatchdogSec, when it is meant for this process; feed it at least twice in that time (sd_watchdog_enabled(3)).</summary>
    public TimeSpan? WatchdogTimeout { get; }

    /// <summary>
    /// Reads <c>NOTIFY_SOCKET</c>, <c>WATCHDOG_USEC</c> and <c>WATCHDOG_PID</c>, and takes them out of the environment so that the programs
    /// of exec checks and alerts cannot speak in our name. A value that makes no sense counts as absent, as sd_notify(3) has it.
    /// </summary>
    public static SdNotify FromEnvironment()
    {
        var path = Take("NOTIFY_SOCKET");
        var watchdog = ParseWatchdog(Take("WATCHDOG_USEC"), Take("WATCHDOG_PID"));
        return new SdNotify(path is not null && (path[0] == '/' || path[0] == '@') && Encoding.UTF8.GetByteCount(path) < 108 ? path : null, watchdog);
    }

    /// <summary>The start is over: the node listens. Also ends a <see cref="Reloading"/>; the sentence of <see cref="Status"/> stays as it is.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>A reload begins; <see cref="Ready"/> ends it, also when it failed.</summary>
    public void Reloading()
    {
        // CLOCK_MONOTONIC in microseconds, which Stopwatch reads too; systemd orders reloads by it (sd_notify(3), since 253; ignored before).
        var now = (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));
        Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={now}"));
    }

    /// <summary>The end begins.</summary>
    public void Stopping(string status) => Send($"STOPPING=1\nSTATUS={OneLine(status)}");

    /// <summary>Asks for this much more time, from now on, for the start or stop under way.</summary>
    public void ExtendTimeout(TimeSpan more)
    {
        Span<byte> text = stackalloc byte[48];
        "EXTEND_TIMEOUT_USEC="u8.CopyTo(text);
        ((long)more.TotalMicroseconds).TryFormat(text["EXTEND_TIMEOUT_USEC="u8.Length..], out var digits, default, CultureInfo.InvariantCulture);
        _socket?.TrySend(text[..("EXTEND_TIMEOUT_USEC="u8.Length + digits)]);
    }

    /// <summary>Sign of life. Only the decision loop may send it, and only when every thread that it depends on is alive (F06).</summary>
    public void Watchdog() => _socket?.TrySend(s_watchdogSign);

    /// <summary>
    /// Shows a sentence in <c>systemctl status</c>. Sent at once when it differs from the last one, <see cref="StatusBurst"/> in a row at most and
    /// then one a second; so call it on every turn of the loop with what is true now until it says that this is what is shown.
    /// </summary>
    /// <param name="now">Monotonic.</param>
    /// <returns>True: systemd has this sentence. False: too many, or nobody reads; try again.</returns>
    public bool Status(string text, TimeSpan now)
    {
        if (_socket is null || text == _statusSent)
        {
            return true;
        }

        _statusCredit = Math.Min(StatusBurst, _statusCredit + (now - _statusTriedAt).TotalSeconds);
        _statusTriedAt = now;
        if (_statusCredit < 1)
        {
            return false;
        }

        _statusCredit--;
        "STATUS="u8.CopyTo(_statusBuffer);
        var body = _statusBuffer.AsSpan("STATUS=".Length);
        Utf8.FromUtf16(text, body, out _, out var used);
        body[..used].Replace((byte)'\n', (byte)' ');
        if (_socket.TrySend(_statusBuffer.AsSpan(0, "STATUS=".Length + used)) != 0)
        {
            return false;
        }

        _statusSent = text;
        return true;
    }

    public void Dispose() => _socket?.Dispose();

    /// <summary>The timeout when it is for this process: WATCHDOG_PID absent or ours (sd_watchdog_enabled(3)).</summary>
    internal static TimeSpan? ParseWatchdog(string? usec, string? pid)
    {
        var isOurs = pid is null || (int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var p) && p == Environment.ProcessId);
        return isOurs && long.TryParse(usec, NumberStyles.None, CultureInfo.InvariantCulture, out var us) && us > 0 && us < TimeSpan.MaxValue.TotalMicroseconds
            ? TimeSpan.FromMicroseconds(us)
            : null;
    }

    private static string? Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, null);
        return string.IsNullOrEmpty(value) ? null : value;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private void Send(string text) => _socket?.TrySend(Encoding.UTF8.GetBytes(text));
}
