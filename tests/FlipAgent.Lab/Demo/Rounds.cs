using FlipAgent.Harness;

namespace FlipAgent.Lab.Demo;

/// <summary>
/// The speed, measured and not believed: HAProxy of the present master is killed with SIGKILL, again and again, on the two nodes in turn. Medians
/// count, so that one hiccup of the machine does not.
/// </summary>
internal sealed class Rounds(DemoCluster cluster, CancellationToken cancel)
{
    /// <summary>From the kill to the arrival of the request to assign.</summary>
    public static readonly TimeSpan PostLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>The same where a program has to be started for it.</summary>
    public static readonly TimeSpan ProgramLimit = TimeSpan.FromMilliseconds(250);

    /// <summary>What users may wait beyond that and the cloud's own time.</summary>
    public static readonly TimeSpan ExtraLimit = TimeSpan.FromMilliseconds(100);

    private readonly List<Failover> _done = [];

    private TimeSpan Limit => cluster.StartsPrograms ? ProgramLimit : PostLimit;

    public IReadOnlyList<Failover> Results => _done;

    /// <exception cref="StepMissing">A step of a round did not happen, or the medians are above the limits.</exception>
    public async Task Run(int count)
    {
        Console.WriteLine($"\n5. The speed: HAProxy of the master is killed (SIGKILL), {count} rounds, all times in ms");
        Console.WriteLine("  round  killed      detected   request   cloud's own   client served   beyond   requests");
        Console.WriteLine("                     after      sent      time          again after             failed");
        cluster.Timeline.Speaking = false;
        for (var i = 0; i < count; i++)
        {
            var (loser, winner) = i % 2 == 0 ? (cluster.Nodes[0], cluster.Nodes[1]) : (cluster.Nodes[1], cluster.Nodes[0]);
            var round = await One(loser, winner);
            _done.Add(round);
            var failed = round.Outage?.Failed ?? 0;
            Row($"{i + 1,5}  {loser.Name}", round.Detected - round.Fault, round.ToPost, round.Cloud, round.ToService, round.Extra, failed);
        }

        Judge();
    }

    public static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private async Task<Failover> One(DemoNode loser, DemoNode winner)
    {
        var fault = DateTimeOffset.UtcNow;
        cluster.HaProxy(loser).SendToAll(Signal.Kill);
        cluster.Timeline.Add(new(fault, loser.Name, "killed", "HAProxy is killed"));
        var round = await Failover.Watch(cluster, fault, "check-down", loser, winner, cancel);
        cluster.Timeline.Add(loser.Name, "started", "HAProxy is started");
        cluster.StartHaProxy(loser);
        await Story.Settled(cluster, winner, TimeSpan.FromSeconds(30), cancel);
        return round;
    }

    private void Judge()
    {
        var post = Median(_done.Select(r => r.ToPost));
        var extra = Median(_done.Select(r => r.Extra));
        TimeSpan Middle(Func<Failover, TimeSpan> time) => Median(_done.Select(time));
        Row("       median   ", Middle(r => r.Detected - r.Fault), post, Middle(r => r.Cloud), Middle(r => r.ToService), extra, null);
        if (post > Limit)
        {
            throw TooSlow($"the request to assign is sent within {Ms(Limit)} ms of the kill (median): it took {Ms(post)} ms");
        }

        if (extra > ExtraLimit)
        {
            throw TooSlow(
                $"clients wait at most {Ms(ExtraLimit)} ms beyond the agents' and the cloud's time (median): they waited {Ms(extra)} ms");
        }

        Console.WriteLine($"  ok  {Ms(post)} ms from the kill to the request (median, limit {Ms(Limit)})");
        Console.WriteLine($"  ok  clients wait that, the cloud's own time, and {Ms(extra)} ms more (median, limit {Ms(ExtraLimit)})");
    }

    private static StepMissing TooSlow(string what)
    {
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        var processors = Environment.ProcessorCount;
        return new($"{what}. The load here is {load} on {processors} processors; above {processors}, repeat on an idle machine", slow: true);
    }

    private static void Row(string what, TimeSpan detected, TimeSpan post, TimeSpan cloud, TimeSpan served, TimeSpan extra, int? failed) =>
        Console.WriteLine($"  {what}  {Ms(detected),8}  {Ms(post),8}  {Ms(cloud),12}  {Ms(served),14}  {Ms(extra),7}  {failed,9}");

    private static string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0");
}
