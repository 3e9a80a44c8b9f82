using System.Globalization;
using System.Text.Json;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Redaction;

namespace FlipAgent.State;

/// <param name="WholeFile">True: nothing of the file is used. False: all but the field that the text names.</param>
internal sealed record StateProblem(string File, string Text, bool WholeFile = false);

/// <summary>
/// Reads a state file, whoever wrote it and whatever became of it since: an agent that does not start because of its memory would be worse than one without
/// any. Each field is judged alone, so that one odd number does not cost the maintenance that stands beside it; what comes out is in range.
/// </summary>
internal sealed class StateReader
{
    /// <summary>A hundred times what an agent writes.</summary>
    private const int MaxBytes = 256 * 1024;
    private const int MaxProblems = 8;
    private const int MaxReason = 500;
    private const long MaxTerm = uint.MaxValue;

    /// <summary>Sessions are milliseconds since 1970; this is the end of the year 9999.</summary>
    private const long MaxSession = 253_402_300_799_999;
    private const long MaxSupersededCount = 1_000_000;
    private static readonly long s_maxMs = (long)Moment.Forever.TotalMilliseconds;
    private static readonly long s_maxHoldMs = (long)Remembered.MaxHold.TotalMilliseconds;
    private static readonly long s_maxSupersededMs = (long)Remembered.MaxSuperseded.TotalMilliseconds;

    /// <summary>For a node that was superseded, it cannot be read for how long: the shortest wait of rule E8b.</summary>
    private static readonly long s_supersededMs = (long)TimeSpan.FromMinutes(10).TotalMilliseconds;

    private readonly string _path;
    private readonly List<StateProblem> _problems;
    private readonly Dictionary<string, JsonElement> _fields = [];
    private int _count;

    private StateReader(string path, JsonElement root, List<StateProblem> problems)
    {
        (_path, _problems) = (path, problems);
        foreach (var (name, value) in Entries("the file", root))
            _fields[name] = value;
    }

    /// <summary>Null when there is no file, or nothing of it can be read.</summary>
    public static StateDocument? Read(string path, List<StateProblem> problems)
    {
        if (TextOf(path, MaxBytes, problems) is not { } text)
            return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return new StateReader(path, json.RootElement, problems).Document();
            problems.Add(new StateProblem(path, $"it holds {Shown(json.RootElement)}, expected an object", WholeFile: true));
        }
        catch (JsonException e)
        {
            problems.Add(new StateProblem(path, text.Length == 0 ? "it is empty" : $"it is not valid JSON: {Printable.Of(e.Message, 200)}", WholeFile: true));
        }
        return null;
    }

    /// <summary>The file that only says when the agent was last alive, in milliseconds since the boot; 0: it does not say.</summary>
    public static long Stamp(string path, long latest, List<StateProblem> problems)
    {
        if (TextOf(path, 64, problems) is not { } text)
            return 0;
        if (long.TryParse(text, CultureInfo.InvariantCulture, out var ms) && ms >= 0 && ms <= latest)
            return ms;
        problems.Add(new StateProblem(path, $"it says \"{Printable.Of(text, 40)}\", expected a number from 0 to {latest}, which is now", WholeFile: true));
        return 0;
    }

    private StateDocument Document() => new()
    {
        BootId = Text("boot_id", MaxReason),
        BootMs = Number("boot_ms", s_maxMs) ?? 0,
        Term = (uint)(Number("term", MaxTerm) ?? 0),
        Session = (ulong)(Number("session", MaxSession) ?? 0),
        Role = (int)(Number("role", (long)Role.Fault) ?? (long)Role.Starting),
        MasterTerm = (uint)(Number("master_term", MaxTerm) ?? 0),
        HoldMs = Number("hold_ms", s_maxHoldMs) ?? 0,
        PeerSessions = Table("peer_sessions", (name, value) => (ulong?)Number(name, value, MaxSession)),
        Verdicts = Table("verdicts", Flag),
        SupersededBy = Text("superseded_by", MaxReason),
        SupersededMs = _fields.ContainsKey("superseded_ms") ? Number("superseded_ms", s_maxSupersededMs) ?? s_supersededMs : 0,
        SupersededCount = (int)(Number("superseded_count", MaxSupersededCount) ?? 0),
        Maintenance = _fields.TryGetValue("maintenance", out var on) && Flag("maintenance", on) == true,
        MaintenanceReason = Text("maintenance_reason", MaxReason),
        MaintenanceBy = Text("maintenance_by", MaxReason),
        // With no end that can be read it lasts until somebody ends it: too long is seen, too short is not.
        MaintenanceMs = IsNull("maintenance_ms") ? null : Number("maintenance_ms", s_maxMs),
        ProvenDroplet = Number("proven_droplet", long.MaxValue) ?? 0,
        LeaseId = Number("lease_id", long.MaxValue) ?? 0,
        Told = Table("told", Flag),
        AssignUnderWay = _fields.TryGetValue("assign_under_way", out var underWay) && Flag("assign_under_way", underWay) == true,
    };

    /// <summary>Null: not there, or no number from 0 to <paramref name="max"/>.</summary>
    private long? Number(string name, long max) => _fields.TryGetValue(name, out var value) ? Number(name, value, max) : null;

    private long? Number(string name, JsonElement value, long max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 && number <= max)
            return number;
        Ignored(name, value, $"a number from 0 to {max}");
        return null;
    }

    private bool? Flag(string name, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Ignored(name, value, "true or false");
        return null;
    }

    private string? Text(string name, int max)
    {
        if (!_fields.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.String && JsonText.Of(value.GetString) is { } text && text.Length <= max)
            return text;
        Ignored(name, value, $"a text of at most {max} characters");
        return null;
    }

    private bool IsNull(string name) => _fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Null;

    private Dictionary<string, T> Table<T>(string name, Func<string, JsonElement, T?> read)
        where T : struct
    {
        Dictionary<string, T> table = [];
        if (!_fields.TryGetValue(name, out var value))
            return table;
        if (value.ValueKind != JsonValueKind.Object)
            Ignored(name, value, "an object");
        else
            foreach (var (key, one) in Entries(name, value))
                if (read($"{name}.{key}", one) is { } readable)
                    table[key] = readable;
        return table;
    }

    private List<(string Name, JsonElement Value)> Entries(string name, JsonElement from)
    {
        List<(string, JsonElement)> entries = [];
        foreach (var entry in from.EnumerateObject())
            if (JsonText.Of(() => entry.Name) is { } key)
                entries.Add((key, entry.Value));
            else
                Ignored($"a name in {name}", entry.Value, "text");
        return entries;
    }

    private void Ignored(string name, JsonElement value, string expected)
    {
        _count++;
        if (_count < MaxProblems)
            _problems.Add(new StateProblem(_path, $"{Printable.Of(name, 80)} is {Shown(value)}, expected {expected}"));
        else if (_count == MaxProblems)
            _problems.Add(new StateProblem(_path, "there is more of the kind"));
    }

    private static string Shown(JsonElement value) => Printable.Of(value.GetRawText(), 40);

    private static string? TextOf(string path, int max, List<StateProblem> problems)
    {
        var found = RegularFile.Read(path, max);
        if (found.Problem is not { } problem)
            // As it has always been read: with or without a byte order mark.
            return new StreamReader(new MemoryStream(found.Content!)).ReadToEnd();
        if (problem.Kind != FileProblemKind.Missing)
            problems.Add(new StateProblem(path, problem.Reason, WholeFile: true));
        return null;
    }
}
