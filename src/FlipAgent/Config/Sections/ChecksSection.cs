using System.Collections.Immutable;
using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>
/// The list <c>checks</c>: how each node sees whether its own HAProxy is well. This reads how often and how patiently a check asks, and <see
/// cref="CheckKinds"/> what it asks.
/// </summary>
internal static class ChecksSection
{
    private static readonly Parse<TimeSpan> s_intervalRange = Duration.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
    private static readonly Parse<TimeSpan> s_timeoutRange = Duration.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));

    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMilliseconds(800);
    public const int DefaultRise = 2;
    public const int DefaultFall = 2;

    public static ImmutableArray<CheckConfig> Read(Section root)
    {
        var items = root.Sections("checks", true, "{name: haproxy, process: {unit: haproxy.service}}");
        var checks = ImmutableArray.CreateBuilder<CheckConfig>();
        foreach (var item in items)
        {
            var check = One(item);
            if (check.Name.Length > 0 && checks.FirstOrDefault(c => c.Name == check.Name) is not null)
                item.Error("name", $"{check.Name} is there twice; expected another name for each check");
            if (check.Name == "adverts")
                item.Error("name", "adverts is the name of a check of the agent's own; expected another name");
            if (check is CheckConfig.Unit { ColdStandby: true } && checks.Any(c => c is CheckConfig.Unit { ColdStandby: true }))
                item.Error("standby", "a second check is cold; expected at most one unit that runs on the master only");
            checks.Add(check);
        }

        return checks.ToImmutable();
    }

    private static CheckConfig One(Section item)
    {
        var name = item.Required<string>("name", "a name, unique among the checks", Scalars.Name, "");
        var interval = item.Optional("interval", s_intervalRange, DefaultInterval);
        var timeout = item.Optional("timeout", s_timeoutRange, DefaultTimeout);
        if (item.Has("timeout") && timeout > interval)
            item.Diagnostics.Warn($"checks: the timeout of {name} ({Duration.Text(timeout)}) is longer than its interval ({Duration.Text(interval)}): " +
                "something that hangs is asked only once in each timeout");
        var fast = item.Optional<TimeSpan?>("fast_interval", FastInterval, null);
        if (fast > interval)
            item.Error("fast_interval", $"{Duration.Text(fast.Value)} is longer than the interval; expected 10ms to {Duration.Text(interval)}");
        var check = CheckKinds.Read(item) with
        {
            Name = name,
            Interval = interval,
            Timeout = timeout,
            Rise = item.Optional("rise", Scalars.Number(1, 100), DefaultRise),
            Fall = item.Optional("fall", Scalars.Number(1, 100), DefaultFall),
            Weight = item.Optional("weight", Scalars.Number(-253, 253), 0),
            AsksByVariable = item.HasVariableHost("http") || item.HasVariableHost("tcp"),
        };
        item.Done();
        return fast is { } given ? check with { FastInterval = given } : check;
    }

    private static string? FastInterval(string text, out TimeSpan? value)
    {
        var complaint = s_intervalRange(text, out var time);
        value = time;
        return complaint;
    }
}
