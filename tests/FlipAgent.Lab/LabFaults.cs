using System.Text.Json.Nodes;

namespace FlipAgent.Lab;

/// <summary>
/// The faults that are switched on: the first one that fits a request strikes, and is gone when it was the last of its count. In process, or by <c>PUT
/// /lab/faults</c>.
/// </summary>
public sealed class LabFaults
{
    /// <summary>The words of the control API.</summary>
    public static readonly IReadOnlyDictionary<string, FaultKind> Words = new Dictionary<string, FaultKind>
    {
        ["401"] = FaultKind.Unauthorized,
        ["403"] = FaultKind.Forbidden,
        ["404"] = FaultKind.NotFound,
        ["409"] = FaultKind.Conflict,
        ["422"] = FaultKind.Unprocessable,
        ["429-burst"] = FaultKind.RateBurst,
        ["429-hourly"] = FaultKind.RateHourly,
        ["500"] = FaultKind.ServerError,
        ["502"] = FaultKind.BadGateway,
        ["503"] = FaultKind.Unavailable,
        ["504-html"] = FaultKind.GatewayHtml,
        ["empty"] = FaultKind.Empty,
        ["broken-json"] = FaultKind.BrokenJson,
        ["other-json"] = FaultKind.OtherJson,
        ["huge"] = FaultKind.Huge,
        ["redirect"] = FaultKind.Redirect,
        ["reset"] = FaultKind.Reset,
        ["accept-then-reset"] = FaultKind.AcceptThenReset,
        ["accept-then-drop"] = FaultKind.AcceptThenDrop,
        ["accept-then-hang"] = FaultKind.AcceptThenHang,
        ["hang"] = FaultKind.Hang,
        ["drip"] = FaultKind.Drip,
        ["delay"] = FaultKind.Delay,
        ["droplet-null"] = FaultKind.DropletNull,
        ["action-errored"] = FaultKind.ActionErrored,
        ["action-done"] = FaultKind.ActionDone,
        ["action-404"] = FaultKind.ActionNotFound,
        ["action-stuck"] = FaultKind.ActionStuck,
    };

    private static readonly (string Word, FaultPoint Point)[] s_points =
    [
        ("api", FaultPoint.Api), ("ip-get", FaultPoint.IpGet), ("ip-list", FaultPoint.IpList), ("assign", FaultPoint.Assign),
        ("action-get", FaultPoint.ActionGet), ("action-list", FaultPoint.ActionList), ("droplet", FaultPoint.Droplet),
        ("account", FaultPoint.Account), ("change", FaultPoint.Change), ("metadata", FaultPoint.Metadata), ("slack", FaultPoint.Slack),
    ];

    private readonly Lock _lock = new();
    private readonly List<Fault> _faults = [];

    /// <summary>What is on, in the order in which it is tried.</summary>
    public IReadOnlyList<Fault> On
    {
        get
        {
            lock (_lock)
            {
                return _faults.ToList();
            }
        }
    }

    /// <param name="next">How many requests it hits; null: until cleared.</param>
    public void Add(FaultPoint on, FaultKind kind, int? next = null) => Add(new Fault(on, kind) { Next = next });

    public void Add(Fault fault)
    {
        if (fault.Next is <= 0)
        {
            throw new ArgumentException($"a fault for the next {fault.Next} requests: expected at least 1", nameof(fault));
        }

        lock (_lock)
        {
            _faults.Add(fault);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
        }
    }

    /// <summary>Puts these in the place of all that are on.</summary>
    public void Replace(IEnumerable<Fault> faults)
    {
        lock (_lock)
        {
            _faults.Clear();
            _faults.AddRange(faults);
        }
    }

    /// <summary>The fault that this request steps on, counted down; null: none.</summary>
    internal Fault? Take(FaultPoint point, string? token, params string?[] sources)
    {
        lock (_lock)
        {
            var at = _faults.FindIndex(f =>
                (f.On == point || (f.On == FaultPoint.Api && point is not (FaultPoint.Metadata or FaultPoint.Slack)))
                && (f.Token is null || f.Token == token) && (f.Source is null || sources.Contains(f.Source)));
            if (at < 0)
            {
                return null;
            }

            var fault = _faults[at];
            if (fault.Next is { } left)
            {
                if (left <= 1)
                {
                    _faults.RemoveAt(at);
                }
                else
                {
                    _faults[at] = fault with { Next = left - 1 };
                }
            }

            return fault;
        }
    }

    internal static string Word(FaultKind kind) => Words.First(w => w.Value == kind).Key;

    internal static JsonObject ToJson(Fault fault) => new()
    {
        ["on"] = s_points.First(p => p.Point == fault.On).Word,
        ["fault"] = Word(fault.Kind),
        ["next"] = fault.Next,
        ["token"] = fault.Token,
        ["source"] = fault.Source,
        ["retry_after_s"] = fault.RetryAfter,
        ["reset_in_s"] = fault.ResetIn,
        ["delay_ms"] = fault.Delay.TotalMilliseconds,
        ["message"] = fault.Message,
    };

    /// <exception cref="FormatException">An unknown field or word; says which are known.</exception>
    internal static Fault FromJson(JsonObject json)
    {
        var on = LabJson.OneOf("on", json["on"], s_points);
        var kind = LabJson.OneOf("fault", json["fault"], [.. Words.Select(w => (w.Key, w.Value))]);
        var fault = new Fault(on, kind);
        foreach (var (name, value) in json)
        {
            fault = name switch
            {
                "on" or "fault" => fault,
                _ when value is null => fault,
                "next" => fault with { Next = (int)LabJson.Number(name, value) },
                "token" => fault with { Token = LabJson.Text(name, value) },
                "source" => fault with { Source = LabJson.Text(name, value) },
                "retry_after_s" => fault with { RetryAfter = (int)LabJson.Number(name, value) },
                "reset_in_s" => fault with { ResetIn = (int)LabJson.Number(name, value) },
                "delay_ms" => fault with { Delay = TimeSpan.FromMilliseconds(LabJson.Number(name, value)) },
                "message" => fault with { Message = LabJson.Text(name, value) },
                _ => throw new FormatException(
                    $"unknown field '{name}' of a fault: expected one of {string.Join(", ", ToJson(fault).Select(f => f.Key))}"),
            };
        }

        return fault.Next is 0 ? throw new FormatException("'next' is 0: expected at least 1") : fault;
    }
}
