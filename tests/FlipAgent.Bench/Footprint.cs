using System.Diagnostics;
using System.Globalization;
using FlipAgent.E2E.Ground;

namespace FlipAgent.Bench;

/// <summary>What one contender takes of an idle node, all of its processes together.</summary>
/// <param name="ReadyMs">From the start to its first answer (keepalived: to its first state), the median of three.</param>
/// <param name="CpuMs">Processor time within <paramref name="Seconds"/>.</param>
/// <param name="ProgramKb">Size of the program file.</param>
internal sealed record Footprint(string Who, int Processes, long PssKb, long RssKb, double CpuMs, double Seconds, double ReadyMs, long ProgramKb)
{
    public const string Header = "who\tprocesses\tpss_kb\trss_kb\tcpu_ms\tseconds\tready_ms\tprogram_kb";

    public string Tsv => string.Create(CultureInfo.InvariantCulture, $"{Who}\t{Processes}\t{PssKb}\t{RssKb}\t{CpuMs:0}\t{Seconds:0}\t{ReadyMs:0}\t{ProgramKb}");

    public static async Task<Footprint> Of(Ground ground, Func<Contender> make, string program, double seconds)
    {
        var ready = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            using var one = make();
            await ground.SetUp(one, 2);
            var clock = Stopwatch.StartNew();
            one.Start(1);
            while (!await one.IsReady(1))
            {
                if (clock.Elapsed > TimeSpan.FromSeconds(30))
                    throw new TimeoutException($"{one.Name} is not ready after 30 s\n{one.Log(1)}");
                await Task.Delay(1);
            }
            ready.Add(clock.Elapsed.TotalMilliseconds);
        }
        using var contender = make();
        await ground.SetUp(contender, 2);
        await Ground.Form(contender, 2);
        await Task.Delay(TimeSpan.FromSeconds(Math.Min(5, seconds)));
        var pids = contender.Pids(1);
        var cpu = await Cpu(() => pids, seconds);
        return new(
            contender.Name, pids.Count, pids.Sum(p => Memory(p, "Pss:")), pids.Sum(p => Memory(p, "Rss:")), cpu, seconds, ready.Order().ElementAt(1), new FileInfo(program).Length / 1024);
    }

    /// <summary>Processor time of these processes within so many seconds, in ms.</summary>
    public static async Task<double> Cpu(Func<IReadOnlyList<int>> pids, double seconds)
    {
        var before = pids().Sum(CpuOf);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return pids().Sum(CpuOf) - before;
    }

    /// <summary>utime and stime, fields 14 and 15 of /proc/PID/stat (proc(5)), in hundredths of a second.</summary>
    private static double CpuOf(int pid)
    {
        var fields = File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return 10 * (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture));
    }

    private static long Memory(int pid, string key) =>
        File.ReadLines($"/proc/{pid}/smaps_rollup").Where(l => l.StartsWith(key, StringComparison.Ordinal))
            .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)).Single();
}

/// <summary>What one more node costs the others.</summary>
/// <param name="CpuMsPerS">Processor time of one agent in each second, in ms: the mean of all nodes.</param>
/// <param name="Datagrams">UDP datagrams that the first node sends and receives in each second.</param>
internal sealed record Growth(int Nodes, int AdvertMs, double CpuMsPerS, double Datagrams)
{
    public const string Header = "nodes\tadvert_ms\tcpu_ms_per_s\tdatagrams_per_s";

    public static IReadOnlyList<int> Sizes { get; } = [2, 3, 5, 9, 16];

    public string Tsv => string.Create(CultureInfo.InvariantCulture, $"{Nodes}\t{AdvertMs}\t{CpuMsPerS:0.00}\t{Datagrams:0.0}");

    public static async Task<Growth> Of(Ground ground, Func<Contender> make, int nodes, double seconds)
    {
        using var contender = make();
        await ground.SetUp(contender, nodes);
        await Ground.Form(contender, nodes);
        await Task.Delay(TimeSpan.FromSeconds(Math.Min(5, seconds)));
        var before = DatagramsOf(ground[1]);
        var clock = Stopwatch.StartNew();
        var cpu = await Footprint.Cpu(() => [.. Enumerable.Range(1, nodes).SelectMany(contender.Pids)], seconds);
        var took = clock.Elapsed.TotalSeconds;
        return new(nodes, contender.AdvertMs, cpu / nodes / took, (DatagramsOf(ground[1]) - before) / took);
    }

    /// <summary>InDatagrams and OutDatagrams of the second line "Udp:" of /proc/net/snmp.</summary>
    private static long DatagramsOf(Node node)
    {
        var values = node.Network.Must("cat", "/proc/net/snmp").Split('\n').Where(l => l.StartsWith("Udp:", StringComparison.Ordinal)).ElementAt(1).Split(' ');
        return long.Parse(values[1], CultureInfo.InvariantCulture) + long.Parse(values[4], CultureInfo.InvariantCulture);
    }
}
