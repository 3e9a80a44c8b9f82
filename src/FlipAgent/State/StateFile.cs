using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Supervision;

namespace FlipAgent.State;

/// <summary>
/// What one run leaves for the next (see <see cref="Remembered"/>): one file in the state directory, which survives a reboot, and one in the
/// runtime directory, which says that this boot is meant. Written by a thread of its own, the newest wins; a full or hanging disk costs comfort, never
/// a decision (F15). While the agent runs it stamps the runtime file, so that the next run knows how long ago it was alive.
/// </summary>
internal sealed class StateFile : IDisposable
{
    private readonly string _lasting;
    private readonly string _ofThisBoot;
    private readonly string _stamp;
    private readonly Action<string?> _outcome;
    private readonly Thread _writer;
    private readonly AutoResetEvent _work = new(false);
    private readonly AutoResetEvent _done = new(false);
    private Remembered? _next;
    private volatile bool _stop;
    private volatile string? _problem;

    /// <param name="outcome">Called by the writer thread when writing begins to fail (why) and when it works again (null).</param>
    public StateFile(string stateDir, string runtimeDir, string cluster, Action<string?> outcome, Supervisor? supervisor = null)
    {
        _lasting = Path.Combine(stateDir, $"{cluster}.state.json");
        _ofThisBoot = Path.Combine(runtimeDir, $"{cluster}.state.json");
        _stamp = Path.Combine(runtimeDir, $"{cluster}.alive");
        _outcome = outcome;
        _writer = (supervisor ?? Supervisor.Silent).Part("writer of the state").NewThread("state", Write, () => _stop);
        _writer.Start();
    }

    /// <summary>Null when there is none, or none that can be read. What could not be used, of a file or of one field in it, is in <paramref name="problems"/>.</summary>
    public LastRun? Load(out ImmutableArray<StateProblem> problems)
    {
        List<StateProblem> found = [];
        LastRun? last = null;
        var now = Clocks.Boot;
        if (StateReader.Read(_ofThisBoot, found) is { } recent && recent.BootId == Clocks.BootId())
            // Of this boot, but from when in it? Then it is worth no more than one of an earlier boot.
            last = AliveAt(recent, now, found) is { } at ? new LastRun(recent.ToRemembered(), true, now - at) : new LastRun(recent.ToRemembered(), false, TimeSpan.Zero);
        else if (StateReader.Read(_lasting, found) is { } old)
            last = new LastRun(old.ToRemembered(), false, TimeSpan.Zero);
        problems = [.. found];
        return last;
    }

    /// <summary>When the last run was last alive in this boot; null: nothing says it that can be true.</summary>
    private TimeSpan? AliveAt(StateDocument recent, TimeSpan now, List<StateProblem> problems)
    {
        var latest = (long)now.TotalMilliseconds;
        var written = recent.BootMs;
        if (written > latest)
        {
            problems.Add(new StateProblem(_ofThisBoot, $"boot_ms is {written}, expected at most {latest}, which is now"));
            written = 0;
        }
        var at = Math.Max(written, StateReader.Stamp(_stamp, latest, problems));
        return at > 0 ? TimeSpan.FromMilliseconds(at) : null;
    }

    /// <summary>Why the last state could not be written; null: it was.</summary>
    public string? Problem => _problem;

    /// <summary>Hands over to the writer; returns at once.</summary>
    public void Save(Remembered remembered)
    {
        Interlocked.Exchange(ref _next, remembered);
        _work.Set();
    }

    /// <summary>Waits until everything handed over is written, at most <paramref name="timeout"/>.</summary>
    public void Flush(TimeSpan timeout)
    {
        var until = Clocks.Monotonic + timeout;
        while (Volatile.Read(ref _next) is not null && Clocks.Monotonic < until)
            _done.WaitOne(TimeSpan.FromMilliseconds(10));
    }

    /// <summary>Says "alive now"; called about once in T. The runtime directory is a memory file system.</summary>
    public void Stamp() => _work.Set();

