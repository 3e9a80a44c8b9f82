using Tmds.DBus.Protocol;

namespace FlipAgent.Systemd;

/// <summary>Asks systemd about units over an open connection; remembers nothing between two questions.</summary>
internal static class UnitReader
{
    public const string Systemd = "org.freedesktop.systemd1";
    public const string ManagerPath = "/org/freedesktop/systemd1";
    public const string Manager = "org.freedesktop.systemd1.Manager";
    public const string Unit = "org.freedesktop.systemd1.Unit";
    public const string Service = "org.freedesktop.systemd1.Service";
    public const string Properties = "org.freedesktop.DBus.Properties";

    /// <summary>systemd answers in well under a millisecond; during a daemon-reload it does not answer at all for some hundred.</summary>
    private static readonly TimeSpan s_callTimeout = TimeSpan.FromMilliseconds(400);

    /// <summary>For a call whose answer says nothing but that it was done.</summary>
    public static readonly MessageValueReader<object?> Nothing = static (_, _) => null;

    private static readonly MessageValueReader<string> s_objectPath = static (message, _) => message.GetBodyReader().ReadObjectPathAsString();
    private static readonly MessageValueReader<VariantValue> s_value = static (message, _) => message.GetBodyReader().ReadVariantValue();
    private static readonly MessageValueReader<UnitProperties> s_unitOf = static (message, _) => ReadUnit(message.GetBodyReader());

    /// <summary>Object path of a unit under its first name: an alias would get the answers but not the signals.</summary>
    public static string? PathOf(BusConnection bus, string unit, out string problem)
    {
        var reply = bus.Call(Systemd, ManagerPath, Manager, "LoadUnit", s_callTimeout, s_objectPath, unit);
        problem = reply.Problem;
        return reply.Value;
    }

    /// <summary>Object path of the unit that this process belongs to.</summary>
    public static string? OwnPath(BusConnection bus, out string problem)
    {
        var reply = bus.Call(Systemd, ManagerPath, Manager, "GetUnitByPID", s_callTimeout, s_objectPath, (uint)Environment.ProcessId);
        problem = reply.Problem;
        return reply.Value;
    }

    public static UnitAnswer Read(BusConnection bus, string path)
    {
        // A job can end between its mention in the unit and the look at its type; the unit is then read again, as it is no longer true.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var reply = bus.Call(Systemd, path, Properties, "GetAll", s_callTimeout, s_unitOf, Unit);
            if (reply.Value is not { } read)
                return new(null, reply.Problem);
            var job = read.JobPath is null ? null : JobType(bus, read.JobPath);
            if (read.JobPath is null || job is not null)
                return ReadService(bus, path, read.Id, read.State with { Job = job });
        }
        return new(null, "its jobs change faster than they can be read");
    }

    /// <summary>The unit's name and its pending job, all that rule E12 needs.</summary>
    public static (string Id, string? Job) ReadJob(BusConnection bus, string path, out string problem)
    {
        var reply = bus.Call(Systemd, path, Properties, "GetAll", s_callTimeout, s_unitOf, Unit);
        problem = reply.Problem;
        return reply.Value is { } read ? (read.Id, read.JobPath is null ? null : JobType(bus, read.JobPath)) : ("", null);
    }

    /// <summary>
    /// All from one answer, so that it is one moment: state and job asked one after the other could show a unit that is inactive with no job in the
    /// middle of a restart.
    /// </summary>
    private static UnitProperties ReadUnit(Reader reader)
    {
        string id = "", load = "", active = "", sub = "";
        string? jobPath = null;
        var canStart = false;
        var end = reader.ReadDictionaryStart();
        while (reader.HasNext(end))
        {
            var name = reader.ReadString();
            var value = reader.ReadVariantValue();
            switch (name)
            {
                case "Id":
                    id = Text(value) ?? "";
                    break;
                case "LoadState":
                    load = Text(value) ?? "";
                    break;
                case "ActiveState":
                    active = Text(value) ?? "";
                    break;
                case "SubState":
                    sub = Text(value) ?? "";
                    break;
                case "CanStart":
                    canStart = value.Type == VariantValueType.Bool && value.GetBool();
                    break;
                case "Job":
                    jobPath = Job(value);
                    break;
            }
        }
        return new(id, new() { Load = load, Active = active, Sub = sub, CanStart = canStart }, jobPath);
    }

    private static string? Text(VariantValue value) => value.Type == VariantValueType.String ? value.GetString() : null;

    /// <summary>(uo): its number, 0 for none, and its object.</summary>
    private static string? Job(VariantValue value) =>
        value is { Type: VariantValueType.Struct, Count: 2 } && value.GetItem(0) is { Type: VariantValueType.UInt32 } number && number.GetUInt32() != 0
            && value.GetItem(1) is { Type: VariantValueType.ObjectPath } path ? path.GetObjectPathAsString() : null;

    private static string? JobType(BusConnection bus, string jobPath) => Text(bus, jobPath, "org.freedesktop.systemd1.Job", "JobType");

    /// <summary>The bus may go away between two questions: a unit whose main process could not be asked for is unknown, not one without.</summary>
    private static UnitAnswer ReadService(BusConnection bus, string path, string id, UnitState unit)
    {
        if (!id.EndsWith(".service", StringComparison.Ordinal))
            return new(unit, "");
        // Each question is asked only where its answer can matter: a failure is to be told after as few of them as possible.
        if (unit.Condition == UnitCondition.Down)
            return new(unit.Active == "failed" ? unit with { Result = Text(bus, path, Service, "Result") ?? "" } : unit, "");
        unit = unit with { Restarts = Number(bus, path, "NRestarts", out _) };
        if (unit.Condition == UnitCondition.Restarting)
            return new(unit with { Result = Text(bus, path, Service, "Result") ?? "" }, "");
        if (unit.HasExited)
            return new(unit with { Type = Text(bus, path, Service, "Type"), Result = Text(bus, path, Service, "Result") ?? "success" }, "");
        if (Number(bus, path, "MainPID", out var problem) is not { } pid)
            return new(null, problem);
        return new(
            unit with
            {
                MainPid = (int)pid,
                ReloadResult = Text(bus, path, Service, "ReloadResult") ?? "success",
                StatusText = Text(bus, path, Service, "StatusText") ?? "",
            },
            "");
    }

    private static string? Text(BusConnection bus, string path, string @interface, string property) =>
        bus.Call(Systemd, path, Properties, "Get", s_callTimeout, s_value, @interface, property) is { Ok: true, Value: var value } ? Text(value) : null;

    private static uint? Number(BusConnection bus, string path, string property, out string problem)
    {
        var reply = bus.Call(Systemd, path, Properties, "Get", s_callTimeout, s_value, Service, property);
        problem = reply.Ok ? $"systemd gave no {property}" : reply.Problem;
        return reply.Ok && reply.Value.Type == VariantValueType.UInt32 ? reply.Value.GetUInt32() : null;
    }

    private sealed record UnitProperties(string Id, UnitState State, string? JobPath);
}
