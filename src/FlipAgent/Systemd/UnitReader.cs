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
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMilliseconds(400);

    /// <summary>Object path of a unit under its first name: an alias would get the answers but not the signals.</summary>
    public static string? PathOf(BusConnection bus, string unit, out string problem)
    {
        using var reply = bus.Call(Systemd, ManagerPath, Manager, "LoadUnit", CallTimeout, unit);
        problem = reply.Problem;
        return reply.Ok ? reply.Message.String('o') : null;
    }

    /// <summary>Object path of the unit that this process belongs to.</summary>
    public static string? OwnPath(BusConnection bus, out string problem)
    {
        using var reply = bus.Call(Systemd, ManagerPath, Manager, "GetUnitByPID", CallTimeout, (uint)Environment.ProcessId);
        problem = reply.Problem;
        return reply.Ok ? reply.Message.String('o') : null;
    }

    public static UnitAnswer Read(BusConnection bus, string path)
    {
        // A job can end between its mention in the unit and the look at its type; the unit is then read again, as it is no longer true.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var reply = bus.Call(Systemd, path, Properties, "GetAll", CallTimeout, Unit);
            if (!reply.Ok)
                return new(null, reply.Problem);
            var unit = ReadUnit(reply.Message, out var id, out var jobPath);
            var job = jobPath is null ? null : JobType(bus, jobPath);
            if (jobPath is null || job is not null)
                return ReadService(bus, path, id, unit with { Job = job });
        }
        return new(null, "its jobs change faster than they can be read");
    }

    /// <summary>The unit's name and its pending job, all that rule E12 needs.</summary>
    public static (string Id, string? Job) ReadJob(BusConnection bus, string path, out string problem)
    {
        using var reply = bus.Call(Systemd, path, Properties, "GetAll", CallTimeout, Unit);
        problem = reply.Problem;
        if (!reply.Ok)
            return ("", null);
        _ = ReadUnit(reply.Message, out var id, out var jobPath);
        return (id, jobPath is null ? null : JobType(bus, jobPath));
    }

    /// <summary>
    /// All from one answer, so that it is one moment: state and job asked one after the other could show a unit that is inactive with no job in the
    /// middle of a restart.
    /// </summary>
    private static UnitState ReadUnit(BusMessage message, out string id, out string? jobPath)
    {
        string load = "", active = "", sub = "";
        id = "";
        jobPath = null;
        var canStart = false;
        if (!message.Enter('a', "{sv}"))
            return new() { Load = load, Active = active, Sub = sub };
        for (; message.Enter('e', "sv"); message.Leave())
            switch (message.String())
            {
                case "Id":
                    id = Variant(message);
                    break;
                case "LoadState":
                    load = Variant(message);
                    break;
                case "ActiveState":
                    active = Variant(message);
                    break;
                case "SubState":
                    sub = Variant(message);
                    break;
                case "CanStart" when message.Enter('v', "b"):
                    canStart = message.Uint('b') != 0;
                    message.Leave();
                    break;
                case "Job" when message.Enter('v', "(uo)"):
                    jobPath = Job(message);
                    message.Leave();
                    break;
                default:
                    message.Skip("v");
                    break;
            }
        return new() { Load = load, Active = active, Sub = sub, CanStart = canStart };
    }

    private static string Variant(BusMessage message)
    {
        if (!message.Enter('v', "s"))
            return "";
        var text = message.String();
        message.Leave();
        return text;
    }

    private static string? Job(BusMessage message)
    {
        if (!message.Enter('r', "uo"))
            return null;
        var number = message.Uint();
        var path = message.String('o');
        message.Leave();
        return number == 0 ? null : path;
    }

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

    private static string? Text(BusConnection bus, string path, string @interface, string property)
    {
        using var reply = bus.Call(Systemd, path, Properties, "Get", CallTimeout, @interface, property);
        return reply.Ok && reply.Message.Enter('v', "s") ? reply.Message.String() : null;
    }

    private static uint? Number(BusConnection bus, string path, string property, out string problem)
    {
        using var reply = bus.Call(Systemd, path, Properties, "Get", CallTimeout, Service, property);
        problem = reply.Ok ? $"systemd gave no {property}" : reply.Problem;
        return reply.Ok && reply.Message.Enter('v', "u") ? reply.Message.Uint() : null;
    }
}
