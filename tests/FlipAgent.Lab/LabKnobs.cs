using System.Text.Json.Nodes;

namespace FlipAgent.Lab;

/// <summary>What a client of a floating IP meets while no droplet can answer it.</summary>
public enum NoHolder
{
    /// <summary>The connection is reset at once.</summary>
    Reset,
    /// <summary>Nothing answers: the connection stays open and silent, like packets that are lost.</summary>
    Drop,
}

/// <summary>
/// The weather of the stand-in cloud: how slow it is today. Every knob may be turned while it runs, in process or by <c>PUT /lab/knobs</c>,
/// and holds for what begins afterwards.
/// </summary>
public sealed class LabKnobs
{
    /// <summary>From an accepted assign to <c>completed</c>. The real cloud takes 1 to 15 s.</summary>
    public TimeSpan AssignLatency { get; set; } = TimeSpan.FromSeconds(3);

    public TimeSpan UnassignLatency { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>From <c>completed</c> until packets really go to the new droplet.</summary>
    public TimeSpan DataPlaneLag { get; set; }

    /// <summary>From <c>completed</c> until the metadata service of both droplets says so.</summary>
    public TimeSpan MetadataLag { get; set; }

    /// <summary>False: the metadata service closes every connection.</summary>
    public bool MetadataUp { get; set; } = true;

    /// <summary>Waited before each answer of the API.</summary>
    public TimeSpan AnswerDelay { get; set; }

    /// <summary>Between two bytes of a slow-drip answer.</summary>
    public TimeSpan DripInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    public NoHolder NoHolder { get; set; } = NoHolder.Reset;

    /// <summary>Requests per token in any hour.</summary>
    public int PerHour { get; set; } = 5000;

    /// <summary>Requests per token in any minute.</summary>
    public int PerMinute { get; set; } = 250;

    /// <summary>All knobs, durations in milliseconds.</summary>
    public JsonObject ToJson() => new()
    {
        ["assign_latency_ms"] = AssignLatency.TotalMilliseconds,
        ["unassign_latency_ms"] = UnassignLatency.TotalMilliseconds,
        ["data_plane_lag_ms"] = DataPlaneLag.TotalMilliseconds,
        ["metadata_lag_ms"] = MetadataLag.TotalMilliseconds,
        ["metadata_up"] = MetadataUp,
        ["answer_delay_ms"] = AnswerDelay.TotalMilliseconds,
        ["drip_interval_ms"] = DripInterval.TotalMilliseconds,
        ["no_holder"] = NoHolder == NoHolder.Reset ? "reset" : "drop",
        ["per_hour"] = PerHour,
        ["per_minute"] = PerMinute,
    };

    /// <summary>Turns the knobs that are named in <paramref name="json"/> and leaves the others.</summary>
    /// <exception cref="FormatException">An unknown knob or a value of the wrong kind; nothing before it is taken back.</exception>
    public void Turn(JsonObject json)
    {
        foreach (var (name, value) in json)
        {
            switch (name)
            {
                case "assign_latency_ms": AssignLatency = Milliseconds(name, value); break;
                case "unassign_latency_ms": UnassignLatency = Milliseconds(name, value); break;
                case "data_plane_lag_ms": DataPlaneLag = Milliseconds(name, value); break;
                case "metadata_lag_ms": MetadataLag = Milliseconds(name, value); break;
                case "metadata_up": MetadataUp = LabJson.Bool(name, value); break;
                case "answer_delay_ms": AnswerDelay = Milliseconds(name, value); break;
                case "drip_interval_ms": DripInterval = Milliseconds(name, value); break;
                case "no_holder": NoHolder = LabJson.OneOf(name, value, ("reset", NoHolder.Reset), ("drop", NoHolder.Drop)); break;
                case "per_hour": PerHour = (int)LabJson.Number(name, value); break;
                case "per_minute": PerMinute = (int)LabJson.Number(name, value); break;
                default: throw new FormatException($"unknown knob '{name}': expected one of {string.Join(", ", ToJson().Select(k => k.Key))}");
            }
        }
    }

    private static TimeSpan Milliseconds(string name, JsonNode? value) => TimeSpan.FromMilliseconds(LabJson.Number(name, value));
}
