using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using FlipAgent.E2E.Ground;
using Xunit.Abstractions;

namespace FlipAgent.E2E;

/// <summary>
/// Who has no lease pays nothing for it: the same agent without and with the section, in turn, several starts of each, while the store is there for both. With <c>FORMER=PROGRAM</c> it also
/// measures that one, without the section (docs/lease.md has the figures beside the last version that knew of no lease).
/// </summary>
[Collection(OneAfterTheOther.Name)]
public sealed class LeaseFootprintTests(TestGround ground, ITestOutputHelper output)
{
    private const int Ttl = 3;
    private static readonly string[] s_threadsOfTheLease = ["lease", "lease release"];

    // The least of several starts differs by 0.3 MB from run to run. A single start can be 4 MB above it, by when the collector ran first.
    private const double MostKbMore = 512;

    // Of processor time, which a busy machine does not lengthen much: the time that passes until an agent is ready is told, and can be hundreds of ms longer from one start to the next.
    private const double MostMsMore = 20;

    private static readonly string? s_former = Environment.GetEnvironmentVariable("FORMER");

    private static int Rounds => s_former is { Length: > 0 } ? 9 : 5;

    [NetFact]
    public async Task Without_the_section_nothing_of_the_lease_is_loaded()
    {
        using var store = StoreGround.Start(ground);
        var (without, with, former) = (new List<Figures>(), new List<Figures>(), new List<Figures>());
        // The files of the program come into memory with the first start.
        await Measure(Binary.Agent, "");
        for (var round = 0; round < Rounds; round++)
        {
            // Each is first in turn: the machine is not the same in all three places.
            for (var place = 0; place < 3; place++)
            {
                var which = (round + place) % 3;
                if (which == 0)
                    without.Add(await Measure(Binary.Agent, ""));
                else if (which == 1)
                    with.Add(await Measure(Binary.Agent, StoreGround.Yaml(Ttl)));
                else if (s_former is { Length: > 0 })
                    former.Add(await Measure(s_former, ""));
            }
        }
        Tell("without", without);
        Tell("with", with);
        if (former.Count > 0)
            Tell("former", former);

        foreach (var (one, other) in without.Zip(with))
        {
            Assert.Empty(one.Threads.Intersect(s_threadsOfTheLease));
            Assert.Equal(0, one.StoreConnections);
            Assert.Equal(s_threadsOfTheLease, other.Threads.Intersect(s_threadsOfTheLease).Order());
            Assert.True(other.StoreConnections > 0, "with the section it has a connection to the store");
            Assert.Equal(other.Threads.RemoveRange(s_threadsOfTheLease), one.Threads);
        }
        Assert.True(without.Min(f => f.AnonymousKb) <= with.Min(f => f.AnonymousKb) + MostKbMore, "memory");
        Assert.True(without.Min(f => f.WorkMs) <= with.Min(f => f.WorkMs) + MostMsMore, "what a start takes");
    }

    /// <param name="ReadyMs">From the start to the first answer.</param>
    /// <param name="WorkMs">Processor time of all threads until then.</param>
    /// <param name="Threads">Their names, in order.</param>
    /// <param name="StoreConnections">TCP connections of the node to a member of the store.</param>
    private sealed record Figures(double ReadyMs, double WorkMs, ImmutableList<string> Threads, int StoreConnections, double RssKb, double PssKb, double AnonymousKb);

    private async Task<Figures> Measure(string program, string election)
    {
        await using var cluster = await NamespaceCluster.Prepare(ground, new() { Election = election });
        var node = cluster[1];
        node.Program = program;
        var clock = Stopwatch.StartNew();
        node.StartAgent();
        while (await node.Status() is null)
        {
            Assert.True(clock.Elapsed.TotalSeconds < 30, $"no answer: {node.Log}");
            await Task.Delay(1);
        }
        var ready = clock.Elapsed.TotalMilliseconds;
        var work = WorkMs(node.Agent!.Id);
        await cluster.Settled(1);
        // What belongs to the start is over.
        await Task.Delay(3000);
        var memory = $"/proc/{node.Agent.Id}/smaps_rollup";
        var lines = await File.ReadAllLinesAsync(memory);
        return new(ready, work, Threads(node.Agent.Id), StoreConnections(node.Agent.Id), Kb(lines, "Rss"), Kb(lines, "Pss"), Kb(lines, "Anonymous"));
    }

    /// <summary>The first number of schedstat, in ns.</summary>
    private static double WorkMs(int process) => Directory.GetDirectories($"/proc/{process}/task")
        .Sum(task => long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture)) / 1e6;

    private static ImmutableList<string> Threads(int process) =>
        [.. Directory.GetDirectories($"/proc/{process}/task").Select(task => File.ReadAllText(Path.Combine(task, "comm")).TrimEnd('\n')).Order(StringComparer.Ordinal)];

    /// <summary>proc_net(5): the other end with its port in hex is the third column, the number of the socket the tenth. The node has those of agents that have ended, too.</summary>
    private static int StoreConnections(int process)
    {
        var own = Directory.GetFiles($"/proc/{process}/fd").Select(fd => new FileInfo(fd).LinkTarget).ToHashSet();
        return File.ReadAllLines($"/proc/{process}/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(socket => own.Contains($"socket:[{socket[9]}]")
                && NamespaceNetwork.StorePorts.Contains(int.Parse(socket[2].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
    }

    private static double Kb(string[] lines, string field) =>
        double.Parse(lines.Single(l => l.StartsWith($"{field}:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static double Median(List<Figures> all, Func<Figures, double> of) => all.Select(of).Order().ElementAt(all.Count / 2);

    private void Tell(string name, List<Figures> all)
    {
        foreach (var (what, of) in ((string, Func<Figures, double>)[])[
            ("start to ready, ms", f => f.ReadyMs), ("processor time of it, ms", f => f.WorkMs), ("threads", f => f.Threads.Count), ("connections to the store", f => f.StoreConnections), ("RSS, kB", f => f.RssKb), ("PSS, kB", f => f.PssKb),
            ("anonymous, kB", f => f.AnonymousKb)])
            output.WriteLine(FormattableString.Invariant($"{name}: {what}: median {Median(all, of):0}, least {all.Min(of):0} of {string.Join(' ', all.Select(f => of(f).ToString("0", CultureInfo.InvariantCulture)))}"));
        output.WriteLine($"{name}: threads: {string.Join(", ", all[0].Threads.GroupBy(t => t).Select(g => g.Count() > 1 ? $"{g.Count()} {g.Key}" : g.Key))}");
    }
}