    public void Dispose()
    {
        _stop = true;
        _work.Set();
        _writer.Join(TimeSpan.FromMilliseconds(500));
        _work.Dispose();
        _done.Dispose();
    }

    private void Write()
    {
        while (!_stop)
        {
            _work.WaitOne();
            string? problem = null;
            if (Volatile.Read(ref _next) is { } remembered)
            {
                var document = StateDocument.Of(remembered, Clocks.BootId(), Clocks.Boot);
                problem = TryWrite(_ofThisBoot, document) ?? TryWrite(_lasting, document);
                Interlocked.CompareExchange(ref _next, null, remembered);
                var before = _problem;
                _problem = problem;
                if (problem != before)
                    _outcome(problem);
            }
            TryStamp();
            _done.Set();
        }
    }

    private static string? TryWrite(string path, StateDocument document)
    {
        try
        {
            var temporary = path + ".new";
            File.WriteAllText(temporary, JsonSerializer.Serialize(document, StateJson.Default.StateDocument));
            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {e.Message}";
        }
    }

    private void TryStamp()
    {
        try
        {
            File.WriteAllText(_stamp, ((long)Clocks.Boot.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Said once by the state file beside it, which cannot be written either.
        }
    }
}

/// <summary>The file's form: milliseconds, names, nothing secret.</summary>
internal sealed record StateDocument
{
    public int Schema { get; init; } = 1;
    public string? BootId { get; init; }

    /// <summary>CLOCK_BOOTTIME when it was written.</summary>
    public long BootMs { get; init; }
    public uint Term { get; init; }
    public ulong Session { get; init; }
    public int Role { get; init; }
    public uint MasterTerm { get; init; }
    public long HoldMs { get; init; }
    public Dictionary<string, ulong> PeerSessions { get; init; } = [];
    public Dictionary<string, bool> Verdicts { get; init; } = [];
    public string? SupersededBy { get; init; }
    public long SupersededMs { get; init; }
    public int SupersededCount { get; init; }
    public bool Maintenance { get; init; }
    public string? MaintenanceReason { get; init; }
    public long? MaintenanceMs { get; init; }
    public bool AssignUnderWay { get; init; }

    public static StateDocument Of(Remembered r, string? bootId, TimeSpan boot) => new()
    {
        BootId = bootId,
        BootMs = (long)boot.TotalMilliseconds,
        Term = r.Term,
        Session = r.Session,
        Role = (int)r.Role,
        MasterTerm = r.MasterTerm,
        HoldMs = (long)r.Hold.TotalMilliseconds,
        PeerSessions = new Dictionary<string, ulong>(r.PeerSessions),
        Verdicts = new Dictionary<string, bool>(r.Verdicts),
        SupersededBy = r.SupersededBy,
        SupersededMs = (long)r.SupersededFor.TotalMilliseconds,
        SupersededCount = r.SupersededCount,
        Maintenance = r.Maintenance,
        MaintenanceReason = r.MaintenanceReason,
        MaintenanceMs = r.MaintenanceFor is { } f ? (long)f.TotalMilliseconds : null,
        AssignUnderWay = r.AssignUnderWay,
    };

    public Remembered ToRemembered() => new()
    {
        Term = Term,
        Session = Session,
        Role = (Role)Role,
        MasterTerm = MasterTerm,
        Hold = TimeSpan.FromMilliseconds(HoldMs),
        PeerSessions = PeerSessions.ToImmutableDictionary(),
        Verdicts = Verdicts.ToImmutableDictionary(),
        SupersededBy = SupersededBy,
        SupersededFor = TimeSpan.FromMilliseconds(SupersededMs),
        SupersededCount = SupersededCount,
        Maintenance = Maintenance,
        MaintenanceReason = MaintenanceReason,
        MaintenanceFor = MaintenanceMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
        AssignUnderWay = AssignUnderWay,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJson : JsonSerializerContext;
